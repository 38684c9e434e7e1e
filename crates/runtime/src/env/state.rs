//! What the functions work on.

#[cfg(feature = "http")]
use super::exchanges::Exchanges;
use super::heap::Heap;
use super::texts::Texts;
use aingle_wasm_host::{Number, PlainCall};

/// What the functions keep for one instance.
#[derive(Debug, Default)]
pub(crate) struct Env {
    pub(super) heap: Heap,
    pub(super) texts: Texts,
    #[cfg(feature = "http")]
    pub(super) http: Exchanges,
}

impl Env {
    /// A call ends: what it kept on the host goes, and its handles mean nothing any more.
    pub(crate) fn end(&mut self) {
        self.texts = Texts::default();
        #[cfg(feature = "http")]
        {
            self.http = Exchanges::default();
        }
    }

    #[cfg(test)]
    pub(crate) fn text(&self, handle: i32) -> Option<&str> {
        self.texts.get(handle)
    }
}

pub(super) type Call<'c> = PlainCall<'c, Env>;
pub(super) type Results = Result<Vec<Number>, String>;

//! A guest, and what it remembers from call to call.

use super::link::Link;
use crate::abi::Facts;
use crate::config::Config;
use crate::engine_instance::EngineInstance;
use crate::limits::Limits;
use aingle_wasm_codec::Format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// A guest: an engine's instance and the protocol's state.
///
/// The instance starts at the first call; until then host functions can be registered.
pub struct Guest<E: EngineInstance> {
    pub(super) engine: E,
    pub(super) config: Config,
    pub(super) state: State,
    /// What the module is.
    pub(super) facts: Facts,
    /// Of a module that carries them.
    pub(super) limits: Option<Limits>,
    /// Which module a handle belongs to.
    pub(super) fingerprint: u64,
    pub(super) link: Link<E::Function>,
    /// The longest envelope that takes the fast path: longer replies have a price.
    pub(super) fast_path_len: u32,
    /// How requests are written.
    pub(super) format: Format,
    /// Entry points that were found, at most [`MAX_ENTRIES`].
    pub(super) entries: Vec<Entry<E::Function>>,
    /// Which of them is forgotten next.
    pub(super) oldest: usize,
    /// Where the last error's body is.
    pub(super) error_body: Range<usize>,
    /// Where the last reply is.
    pub(super) reply: Reply,
    /// The last payload that was compressed or decompressed.
    pub(super) scratch: Vec<u8>,
}

/// The most entry points that are remembered: they are looked through at each call.
pub(super) const MAX_ENTRIES: usize = 256;

/// An entry point that was found.
pub(super) struct Entry<F> {
    pub(super) name: String,
    /// Its index in the module, by which handles know it.
    pub(super) index: u32,
    pub(super) function: F,
}

impl<E: EngineInstance> AsMut<Self> for Guest<E> {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Loaded,
    Ready,
    /// Ready, and a reply in the scratch buffer holds much memory until the next call.
    Holding,
    Poisoned,
}

/// A reply, in the guest's memory or in the scratch buffer.
pub(super) enum Reply {
    InGuest(Range<usize>),
    #[cfg_attr(not(feature = "lz4"), expect(dead_code))]
    InScratch,
}

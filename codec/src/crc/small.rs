//! The checksum without help from the processor, in the method that suits the target.

use super::{sparse, table};

/// Whether 64-bit shifts are native. Where they are not, a step of the sparse method costs as many
/// instructions as the table's, and the table's code is needed anyway.
const WIDE: bool = cfg!(any(target_family = "wasm", target_pointer_width = "64"));

#[derive(Clone)]
pub(crate) struct Hasher(u32);

impl Hasher {
    pub(crate) fn new() -> Self {
        Self(!0)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let update = if WIDE { sparse::update } else { table::update };
        self.0 = update(self.0, bytes);
    }

    pub(crate) fn update_word(&mut self, word: u64) {
        self.0 = table::reduce(word ^ u64::from(self.0));
    }

    pub(crate) fn finalize(self) -> u32 {
        !self.0
    }
}

//! Growth of the memory that was refused, as the interpreter sees it.

use crate::growth::PAGE;

/// The last growth of the memory, if it was refused.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Growth {
    /// The size that the memory would have, in bytes; 0 if it was not refused.
    asked: u64,
}

impl Growth {
    /// Growth of a memory of some pages by some more, and what it was answered with.
    pub(super) fn new(pages: u32, more: u32, answer: i32) -> Self {
        let asked = PAGE * (u64::from(pages) + u64::from(more));
        Self { asked: if answer == -1 { asked } else { 0 } }
    }

    pub(super) fn refused(self) -> Option<u64> {
        Some(self.asked).filter(|&asked| asked != 0)
    }

    pub(super) fn forget(&mut self) {
        self.asked = 0;
    }
}

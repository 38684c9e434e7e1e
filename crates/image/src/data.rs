//! The segments of data, which a loader copies into the guest's memory.

use crate::layout::word;

/// One segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data<'i> {
    /// Where it goes, in bytes from the beginning of the memory.
    pub address: u32,
    /// What it contains.
    pub bytes: &'i [u8],
}

/// The segments of an image, in the order in which they are copied.
#[derive(Debug, Clone)]
pub struct DataSegments<'i> {
    pub(crate) rest: &'i [u8],
}

impl<'i> DataSegments<'i> {
    /// The next segment; `None` at the end, and `Some(None)` where it is damaged.
    pub(crate) fn step(&mut self) -> Option<Option<Data<'i>>> {
        if self.rest.is_empty() {
            return None;
        }
        let next = self.split();
        if next.is_none() {
            self.rest = &[];
        }
        Some(next)
    }

    fn split(&mut self) -> Option<Data<'i>> {
        let (head, rest) = self.rest.split_at_checked(8)?;
        let (address, len) = (word(head, 0), word(head, 4) as usize);
        let (bytes, rest) = rest.split_at_checked(len)?;
        let (padding, rest) = rest.split_at_checked(len.wrapping_neg() & 3)?;
        self.rest = rest;
        padding.iter().all(|byte| *byte == 0).then_some(Data { address, bytes })
    }
}

impl<'i> Iterator for DataSegments<'i> {
    type Item = Data<'i>;

    fn next(&mut self) -> Option<Data<'i>> {
        self.step().flatten()
    }
}

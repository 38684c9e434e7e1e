//! Place of an envelope in the guest's memory.

use crate::error::Error;
use aingle_wasm_types::{Header, Packed};
use core::ops::Range;

pub(super) fn payload_range(envelope: &Range<usize>) -> Range<usize> {
    envelope.start + Header::LEN..envelope.end
}

#[inline]
pub(super) fn in_memory(packed: Packed, memory_len: usize) -> Result<Range<usize>, Error> {
    let Packed { ptr, len } = packed;
    packed.range_in(memory_len).ok_or(Error::OutOfBounds { ptr, len, memory: memory_len as u64 })
}

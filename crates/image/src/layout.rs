//! Where the fields of the header are, in bytes from its beginning.

/// How an image begins.
pub const MAGIC: [u8; 4] = *b"AWNI";
/// The version of the format.
pub const FORMAT_VERSION: u16 = 1;
/// The length of the header, in bytes.
pub const HEADER_LEN: usize = 128;
/// The alignment of an image in flash, and of its parts in it, in bytes.
pub const ALIGN: usize = 8;
/// The bytes of a page of WebAssembly's memory.
pub const PAGE: u32 = 65_536;

pub(crate) const VERSION: usize = 4;
pub(crate) const HEADER: usize = 6;
pub(crate) const LENGTH: usize = 8;
pub(crate) const CORE: usize = 12;
pub(crate) const FLOAT: usize = 13;
pub(crate) const FLAGS: usize = 14;
pub(crate) const MEMORY: usize = 16;
pub(crate) const PAGES: usize = 20;
pub(crate) const HEAD: usize = 24;
pub(crate) const FUEL: usize = 28;
pub(crate) const DEPTH: usize = 30;
pub(crate) const STACK: usize = 32;
pub(crate) const STACK_PER_DEPTH: usize = 36;
pub(crate) const SOURCE: usize = 40;
/// Places and lengths of the parts, in their order.
pub(crate) const PARTS: usize = 72;
pub(crate) const ENTRY: usize = 120;
pub(crate) const START: usize = 124;
pub(crate) const RESERVED: [usize; 3] = [15, 126, 127];

/// The flag of code that reads and writes words at any address.
pub(crate) const UNALIGNED: u8 = 1;
/// The number of a start function that is not there.
pub(crate) const NO_START: u16 = u16::MAX;

/// The bytes at a place that is in the header.
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}

pub(crate) fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array(bytes, at))
}

pub(crate) fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

/// The next multiple of [`ALIGN`].
pub(crate) fn aligned(len: usize) -> Option<usize> {
    len.checked_next_multiple_of(ALIGN)
}

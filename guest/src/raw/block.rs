//! Memory for one buffer: what a vector would do, in a fraction of its code.

use super::Place;
use aingle_wasm_types::Header;
use aingle_wasm_types::limits::ENVELOPE_OFFSET;
use alloc::alloc::{alloc, dealloc};
use core::alloc::Layout;
use core::ptr::NonNull;

/// What a payload is aligned to, in bytes. Its envelope begins this much less a header behind such a boundary.
const ALIGN: usize = 16;
const OFFSET: usize = ENVELOPE_OFFSET as usize;
const _: () = assert!(OFFSET + Header::LEN == ALIGN);

/// Initialised bytes for an envelope, with the payload on a boundary.
///
/// The host writes some blocks by their address, which [`Block::for_host`] gives it. It does so only while none of the
/// guest's references to the bytes is alive:
///
/// - the request buffer, while no call runs. A call borrows it from the call state, and gives that back when it ends.
/// - the response buffer, during an import. Whoever calls one has the buffer by `&mut` until it returns.
///
/// All other blocks it reads.
pub(crate) struct Block {
    /// Where the bytes begin. They were allocated with as many bytes before them as an envelope's offset.
    start: NonNull<u8>,
    len: usize,
}

impl Block {
    /// No bytes.
    pub(crate) const EMPTY: Self = Self { start: NonNull::dangling(), len: 0 };

    /// A block of `len` bytes: those of `front`, and zeros. None when there is no memory for it.
    pub(crate) fn new(len: usize, front: &[u8]) -> Option<Self> {
        let zeros = len.checked_sub(front.len())?;
        let start = room(len)?;
        // SAFETY: what is written is within the room, in two parts that meet, and does not overlap with `front`,
        // which existed before.
        unsafe {
            start.as_ptr().copy_from_nonoverlapping(front.as_ptr(), front.len());
            start.as_ptr().add(front.len()).write_bytes(0, zeros);
        }
        Some(Self { start, len })
    }

    /// A block with a copy of these bytes behind [`Block::LEAD`] zeros. None when there is no memory for it.
    pub(crate) fn copy_of(bytes: &[u8]) -> Option<Self> {
        let len = bytes.len().checked_add(Self::LEAD)?;
        let start = room(len)?;
        // SAFETY: what is written is within the room, in two parts that meet, and does not overlap with `bytes`,
        // which existed before.
        unsafe {
            start.as_ptr().write_bytes(0, Self::LEAD);
            start.as_ptr().add(Self::LEAD).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        Some(Self { start, len })
    }

    /// How far behind its beginning a block has the copy that it was made for: a header, and a line of a processor's cache.
    ///
    /// A processor tells a load from the stores before it by the low twelve bits of their addresses. Blocks are often a
    /// multiple of 4 KiB apart. A copy from one to a few bytes further in the other would wait at each line, and
    /// take thirty times as long.
    pub(crate) const LEAD: usize = Header::LEN + 64;

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: so many bytes are there and initialised. They are borrowed with the block, and while they are, the
        // guest does not write them, and neither does the host: see above.
        unsafe { core::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and borrowed from nobody else.
        unsafe { core::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }

    /// Where the bytes are, for the host to write them. Nobody borrows them now, by `&mut`.
    ///
    /// The address is that of the block's own pointer, not of a reference: through one, nobody else could write.
    pub(crate) fn for_host(&mut self) -> Place {
        Place { ptr: if self.len == 0 { 0 } else { self.address() }, len: self.len as u32 }
    }

    /// The address of the first byte.
    pub(crate) fn address(&self) -> u32 {
        self.start.as_ptr().expose_provenance() as u32
    }
}

/// Allocates so many bytes, behind as many as an envelope's offset. They are not initialised.
fn room(len: usize) -> Option<NonNull<u8>> {
    let layout = Layout::from_size_align(len.checked_add(OFFSET)?, ALIGN).ok()?;
    // SAFETY: the layout is not empty, and the offset is within it.
    unsafe { Some(NonNull::new(alloc(layout))?.add(OFFSET)) }
}

impl Drop for Block {
    #[inline]
    fn drop(&mut self) {
        if self.len != 0 {
            // SAFETY: it has bytes, and is not used again.
            unsafe { release(self.start, self.len) }
        }
    }
}

/// Gives back a block, which is seldom: buffers are kept.
///
/// # Safety
/// The place and length are those of a block that has bytes and is not used again.
#[cold]
#[inline(never)]
unsafe fn release(start: NonNull<u8>, len: usize) {
    // SAFETY: a block with bytes was allocated so far before them, with this layout, which was valid then.
    unsafe {
        let layout = Layout::from_size_align_unchecked(len + OFFSET, ALIGN);
        dealloc(start.as_ptr().sub(OFFSET), layout);
    }
}

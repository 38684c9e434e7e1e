//! An allocator that keeps the last block that was freed: a guest that calls the host again and again allocates and frees the same
//! size each time.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ptr::NonNull;

/// The allocator. Whatever else is asked for than the same layout finds the block freed, so that no memory is missing.
pub(super) struct Keeping<A> {
    inner: A,
    freed: Cell<Option<(NonNull<u8>, Layout)>>,
}

// SAFETY: a guest has one thread.
#[cfg(target_family = "wasm")]
unsafe impl<A> Sync for Keeping<A> {}

impl<A: GlobalAlloc> Keeping<A> {
    pub(super) const fn new(inner: A) -> Self {
        Self { inner, freed: Cell::new(None) }
    }

    /// Returns the block that is kept if it is as asked for; frees it otherwise. Both are inlined, so that whoever frees takes no more
    /// depth than without them.
    #[inline(always)]
    fn again(&self, layout: Layout) -> Option<NonNull<u8>> {
        let (block, of) = self.freed.take()?;
        if of == layout {
            return Some(block);
        }
        // SAFETY: it was given to `dealloc` with this layout, and nobody has it.
        unsafe { self.inner.dealloc(block.as_ptr(), of) };
        None
    }

    #[inline(always)]
    fn free_now(&self) {
        if let Some((block, of)) = self.freed.take() {
            // SAFETY: as in `again`.
            unsafe { self.inner.dealloc(block.as_ptr(), of) };
        }
    }
}

// SAFETY: all blocks are those of the allocator behind. The one that is kept is nobody's until it is given out again, for its layout.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Keeping<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: what the caller promises is what is asked for.
        self.again(layout).map_or_else(|| unsafe { self.inner.alloc(layout) }, NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.free_now();
        self.freed.set(NonNull::new(block).map(|block| (block, layout)));
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.free_now();
        // SAFETY: as in `alloc`.
        unsafe { self.inner.realloc(block, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::alloc::System;
    use std::cell::RefCell;
    use std::vec::Vec;

    /// Notes what is asked of it: the letter and the size.
    #[derive(Default)]
    struct Asked(RefCell<Vec<(char, usize)>>);

    impl Asked {
        fn note(&self, what: char, size: usize) {
            self.0.borrow_mut().push((what, size));
        }
    }

    // SAFETY: all is the system's.
    unsafe impl GlobalAlloc for Asked {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            self.note('a', layout.size());
            // SAFETY: as the caller promises.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            self.note('d', layout.size());
            // SAFETY: as the caller promises.
            unsafe { System.dealloc(block, layout) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            self.note('r', size);
            // SAFETY: as the caller promises.
            unsafe { System.realloc(block, layout, size) }
        }
    }

    #[test]
    fn the_last_block_is_given_out_again_for_its_layout_alone() {
        let heap = Keeping::new(Asked::default());
        let of = |size, align| Layout::from_size_align(size, align).unwrap();
        let asked = || core::mem::take(&mut *heap.inner.0.borrow_mut());
        // SAFETY: each block is freed once, with its layout, and not used behind that.
        unsafe {
            let first = heap.alloc(of(24, 8));
            heap.dealloc(first, of(24, 8));
            assert_eq!((heap.alloc(of(24, 8)), asked()), (first, [('a', 24)].into()));
            // Other sizes and alignments free it first.
            heap.dealloc(first, of(24, 8));
            let second = heap.alloc(of(16, 8));
            assert_eq!(asked(), [('d', 24), ('a', 16)]);
            heap.dealloc(second, of(16, 8));
            let third = heap.alloc(of(16, 4));
            assert_eq!(asked(), [('d', 16), ('a', 16)]);
            // So do another block that is freed, and one that grows.
            let fourth = heap.alloc_zeroed(of(40, 8));
            fourth.write(7);
            heap.dealloc(third, of(16, 4));
            heap.dealloc(fourth, of(40, 8));
            assert_eq!(asked(), [('a', 40), ('d', 16)]);
            assert_eq!((heap.alloc_zeroed(of(40, 8)), fourth.read()), (fourth, 0));
            let fifth = heap.alloc(of(8, 8));
            heap.dealloc(fifth, of(8, 8));
            let grown = heap.realloc(fourth, of(40, 8), 4000);
            assert_eq!(asked(), [('a', 8), ('d', 8), ('r', 4000)]);
            heap.dealloc(grown, of(4000, 8));
            heap.free_now();
            assert_eq!(asked(), [('d', 4000)]);
        }
    }
}

//! Heap and stack, and how much of each was used at most.
#![allow(unsafe_code)]

#[path = "raw/stack.rs"]
mod stack;

pub use stack::stack_peak;

use crate::board::HEAP;
use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use embedded_alloc::LlffHeap;

/// A heap that remembers the most that was ever in use.
struct MeasuredHeap {
    heap: LlffHeap,
    peak: AtomicUsize,
}

#[global_allocator]
static ALLOCATOR: MeasuredHeap = MeasuredHeap { heap: LlffHeap::empty(), peak: AtomicUsize::new(0) };

/// Gives the allocator its memory. Call it once, before anything allocates.
pub fn start_heap() {
    let heap = &ALLOCATOR.heap;
    // SAFETY: `init!` makes a static buffer of exactly this size that nothing else refers to, and
    // panics when it runs a second time.
    unsafe {
        embedded_alloc::init!(heap, HEAP);
    }
}

/// The most bytes of the heap that were in use at one time.
pub fn heap_peak() -> usize {
    ALLOCATOR.peak.load(Relaxed)
}

// SAFETY: every request goes to the heap unchanged.
unsafe impl GlobalAlloc for MeasuredHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the one asked for.
        let allocated = unsafe { self.heap.alloc(layout) };
        // One core, and no allocation in interrupts: nothing comes between these two.
        self.peak.store(self.heap.used().max(self.peak.load(Relaxed)), Relaxed);
        allocated
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is the one asked for.
        unsafe { self.heap.dealloc(pointer, layout) }
    }
}

#[cortex_m_rt::exception]
// SAFETY: it does not return.
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    panic!("hard fault at {:#x}", frame.pc())
}

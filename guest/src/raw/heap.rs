//! The allocator of guests without the standard library: Talc, given memory as it is needed.
//!
//! Memory is claimed from the end of the guest's data upwards in small steps, so that a guest of one
//! 64 KiB page touches only what it uses: a microcontroller may back the first few KiB of that page
//! and nothing else. The word `MEMORY_END` of the control block says where the memory ends.

use super::keeping::Keeping;
use super::state::with_runtime;
use aingle_wasm_types::control_block;
use core::alloc::Layout;
use core::ops::Range;
use core::ptr::NonNull;
use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

#[global_allocator]
static HEAP: Keeping<TalcSyncCell<Steps, WasmBinning>> =
    Keeping::new(TalcSyncCell::new_wasm(Steps { end: None, grown: None }));

/// How much more than asked for is claimed at once.
const STEP: usize = 512;
/// What the allocator writes around a chunk.
const OVERHEAD: usize = 64;
/// What the first claim needs besides, for the allocator's bins.
const FIRST: usize = 512;
const PAGE: usize = 64 * 1024;

unsafe extern "C" {
    /// The end of the guest's data and stack, from the linker.
    static __heap_base: u8;
    /// The end of the memory that the module begins with, from the linker.
    static __heap_end: u8;
}

/// Where the memory that was claimed ends, and where the memory that is there does.
#[derive(Debug)]
struct Steps {
    end: Option<NonNull<u8>>,
    /// The end of memory after it grew; before, the linker knows it. The instruction `memory.size` is
    /// not asked: wasm3 0.4.7 miscompiles it.
    grown: Option<usize>,
}

// SAFETY: no method uses an allocator.
unsafe impl Source for Steps {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        grow(talc, layout).inspect_err(|()| with_runtime(|runtime| runtime.failed.set(layout.size() as u32)))
    }
}

/// Claims memory for an allocation.
fn grow<B: Binning>(talc: &mut Talc<Steps, B>, layout: Layout) -> Result<(), ()> {
    let needed = layout.size().checked_add(layout.align()).and_then(|n| n.checked_add(OVERHEAD)).ok_or(())?;
    let Some(end) = talc.source.end else {
        let base = (&raw const __heap_base).addr();
        let room = talc.source.room(base, needed.checked_add(FIRST).ok_or(())?)?;
        // SAFETY: from the linker's heap base on, memory is nobody else's.
        let end = unsafe { talc.claim(at(room.start), room.len()) };
        talc.source.end = Some(end.ok_or(())?);
        return Ok(());
    };
    let room = talc.source.room(end.as_ptr().addr(), needed.max(STEP))?;
    talc.source.end = if room.start == end.as_ptr().addr() {
        // SAFETY: the memory between the two ends is there, and nobody else's.
        Some(unsafe { talc.extend(end, at(room.end)) })
    } else {
        // SAFETY: the guest grew its memory by these pages just now, for this heap.
        Some(unsafe { talc.claim(at(room.start), room.len()) }.ok_or(())?)
    };
    Ok(())
}

impl Steps {
    /// At least `len` bytes of memory at `start`, or, when somebody else has grown the memory since,
    /// somewhere else.
    fn room(&mut self, start: usize, len: usize) -> Result<Range<usize>, ()> {
        let target = start.checked_add(len).ok_or(())?;
        let backed = with_runtime(|runtime| runtime.control_block.get(control_block::MEMORY_END)) as usize;
        if backed != 0 {
            return if target <= backed { Ok(start..target) } else { Err(()) };
        }
        let there = self.grown.unwrap_or((&raw const __heap_end).addr());
        if target <= there {
            return Ok(start..target);
        }
        let pages = (target - there).div_ceil(PAGE);
        let before = core::arch::wasm32::memory_grow::<0>(pages);
        if before == usize::MAX {
            return Err(());
        }
        let base = before * PAGE;
        self.grown = Some(base + pages * PAGE);
        if base == there {
            return Ok(start..target);
        }
        Ok(base..base + pages * PAGE)
    }
}

fn at(address: usize) -> *mut u8 {
    core::ptr::with_exposed_provenance_mut(address)
}

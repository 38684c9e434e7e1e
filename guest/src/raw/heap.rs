//! The allocator of guests without the standard library: Talc, given memory as it is needed.
//!
//! Memory is claimed from the end of the guest's data upwards in small steps, so that a guest of one
//! 64 KiB page touches only what it uses: a microcontroller may back the first few KiB of that page
//! and nothing else. The mailbox word `MEMORY_END` tells where the backed memory ends.

use super::wasm::with_runtime;
use aingle_wasm_types::mailbox;
use core::alloc::Layout;
use core::ptr::NonNull;
use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

#[global_allocator]
static HEAP: TalcSyncCell<Steps, WasmBinning> = TalcSyncCell::new_wasm(Steps { end: None });

/// How much more than asked for is claimed at once.
const STEP: usize = 512;
/// What the allocator writes around a chunk, and for the first claim its own bins.
const OVERHEAD: usize = 64;
const FIRST: usize = 512;
const PAGE: usize = 64 * 1024;

unsafe extern "C" {
    /// The end of the guest's data and stack, from the linker.
    static __heap_base: u8;
}

#[derive(Debug)]
struct Steps {
    /// The end of what was claimed so far.
    end: Option<NonNull<u8>>,
}

// SAFETY: neither method uses an allocator.
unsafe impl Source for Steps {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let needed =
            layout.size().checked_add(layout.align()).and_then(|n| n.checked_add(OVERHEAD)).ok_or(())?;
        match talc.source.end {
            Some(end) => {
                let target = end_of(end.as_ptr().addr(), needed.max(STEP))?;
                // SAFETY: the memory between the two ends is there, and nobody else's.
                talc.source.end =
                    Some(unsafe { talc.extend(end, core::ptr::with_exposed_provenance_mut(target)) });
            }
            None => {
                let base = &raw const __heap_base;
                let target = end_of(base.addr(), needed.saturating_add(FIRST))?;
                // SAFETY: from the linker's heap base on, memory is nobody else's.
                let end = unsafe { talc.claim(base.cast_mut(), target - base.addr()) };
                talc.source.end = Some(end.ok_or(())?);
            }
        }
        Ok(())
    }
}

/// The address `len` bytes behind `start`, once there is memory up to it.
fn end_of(start: usize, len: usize) -> Result<usize, ()> {
    let target = start.checked_add(len).ok_or(())?;
    let backed = with_runtime(|runtime| runtime.mailbox.get(mailbox::MEMORY_END)) as usize;
    if backed != 0 {
        return if target <= backed { Ok(target) } else { Err(()) };
    }
    let there = core::arch::wasm32::memory_size::<0>() * PAGE;
    if target > there && core::arch::wasm32::memory_grow::<0>((target - there).div_ceil(PAGE)) == usize::MAX {
        return Err(());
    }
    Ok(target)
}

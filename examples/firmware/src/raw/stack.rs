//! The stack that was used. Firmware takes this file in with `#[path]`.

/// Returns the most bytes of the stack that were in use at one time, counted from what `cortex-m-rt` painted
/// before `main` and nobody wrote over.
pub fn stack_peak() -> usize {
    unsafe extern "C" {
        static _stack_start: u32;
        static _stack_end: u32;
    }
    let (top, mut at) = (&raw const _stack_start, &raw const _stack_end);
    // SAFETY: the linker's symbols bound the stack's memory, whole words that are there to be read. It
    // is read as volatile because the part below the stack pointer is nobody's.
    while at < top && unsafe { at.read_volatile() } == cortex_m_rt::STACK_PAINT_VALUE {
        at = at.wrapping_add(1);
    }
    top as usize - at as usize
}

//! The prelude of emitted source: memory, globals, traps and calls of the host.
//!
//! This text is compiled with every module that is translated. `OFF`, `G` and the numbers in calls come from the emitter.
//! An address was compared with the last one that is allowed before any of these is called.

/// The address of an instance: its head, and the memory behind it. Emitted functions pass the address plus `BASE` on.
pub type I = *mut u8;

/// The fixed part of the head: `aingle_wasm_image::head` has the places for pointers of 32 bits.
#[repr(C)]
pub struct Head {
    pub host: unsafe extern "C" fn(I, u32, u32, u32) -> u64,
    pub context: *mut u8,
    pub stack_pointer: usize,
    pub trap: usize,
    pub stack_limit: usize,
    pub words: *mut u64,
    /// Of the fuel, where no register has it.
    pub slice: i32,
    pub spare: usize,
}

pub const FIXED: usize = core::mem::size_of::<Head>();

pub const UNREACHABLE: usize = 1;
pub const OUT_OF_BOUNDS: usize = 2;
pub const INDIRECT_CALL: usize = 3;
pub const DIVISION: usize = 4;
pub const OVERFLOW: usize = 5;
pub const CONVERSION: usize = 6;
pub const STACK_OVERFLOW: usize = 7;

/// Reads memory: the address, and what is added to it.
#[inline(always)]
unsafe fn load<T: Copy>(i: I, address: u32, offset: usize) -> T {
    // SAFETY: the caller compared the address, so the sum is within the block of the instance.
    unsafe { i.add(address as usize).add(offset).cast::<T>().read_unaligned() }
}

/// Writes memory.
#[inline(always)]
unsafe fn store<T: Copy>(i: I, address: u32, offset: usize, value: T) {
    // SAFETY: as in `load`.
    unsafe { i.add(address as usize).add(offset).cast::<T>().write_unaligned(value) }
}

/// Reads a global.
#[inline(always)]
unsafe fn get<T: Copy>(i: I, place: isize) -> T {
    // SAFETY: the emitter's places are in the head and aligned.
    unsafe { i.offset(place).cast::<T>().read() }
}

/// Writes a global.
#[inline(always)]
unsafe fn set<T: Copy>(i: I, place: isize, value: T) {
    // SAFETY: as in `get`.
    unsafe { i.offset(place).cast::<T>().write(value) }
}

/// Whether `len` bytes at `address` are within a memory of `MEMORY` bytes.
#[inline(always)]
fn within(memory: u32, address: u32, len: u32) -> bool {
    address as u64 + len as u64 <= memory as u64
}

/// Fills memory. False if it is not all there.
unsafe fn fill<const OFF: usize, const MEMORY: u32>(i: I, to: u32, value: u32, len: u32) -> bool {
    if !within(MEMORY, to, len) {
        return false;
    }
    // SAFETY: the range is within the memory.
    unsafe { i.add(OFF + to as usize).write_bytes(value as u8, len as usize) }
    true
}

/// Copies memory, which may overlap. False if it is not all there.
unsafe fn copy<const OFF: usize, const MEMORY: u32>(i: I, to: u32, from: u32, len: u32) -> bool {
    if !within(MEMORY, to, len) || !within(MEMORY, from, len) {
        return false;
    }
    // SAFETY: both ranges are within the memory.
    unsafe { core::ptr::copy(i.add(OFF + from as usize), i.add(OFF + to as usize), len as usize) }
    true
}

/// Asks the host. It may end the call: then this does not return.
#[inline(always)]
unsafe fn ask(i: I, import: u32, ptr: u32, len: u32) -> u64 {
    // SAFETY: the block begins with a head, in which the loader put the function.
    unsafe {
        let head = i.cast::<Head>();
        let answer = ((*head).host)(i, import, ptr, len);
        if (*head).trap != 0 {
            leave(i, (*head).trap);
        }
        answer
    }
}

/// Stops if too little native stack is left.
#[inline(always)]
unsafe fn check_stack(i: I, trap: unsafe fn(I, usize) -> !) {
    // SAFETY: it only reads a register, and the head is there.
    unsafe {
        let limit = (*i.cast::<Head>()).stack_limit;
        #[cfg(all(target_arch = "arm", not(thumb1)))]
        core::arch::asm!("cmp sp, {}", "blo {}", in(reg) limit, label { unsafe { trap(i, STACK_OVERFLOW) } }, options(nomem, nostack));
        #[cfg(not(all(target_arch = "arm", not(thumb1))))]
        {
            let stack_pointer: usize;
            #[cfg(target_arch = "x86_64")]
            core::arch::asm!("mov {}, rsp", out(reg) stack_pointer, options(nomem, nostack, preserves_flags));
            #[cfg(target_arch = "arm")]
            core::arch::asm!("mov {}, sp", out(reg) stack_pointer, options(nomem, nostack, preserves_flags));
            #[cfg(target_arch = "riscv32")]
            core::arch::asm!("mv {}, sp", out(reg) stack_pointer, options(nomem, nostack, preserves_flags));
            if stack_pointer < limit {
                trap(i, STACK_OVERFLOW);
            }
        }
    }
}

/// Has the compiler keep the frame of a function that called itself: there is something to do after the call.
#[inline(always)]
fn keep_frame() {
    // SAFETY: there is no instruction in it.
    unsafe { core::arch::asm!("", options(nomem, nostack, preserves_flags)) }
}

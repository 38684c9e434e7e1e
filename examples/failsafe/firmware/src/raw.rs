//! Memory that is not Rust's: registers, the debugger, the image and its block, the paint on the stack.
#![allow(unsafe_code)]

#[path = "../../../firmware/src/raw/stack.rs"]
mod stack;

pub use stack::stack_peak;

use core::ffi::CStr;
use cortex_m_semihosting::{nr, syscall};

/// A register of a peripheral that changes no memory.
#[derive(Clone, Copy)]
pub struct Register(u32);

impl Register {
    /// Returns the register at this address: of the timers and USARTs, or of the processor.
    pub const fn at(address: u32) -> Self {
        let ours = matches!(address, 0x4000_0000..0x4001_4000 | 0xE000_E000..0xE000_F000);
        assert!(ours && address.is_multiple_of(4));
        Self(address)
    }

    pub fn read(self) -> u32 {
        // SAFETY: as in `write`.
        unsafe { (self.0 as *const u32).read_volatile() }
    }

    pub fn write(self, value: u32) {
        // SAFETY: `at` is the only way to make one. These registers are aligned, and change no memory: those of DMA and flash are others.
        unsafe { (self.0 as *mut u32).write_volatile(value) }
    }
}

/// Where the flash's last kilobyte is.
const KEYS: *const u32 = 0x0801_FC00 as *const u32;

/// Returns a word of the keys: SPI and three words of padding, key of sending, key of receiving. 0 behind the end.
pub fn key_word(index: usize) -> u32 {
    if index >= 12 {
        return 0;
    }
    // SAFETY: it is flash of the part, outside of the firmware.
    unsafe { KEYS.add(index).read_volatile() }
}

/// Prints a text that ends with a zero.
pub fn print(text: &CStr) {
    // SAFETY: the debugger reads the text up to its zero.
    unsafe { cortex_m_semihosting::syscall1(nr::WRITE0, text.as_ptr() as usize) };
}

/// Reads a whole file of the debugger's machine. Returns whether there is one with as many bytes.
pub fn read_file(name: &CStr, bytes: &mut [u8]) -> bool {
    let Some(file) = open(name, nr::open::R_BINARY) else { return false };
    // SAFETY: the debugger writes as many bytes as the slice has at most. It returns how many are missing.
    let missing = unsafe { syscall!(READ, file, bytes.as_mut_ptr() as usize, bytes.len()) };
    close(file);
    missing == 0
}

/// Makes a file of the debugger's machine with these bytes.
pub fn write_file(name: &CStr, bytes: &[u8]) {
    let Some(file) = open(name, nr::open::RW_TRUNC_BINARY) else { return };
    // SAFETY: the debugger reads the bytes of the slice.
    unsafe { syscall!(WRITE, file, bytes.as_ptr() as usize, bytes.len()) };
    close(file);
}

fn open(name: &CStr, mode: usize) -> Option<usize> {
    // SAFETY: the debugger reads the name. It returns -1 if it cannot open the file.
    let file = unsafe { syscall!(OPEN, name.as_ptr() as usize, mode, name.to_bytes().len()) };
    (file != usize::MAX).then_some(file)
}

fn close(file: usize) {
    // SAFETY: the debugger touches no memory.
    unsafe { syscall!(CLOSE, file) };
}

#[cortex_m_rt::exception]
// SAFETY: it does not return.
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    crate::console::Line::new(c"fault").number(frame.pc()).print();
    cortex_m_semihosting::debug::exit(cortex_m_semihosting::debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::wfi();
    }
}

#[cortex_m_rt::exception]
// SAFETY: it is the handler of interrupts by their number. It uses atomics and registers alone.
unsafe fn DefaultHandler(number: i16) {
    crate::uart::interrupt(number);
}

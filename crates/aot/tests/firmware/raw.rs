//! A firmware of one image and nothing else: calls each function, and prints what came of it. With the configuration `speed` it measures
//! kernels, in the image and compiled with the firmware.
//!
//! It has no dependency but the format of images: tests compile it with the image in it.
#![no_std]
#![no_main]

#[cfg(speed)]
mod kernels;

use aingle_wasm_image::{Image, head};
use core::arch::{asm, global_asm};

#[repr(align(8))]
struct Flash<const LEN: usize>([u8; LEN]);

static IMAGE: Flash<{ include_bytes!(env!("IMAGE")).len() }> = Flash(*include_bytes!(env!("IMAGE")));

/// Room for the head and the memory.
#[repr(align(16))]
struct Block([u8; BLOCK_LEN]);

const BLOCK_LEN: usize = if cfg!(speed) { 70_000 } else { 4608 };

static mut BLOCK: Block = Block([0; BLOCK_LEN]);

#[cfg(target_arch = "arm")]
global_asm!(
    ".section .vectors, \"a\"",
    ".word __stack",
    ".word reset",
    ".rept 14",
    ".word fault",
    ".endr",
    ".text",
    ".thumb_func",
    "reset:",
    "bl main",
    ".thumb_func",
    "fault:",
    "bl failed",
);

#[cfg(target_arch = "riscv32")]
global_asm!(".section .vectors, \"ax\"", "la sp, __stack", "la t0, failed", "csrw mtvec, t0", "call main");

/// Asks the debugger.
fn semihosting(operation: u32, argument: u32) {
    // SAFETY: the debugger reads what the argument points to, and changes the register of the result alone.
    unsafe {
        #[cfg(target_arch = "arm")]
        asm!("bkpt 0xab", inout("r0") operation => _, in("r1") argument);
        #[cfg(target_arch = "riscv32")]
        asm!(
            ".option push", ".option norvc", ".balign 16", "slli x0, x0, 0x1f", "ebreak", "srai x0, x0, 7", ".option pop",
            inout("a0") operation => _, in("a1") argument
        );
    }
}

fn print(text: &[u8]) {
    semihosting(4, text.as_ptr() as usize as u32);
}

fn exit(code: u32) -> ! {
    let block = [0x2_0026, code];
    semihosting(0x20, block.as_ptr() as usize as u32);
    loop {}
}

#[unsafe(no_mangle)]
extern "C" fn failed() -> ! {
    print(b"failed\n\0");
    exit(1)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    failed()
}

/// Writes a number in hexadecimal digits.
fn hex(out: &mut [u8], number: u64) {
    let len = out.len();
    for (at, digit) in out.iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(number >> (4 * (len - 1 - at)) & 15) as usize];
    }
}

unsafe extern "C" fn host(_: *mut u8, import: u32, ptr: u32, len: u32) -> u64 {
    u64::from(import) << 32 | u64::from(ptr ^ len)
}

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    #[cfg(hard_float)]
    // SAFETY: the register lets programs use the unit for floats.
    unsafe {
        let access = 0xe000_ed88_usize as *mut u32;
        access.write_volatile(access.read_volatile() | 0xf << 20);
        asm!("dsb", "isb");
    }
    let Ok(image) = Image::parse(&IMAGE.0) else { failed() };
    let head = image.head() as usize;
    let block = (&raw mut BLOCK).cast::<u8>();
    if head + image.memory() as usize > size_of::<Block>() {
        failed();
    }
    let thumb = usize::from(image.target().core.is_thumb());
    let entry = image.code().as_ptr().wrapping_add(image.entry() as usize + thumb);
    // SAFETY: the block is large enough, nobody else uses it, and the image was made for this processor.
    unsafe {
        let entry = core::mem::transmute::<*const u8, unsafe extern "C" fn(*mut u8, u32, u32, u32) -> u64>(entry);
        block.add(head::HOST).cast::<u32>().write(host as *const () as usize as u32);
        block.add(head::FIXED).copy_from_nonoverlapping(image.globals().as_ptr(), image.globals().len());
        for data in image.data() {
            let place = block.add(head + data.address as usize);
            place.copy_from_nonoverlapping(data.bytes.as_ptr(), data.bytes.len());
        }
        let instance = Instance { image, block, entry };
        #[cfg(not(speed))]
        call_all(&instance);
        #[cfg(speed)]
        measure(&instance);
    }
    exit(0)
}

/// The native stack that calls may take, in bytes.
const STACK: u32 = 3000;

struct Instance {
    image: Image<'static>,
    block: *mut u8,
    entry: unsafe extern "C" fn(*mut u8, u32, u32, u32) -> u64,
}

impl Instance {
    /// Calls a function. Returns the result, the trap, the fuel that is left, and the stack that was used.
    #[cfg(not(speed))]
    fn call_measured(&self, function: u32, a: u32, b: u32) -> (u64, u32, u64, u32) {
        const PAINT: u32 = 0x5a5a_a5a5;
        let here = 0_u32;
        let top = (&raw const here as usize & !3) as *mut u32;
        // What is below is unused, except the few words of this function and of the next.
        let bottom = top.wrapping_sub(STACK as usize / 4);
        // SAFETY: the stack has this much room, and nothing uses it while this function runs. The nearest words are left alone.
        unsafe { (0..STACK as usize / 4 - 64).for_each(|at| bottom.add(at).write_volatile(PAINT)) };
        let (result, trap, fuel) = self.call(function, a, b);
        // SAFETY: as above.
        let unused = (0..STACK as usize / 4).take_while(|at| unsafe { bottom.add(*at).read_volatile() } == PAINT);
        (result, trap, fuel, STACK - 4 * unused.count() as u32)
    }

    /// Calls a function. Returns the result, the trap, and the fuel that is left.
    #[inline(never)]
    fn call(&self, function: u32, a: u32, b: u32) -> (u64, u32, u64) {
        let (block, counters) = (self.block, self.image.counters());
        // SAFETY: the places are in the head.
        unsafe {
            if let Some(counters) = counters {
                block.add(counters.fuel.into()).cast::<i64>().write(if cfg!(speed) { 1 << 40 } else { 1 << 23 });
                block.add(counters.depth.into()).cast::<i32>().write(if cfg!(speed) { 128 } else { 16 });
            }
            block.add(head::TRAP).cast::<u32>().write(0);
            let here = 0_u8;
            let limit = (&raw const here as usize as u32) - STACK + self.image.stack().fixed;
            block.add(head::STACK_LIMIT).cast::<u32>().write(limit);
            let result = (self.entry)(block, function, a, b);
            let trap = block.add(head::TRAP).cast::<u32>().read();
            let fuel = counters.map_or(0, |counters| block.add(counters.fuel.into()).cast::<i64>().read());
            (if trap == 0 { result } else { 0 }, trap, fuel as u64)
        }
    }
}

#[cfg(not(speed))]
fn call_all(instance: &Instance) {
    for function in 0..instance.image.exports().count() as u32 {
        let (result, trap, fuel, stack) = instance.call_measured(function, 3, 5);
        let mut line = *b"0000 0000000000000000 0 0000000000000000 0000\n\0";
        hex(&mut line[..4], function.into());
        hex(&mut line[5..21], result);
        hex(&mut line[22..23], trap.into());
        hex(&mut line[24..40], fuel);
        hex(&mut line[41..45], stack.into());
        print(&line);
    }
}

/// Prints for each kernel the ticks of the processor's timer, here and in the image.
#[cfg(speed)]
fn measure(instance: &Instance) {
    let timer = 0xe000_e010_usize as *mut u32;
    // SAFETY: these are the registers of the timer, which counts down 24 bits.
    let now = || unsafe { timer.add(2).read_volatile() };
    // SAFETY: as above.
    unsafe {
        timer.add(1).write_volatile(0xff_ffff);
        timer.write_volatile(5);
    }
    for kernel in 0..3 {
        let start = now();
        let wanted = kernels::kernel(kernel);
        let middle = now();
        let (found, trap, _) = instance.call(0, kernel, 0);
        let end = now();
        if found as u32 != wanted || trap != 0 {
            failed();
        }
        let mut line = *b"0 00000000 00000000\n\0";
        hex(&mut line[..1], kernel.into());
        hex(&mut line[2..10], (start.wrapping_sub(middle) & 0xff_ffff).into());
        hex(&mut line[11..19], (middle.wrapping_sub(end) & 0xff_ffff).into());
        print(&line);
    }
}

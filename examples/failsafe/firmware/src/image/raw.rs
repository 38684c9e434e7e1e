//! The image of the node, and how it is entered. `build.rs` has checked its header, and found its parts.
#![allow(unsafe_code)]

use aingle_wasm_nano::Shim;
use core::cell::UnsafeCell;

/// A function that the image imports.
#[derive(Clone, Copy)]
enum Function {
    RegisterRead,
    RegisterWrite,
    InterruptPoll,
    InterruptWait,
    Tick,
}

/// Bytes in flash, aligned as an image has to be.
#[repr(align(8))]
pub struct Flash<const LEN: usize>([u8; LEN]);

mod built {
    use super::{Flash, Function};
    include!(concat!(env!("OUT_DIR"), "/image.rs"));
}
pub use built::STACK;
use built::{DATA, ENTRY, FIXED, GLOBALS, GUEST_STACK, HEAD, IMAGE, IMPORTS, MEMORY, RUN};

/// Places in the head.
const HOST: usize = 0;
const TRAP: usize = 12;

/// Head and memory.
#[repr(align(16))]
struct Block(UnsafeCell<[u8; HEAD + MEMORY]>);

// SAFETY: only `run` and what it calls use it, and `run` is called once.
unsafe impl Sync for Block {}

static BLOCK: Block = Block(UnsafeCell::new([0; HEAD + MEMORY]));

/// What the guest's stack is filled with before it runs.
const PAINT: u8 = 0xA5;

/// Runs the image on a shim. Returns the trap that ended it, or 0. Call it once.
pub fn run<S: Shim + 'static>(shim: &'static S) -> u32 {
    let block = BLOCK.0.get().cast::<u8>();
    // SAFETY: head and memory are as long as the image says, the parts lie in them, and nobody else uses them. The code is the image's, made
    // for this processor.
    unsafe {
        block.add(HEAD).write_bytes(PAINT, GUEST_STACK.min(MEMORY));
        block.add(FIXED).copy_from_nonoverlapping(GLOBALS.as_ptr(), GLOBALS.len());
        for (address, bytes) in DATA {
            block.add(HEAD + address).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        block.add(HOST).cast::<usize>().write(host::<S> as *const () as usize);
        block.add(HOST + 4).cast::<&'static S>().write(shim);
        let entry = (&raw const IMAGE).cast::<u8>().wrapping_add(ENTRY + 1);
        let entry: unsafe extern "C" fn(*mut u8, u32, u32, u32) -> u64 = core::mem::transmute(entry);
        entry(block, RUN, 0, 0);
        block.add(TRAP).cast::<u32>().read()
    }
}

/// The most bytes of the guest's stack that were in use.
pub fn guest_stack_peak() -> u32 {
    let memory = BLOCK.0.get().cast::<u8>().wrapping_add(HEAD);
    // SAFETY: these are bytes of the memory, which only the guest writes to. It does not run while its host function does.
    let untouched =
        (0..GUEST_STACK.min(MEMORY)).take_while(|at| unsafe { memory.add(*at).read_volatile() } == PAINT);
    (GUEST_STACK - untouched.count()) as u32
}

/// Answers an import.
unsafe extern "C" fn host<S: Shim + 'static>(block: *mut u8, import: u32, a: u32, b: u32) -> u64 {
    // SAFETY: `run` wrote it.
    let shim = unsafe { block.add(HOST + 4).cast::<&'static S>().read() };
    match IMPORTS.get(import as usize) {
        Some(Function::RegisterRead) => shim.register_read(a).into(),
        Some(Function::RegisterWrite) => {
            shim.register_write(a, b);
            0
        }
        Some(Function::InterruptPoll) => shim.interrupt_poll().into(),
        Some(Function::InterruptWait) => {
            shim.interrupt_wait((b == 1).then_some(a));
            0
        }
        Some(Function::Tick) => shim.tick().into(),
        None => 0,
    }
}

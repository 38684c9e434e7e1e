//! The object, and how it is called: registers 9, 10 and 11 are the globals, the memory's length and the memory. A table is in the memory's
//! beginning, and behind it the types of its elements.
#![allow(unsafe_code)]

use core::arch::global_asm;
use core::cell::UnsafeCell;

mod built {
    include!(concat!(env!("OUT_DIR"), "/object.rs"));
}
use built::{DATA, GLOBALS, PLAY, TABLE, TYPE_IDS};

const LEN: usize = 2048;

/// The memory, as words.
struct Memory(UnsafeCell<[u32; LEN / 4]>);

/// The globals.
struct Globals(UnsafeCell<[u32; GLOBALS.len()]>);

// SAFETY: only `play` uses it, and no interrupt calls that.
unsafe impl Sync for Memory {}
// SAFETY: as above.
unsafe impl Sync for Globals {}

static MEMORY: Memory = Memory(UnsafeCell::new([0; LEN / 4]));
static VARIABLES: Globals = Globals(UnsafeCell::new(GLOBALS));

global_asm!(
    ".thumb_func",
    ".global enter_object",
    "enter_object:",
    "push {{r3-r11, lr}}",
    "mov r11, r2",
    "mov r9, r3",
    "ldr r10, [sp, #40]",
    "bl play",
    "pop {{r3-r11, pc}}",
);

unsafe extern "C" {
    fn enter_object(function: u32, count: u32, memory: *mut u32, globals: *mut u32, len: u32) -> u64;
    #[link_name = "play"]
    fn play_in_object();
}

/// Calls the export, in a fresh memory.
pub fn play(function: u32, count: u32) -> u32 {
    let (memory, globals) = (MEMORY.0.get().cast::<u32>(), VARIABLES.0.get().cast::<u32>());
    let text = (play_in_object as *const () as u32 & !1) - PLAY;
    // SAFETY: table, types and data are within the memory, which nobody else uses. The trampoline saves the registers that the object wants set.
    unsafe {
        memory.write_bytes(0, LEN / 4);
        VARIABLES.0.get().write(GLOBALS);
        for (slot, place) in TABLE {
            memory.add(*slot).write(text + place + 1);
        }
        for (slot, id) in TYPE_IDS.iter().enumerate() {
            memory.add(TYPE_IDS.len() + slot).write(*id);
        }
        for (address, bytes) in DATA {
            memory.cast::<u8>().add(*address).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        enter_object(function, count, memory, globals, LEN as u32) as u32
    }
}

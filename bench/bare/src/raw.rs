//! The exports. Addresses are taken as they come: this guest's host is the benchmark's own.
#![allow(unsafe_code)]

use aingle_wasm_bench_work as work;
use alloc::vec::Vec;
use core::cell::{Cell, UnsafeCell};
use core::mem::ManuallyDrop;

#[global_allocator]
static HEAP: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The last reply, until the next request is made room for.
struct Last(Cell<Vec<u8>>);

// SAFETY: a guest has one thread.
unsafe impl Sync for Last {}

static LAST: Last = Last(Cell::new(Vec::new()));

/// A window for one request and one for its reply, for engines without memory to allocate.
struct Windows(UnsafeCell<[[u8; work::MESSAGE]; 2]>);

// SAFETY: a guest has one thread.
unsafe impl Sync for Windows {}

static WINDOWS: Windows = Windows(UnsafeCell::new([[0; work::MESSAGE]; 2]));

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn reflect(ptr: u32, len: u32) -> u64;
}

/// Room for a request.
#[unsafe(no_mangle)]
extern "C" fn allocate(len: u32) -> u32 {
    LAST.0.take();
    ManuallyDrop::new(Vec::<u8>::with_capacity(len as usize)).as_ptr() as u32
}

/// Nothing.
#[unsafe(no_mangle)]
extern "C" fn nothing(_ptr: u32, _len: u32) -> u64 {
    0
}

#[unsafe(no_mangle)]
extern "C" fn echo(ptr: u32, len: u32) -> u64 {
    reply(request(ptr, len).as_slice().to_vec())
}

#[unsafe(no_mangle)]
extern "C" fn sum(ptr: u32, len: u32) -> u64 {
    reply(work::sum(&request(ptr, len)).to_le_bytes().to_vec())
}

/// Where a request of [`work::MESSAGE`] bytes is written.
#[unsafe(no_mangle)]
extern "C" fn window() -> u32 {
    WINDOWS.0.get() as u32
}

/// Echoes the request in the window.
#[unsafe(no_mangle)]
extern "C" fn echo_window(_ptr: u32, len: u32) -> u64 {
    // SAFETY: the host waits, and nothing else of the guest runs: no other reference is there.
    let [request, reply] = unsafe { &mut *WINDOWS.0.get() };
    reply.copy_from_slice(request);
    u64::from(reply.as_ptr() as u32) << 32 | u64::from(len)
}

/// Calls the host `times` times, with a message and as much room behind it for the answer.
#[unsafe(no_mangle)]
extern "C" fn ask(times: u32, _: u32) -> u64 {
    let mut room = [[7_u8; work::MESSAGE]; 2];
    // SAFETY: the host reads as many bytes as it is told, and writes as many behind them.
    (0..times).map(|_| unsafe { reflect(room.as_mut_ptr() as u32, work::MESSAGE as u32) }).sum()
}

/// An envelope around the request's payload, or 0 when the request is none.
#[cfg(feature = "prototype")]
#[unsafe(no_mangle)]
extern "C" fn echo_envelope(ptr: u32, len: u32) -> u64 {
    work::prototype::unwrap(&request(ptr, len)).map_or(0, |payload| reply(work::prototype::wrap(payload)))
}

/// Takes the request that lies where room was given.
fn request(ptr: u32, len: u32) -> Vec<u8> {
    // SAFETY: the host wrote this many bytes where `allocate` said, and asked there for as many. It enters
    // once for each time that it asked.
    unsafe { Vec::from_raw_parts(ptr as *mut u8, len as usize, len as usize) }
}

/// Keeps a reply, and says where it lies.
fn reply(bytes: Vec<u8>) -> u64 {
    let packed = u64::from(bytes.as_ptr() as u32) << 32 | bytes.len() as u64;
    LAST.0.set(bytes);
    packed
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

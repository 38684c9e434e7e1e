//! The exports that every guest has, and what becomes of a panic.

use super::Place;
use super::state::with_runtime;
use crate::outgoing::Outgoing;
use crate::panic_text::PanicText;
use crate::runtime::Runtime;
use aingle_wasm_types::control_block;
use core::mem::ManuallyDrop;

unsafe extern "C" {
    /// Runs all static constructors. The linker makes it; and where nothing calls it, the linker has every export call
    /// it, each time.
    fn __wasm_call_ctors();
}

/// [`names::ABI`](aingle_wasm_types::names::ABI): the first export that a host calls, once, so that it also does what
/// [`names::INITIALIZE`](aingle_wasm_types::names::INITIALIZE) is for.
#[unsafe(no_mangle)]
extern "C" fn __aingle_abi_2() -> u32 {
    // SAFETY: nothing of the guest has run, and the host calls this once.
    unsafe { __wasm_call_ctors() };
    #[cfg(not(target_os = "none"))]
    std::panic::set_hook(std::boxed::Box::new(publish_panic));
    with_runtime(Runtime::open)
}

/// [`names::ALLOCATE`](aingle_wasm_types::names::ALLOCATE)
#[unsafe(no_mangle)]
extern "C" fn __aingle_guest_allocate(len: u32) -> u32 {
    with_runtime(|runtime| runtime.allocate(len))
}

/// [`names::DEALLOCATE`](aingle_wasm_types::names::DEALLOCATE): room is reused, so there is nothing to do.
#[unsafe(no_mangle)]
extern "C" fn __aingle_guest_deallocate(_ptr: u32, _len: u32) {}

/// [`names::RESET_ARENA`](aingle_wasm_types::names::RESET_ARENA)
#[unsafe(no_mangle)]
extern "C" fn __aingle_guest_reset_arena() {
    with_runtime(|runtime| runtime.reset());
}

#[cfg(target_os = "none")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    if is_of_allocator(info.location()) {
        with_runtime(|runtime| runtime.control_block.set(control_block::ASKED, runtime.failed.get()));
    }
    publish(&PanicText { message: &info.message(), location: info.location() });
    core::arch::wasm32::unreachable()
}

/// Whether the panic is that of an allocation that failed, which Rust raises in this file.
#[cfg(target_os = "none")]
fn is_of_allocator(location: Option<&core::panic::Location<'_>>) -> bool {
    location.is_some_and(|location| location.file().ends_with("alloc.rs"))
}

#[cfg(not(target_os = "none"))]
fn publish_panic(info: &std::panic::PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("a panic without a text");
    publish(&PanicText { message: &message, location: info.location() });
}

/// Writes the text where the host finds it.
fn publish(text: &PanicText<'_>) {
    use core::cell::UnsafeCell;

    const KEPT: usize = 128;
    struct Fallback(UnsafeCell<[u8; KEPT]>);
    // SAFETY: one thread, and written once, before the instance ends.
    unsafe impl Sync for Fallback {}
    static FALLBACK: Fallback = Fallback(UnsafeCell::new([0; KEPT]));

    // Nobody frees what the host is going to read.
    let mut long = ManuallyDrop::new(Outgoing::default());
    // SAFETY: nothing else holds a reference: the guest panics once and ends.
    let kept = text.keep(&mut long, unsafe { &mut *FALLBACK.0.get() });
    with_runtime(|runtime| runtime.control_block.publish(control_block::FAULT_PTR, Place::to_read(kept)));
}

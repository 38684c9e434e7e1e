//! The kernels as a guest: one export.
#![no_std]

#[path = "../firmware/kernels.rs"]
mod kernels;

#[unsafe(no_mangle)]
pub extern "C" fn kernel(number: u32, _: u32) -> u64 {
    kernels::kernel(number).into()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

//! The export.

/// [`failsafe::counts::run_all`].
// SAFETY: no other function of the module has this name.
#[unsafe(no_mangle)]
pub extern "C" fn run_all(function: u32, count: u32) -> u64 {
    failsafe::counts::run_all(function, count).into()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

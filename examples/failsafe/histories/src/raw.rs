//! The export.

/// [`failsafe::histories::play_all`].
// SAFETY: no other function of the module has this name.
#[unsafe(no_mangle)]
pub extern "C" fn play_all(longest: u32, _: u32) -> u64 {
    failsafe::histories::play_all(longest).into()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

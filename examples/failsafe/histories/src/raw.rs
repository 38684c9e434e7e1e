//! The export.

/// Plays all histories of at most `count` events, or mixes `count` controls, by the function's number.
// SAFETY: no other function of the module has this name.
#[unsafe(no_mangle)]
pub extern "C" fn play(function: u32, count: u32) -> u64 {
    let play = if function == 0 { failsafe::histories::play_all } else { failsafe::counts::mix_all };
    play(count).into()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

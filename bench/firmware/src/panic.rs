//! The end of a firmware that panics: in words only where that is asked for, because the words of all panics take flash.

use crate::console::Console;
use cortex_m_semihosting::debug;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(feature = "explain")]
    Console::open().line(format_args!("error {info}"));
    #[cfg(not(feature = "explain"))]
    Console::open().line(format_args!("error: built with the feature `explain`, this says which"));
    #[cfg(not(feature = "explain"))]
    let _ = info;
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::wfi();
    }
}

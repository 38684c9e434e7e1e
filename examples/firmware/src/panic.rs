//! The end of a firmware that panics.

use crate::console::Console;
use cortex_m_semihosting::debug;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    Console::open().line(format_args!("error {info}"));
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::wfi();
    }
}

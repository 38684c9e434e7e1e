//! Receives modules over the UART.

use crate::boot::Slots;
use crate::console::Console;
use crate::uart::Uart;
use crate::{clock, figures};
use aingle_wasm_update::{Event, Receiver, UpdateError};
use core::convert::Infallible;
use cortex_m::peripheral::SCB;
use cortex_m::singleton;

/// Bytes of a module in one message.
const CHUNK: u16 = 256;

/// Starts the module that is to run, then receives others. It ends by a reset.
pub fn forever(console: &mut Console) -> Result<Infallible, UpdateError> {
    clock::start();
    let slots = Slots::open()?;
    slots.run(console)?;
    slots.print_report(console);
    figures::print(console);
    #[cfg(feature = "native")]
    slots.print_choice(console);
    let mut uart = Uart::new();
    let receiver = singleton!(: Receiver = Receiver::new(CHUNK)).ok_or(UpdateError::NoTransfer)?;
    console.line(format_args!("ready"));
    loop {
        let Some(byte) = uart.read() else { continue };
        let Some(event) = receiver.push(byte, clock::milliseconds(), slots) else { continue };
        uart.send(receiver.reply());
        match event {
            Event::Finished(_) => {
                console.line(format_args!("received"));
                figures::print(console);
                SCB::sys_reset();
            }
            Event::Failed(error) => console.line(format_args!("refused {}", error.code())),
            _ => {}
        }
    }
}

//! A flight controller for the node: sends commands by a script, and prints the node's reports. The same crates as the node, compiled natively.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

mod clock;
mod console;
mod device;
mod epochs;
mod figures;
mod raw;
mod uart;

use aingle_wasm_nano::link::{EpochStore, Link, MAX_WIRE, Received, TwoCells};
use aingle_wasm_nano::{Executor, Kernel, Task, TimeoutError, WaitError};
use console::Line;
use core::pin::pin;
use cortex_m_semihosting::debug;
use device::Device;
use failsafe::board::{LINK_LINE, LINK_UART, receive, send};
use failsafe::mixer::Controls;
use failsafe::packets::{report, values, write_command};
use failsafe::registers::{EpochRegisters, association};

/// Bytes of the longest line, with its zero.
const LONGEST_LINE: usize = 320;
/// Microseconds between commands.
const PERIOD: u32 = 10_000;
/// Microseconds of each throttle of the script.
const STEP: u32 = 200_000;
/// The script.
const THROTTLES: [i16; 4] = [0, 8_192, 16_384, 24_576];

#[cortex_m_rt::entry]
fn main() -> ! {
    let device = Device::start();
    let kernel = Kernel::new();
    let Ok(link) = Link::open(association(&device), TwoCells::new(EpochRegisters(device))) else { end() };
    Line::new(c"controller").print();
    let mut body = pin!(Some(fly(&kernel, &device, link)));
    let mut executor = Executor::new(&kernel, &device);
    if let Some(task) = Task::new(0) {
        // The task is not taken yet, and not empty.
        let _ = executor.spawn(task, body.as_mut());
    }
    executor.run(|_, _| {});
    end()
}

/// Sends a command, or a greeting while the node is not heard, and prints what comes.
async fn fly<S: EpochStore>(kernel: &Kernel, shim: &Device, mut link: Link<S>) -> Result<(), WaitError> {
    let mut due = kernel.now();
    let mut count = 0;
    loop {
        let left = due.wrapping_sub(kernel.now());
        let left = if left > PERIOD { 0 } else { left };
        match kernel.timeout(left, kernel.interrupts().any(kernel, LINK_LINE)).await {
            Ok(line) => drop(line?),
            Err(TimeoutError::Elapsed) => {
                due = kernel.now().wrapping_add(PERIOD);
                command(kernel, shim, &mut link, count).await?;
                if let Some(line) = figures::line() {
                    line.print();
                }
                count = (count + 1) & 0x3FFF;
            }
            Err(TimeoutError::Wait(error)) => return Err(error),
        }
        while let Some(byte) = receive(shim, LINK_UART) {
            let found = match link.push(byte) {
                Some(Received::Payload(payload, _)) => report(payload),
                _ => None,
            };
            if let Some((losses, counters)) = found {
                print(losses, counters, values(link.counters()));
            }
        }
    }
}

async fn command<S: EpochStore>(
    kernel: &Kernel,
    shim: &Device,
    link: &mut Link<S>,
    count: u16,
) -> Result<(), WaitError> {
    let throttle = THROTTLES[(kernel.now() / STEP) as usize % THROTTLES.len()];
    let mut wire = [0; MAX_WIRE];
    let sent = match write_command(Controls { throttle, ..Controls::default() }, count) {
        Ok(bytes) if link.is_heard() => link.send(&bytes, &mut wire),
        _ => link.greet(&mut wire),
    };
    for byte in wire.iter().take(sent.unwrap_or(0)) {
        while !send(shim, LINK_UART, *byte) {
            kernel.sleep(1).await?;
        }
    }
    Ok(())
}

/// Prints what the node reports, its losses and its counters, and then the controller's own counters.
fn print(losses: u16, node: [u32; 12], own: [u32; 12]) {
    let line = Line::new(c"report").number(losses.into());
    let line = node.into_iter().chain(own).fold(line, Line::number);
    line.print();
}

fn end() -> ! {
    Line::new(c"ended").print();
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    end()
}

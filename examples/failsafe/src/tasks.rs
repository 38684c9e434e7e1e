//! The three tasks.

use crate::board::{LINK_LINE, LINK_UART, PULSES, STICKS_LINE, STICKS_UART, receive, send};
use crate::packets::{command, write_report};
use crate::sbus::Parser;
use crate::state::{CHANGED, Heard, Node};
use aingle_wasm_nano::link::{EpochStore, Link, MAX_WIRE, Received};
use aingle_wasm_nano::{Shim, TimeoutError, WaitError};

/// Bytes that a task takes from a line in one poll.
const BYTES_PER_POLL: usize = 32;
/// Ticks between reports, and between greetings.
pub const REPORT_PERIOD: u32 = 20_000;

/// Writes the outputs, at each change and when a side falls silent. Task 0: no other one can delay it for more than a poll.
///
/// # Errors
///
/// None of them can happen while the executor runs it.
pub async fn outputs(node: &Node, shim: &impl Shim) -> Result<(), WaitError> {
    loop {
        let (pulses, left) = node.outputs(node.kernel.now());
        for (register, pulse) in PULSES.into_iter().zip(pulses) {
            shim.register_write(register, pulse.into());
        }
        let change = node.changed.any(&node.kernel, CHANGED);
        match left {
            None => drop(change.await?),
            Some(ticks) => match node.kernel.timeout(ticks, change).await {
                Ok(changed) => drop(changed?),
                Err(TimeoutError::Elapsed) => {}
                Err(TimeoutError::Wait(error)) => return Err(error),
            },
        }
    }
}

/// Takes the sticks from SBUS. Task 1.
///
/// # Errors
///
/// None of them can happen while the executor runs it.
pub async fn sticks(node: &Node, shim: &impl Shim) -> Result<(), WaitError> {
    let mut parser = Parser::default();
    loop {
        node.kernel.interrupts().any(&node.kernel, STICKS_LINE).await?;
        for number in 1.. {
            let Some(byte) = receive(shim, STICKS_UART) else { break };
            match parser.push(byte) {
                Some(frame) if frame.failsafe => {
                    node.sticks.set(None);
                    node.change();
                }
                Some(frame) if !frame.lost => {
                    node.sticks.set(Some(Heard { value: frame, at: node.kernel.now() }));
                    node.change();
                }
                _ => {}
            }
            if number % BYTES_PER_POLL == 0 {
                node.kernel.yield_now().await;
            }
        }
    }
}

/// Takes commands from the link, and sends reports and greetings. Task 2.
///
/// # Errors
///
/// None of them can happen while the executor runs it.
pub async fn commands<S: EpochStore>(
    node: &Node,
    shim: &impl Shim,
    mut link: Link<S>,
) -> Result<(), WaitError> {
    let mut report_at = node.kernel.now();
    let mut count = 0;
    loop {
        let left = report_at.wrapping_sub(node.kernel.now());
        let left = if left > REPORT_PERIOD { 0 } else { left };
        let lines = node.kernel.interrupts().any(&node.kernel, LINK_LINE);
        match node.kernel.timeout(left, lines).await {
            Ok(line) => drop(line?),
            Err(TimeoutError::Elapsed) => {
                report_at = node.kernel.now().wrapping_add(REPORT_PERIOD);
                report(node, shim, &mut link, count).await?;
                count = (count + 1) & 0x3FFF;
            }
            Err(TimeoutError::Wait(error)) => return Err(error),
        }
        for number in 1.. {
            let Some(byte) = receive(shim, LINK_UART) else { break };
            if let Some(Received::Payload(payload, _)) = link.push(byte)
                && let Some(value) = command(payload)
            {
                node.command.set(Some(Heard { value, at: node.kernel.now() }));
                node.change();
            }
            if number % BYTES_PER_POLL == 0 {
                node.kernel.yield_now().await;
            }
        }
    }
}

/// Sends a report, or a greeting while the other side is not heard.
async fn report<S: EpochStore>(
    node: &Node,
    shim: &impl Shim,
    link: &mut Link<S>,
    count: u16,
) -> Result<(), WaitError> {
    let packet = write_report(node.losses.get(), link.counters(), count);
    let mut wire = [0; MAX_WIRE];
    let sent = match packet {
        Ok(bytes) if link.is_heard() => link.send(&bytes, &mut wire),
        _ => link.greet(&mut wire),
    };
    // A link whose epochs cannot be stored sends nothing.
    for byte in wire.iter().take(sent.unwrap_or(0)) {
        while !send(shim, LINK_UART, *byte) {
            node.kernel.sleep(1).await?;
        }
    }
    Ok(())
}

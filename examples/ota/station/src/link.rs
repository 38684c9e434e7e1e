//! The protocol, over the UART of a board.

use crate::machine::Machine;
use aingle_wasm_update::Report;
use aingle_wasm_update::{MAX_FRAME, Next, SendError, Sender, Stage, Timing};
use anyhow::{Context, Result, bail};
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

/// How long a sender waits at most before it is looked at again, in milliseconds.
const GLANCE: u64 = 10;

/// What came of sending a blob.
pub struct Sent {
    /// The byte that the board wanted first. `None` if it refused the offer.
    pub from: Option<u32>,
    /// The board's code, if it refused the blob.
    pub refused: Option<u16>,
}

/// Sends a blob.
pub fn send(machine: &mut Machine, blob: &[u8]) -> Result<Sent> {
    let mut sender = Sender::new(blob, Timing::default())?;
    let mut from = None;
    let end = drive(machine, &mut sender, |sender| {
        if sender.progress().stage == Stage::Sending && from.is_none() {
            from = Some(sender.progress().sent);
        }
        true
    })?;
    match end {
        Some(Ok(())) => Ok(Sent { from, refused: None }),
        Some(Err(SendError::Failed { code })) => Ok(Sent { from, refused: Some(code) }),
        Some(Err(error)) => bail!("{error}"),
        None => bail!("the sender stopped"),
    }
}

/// Sends a blob until the board has this many bytes of it.
pub fn send_part(machine: &mut Machine, blob: &[u8], bytes: u32) -> Result<()> {
    let mut sender = Sender::new(blob, Timing::default())?;
    match drive(machine, &mut sender, |sender| sender.progress().sent < bytes)? {
        None => Ok(()),
        Some(end) => bail!("the sender ended too early: {end:?}"),
    }
}

/// Sends a blob until this moment, or until the board has taken or refused it.
pub fn send_until(machine: &mut Machine, blob: &[u8], end: Instant) -> Result<()> {
    let mut sender = Sender::new(blob, Timing::default())?;
    match drive(machine, &mut sender, |_| Instant::now() < end)? {
        None | Some(Ok(())) => Ok(()),
        Some(Err(error)) => bail!("{error}"),
    }
}

/// Asks for the report of the last update.
pub fn report(machine: &mut Machine, blob: &[u8]) -> Result<Report> {
    let mut sender = Sender::new(blob, Timing::default())?;
    drive(machine, &mut sender, |sender| sender.report().is_none())?;
    sender.report().context("the board does not answer")
}

/// Runs a sender to its end, or until it is not to go on any more: `None`.
fn drive(
    machine: &mut Machine,
    sender: &mut Sender<'_>,
    mut goes_on: impl FnMut(&Sender<'_>) -> bool,
) -> Result<Option<Result<(), SendError>>> {
    let began = Instant::now();
    let mut frame = [0; MAX_FRAME];
    let uart = &mut machine.uart;
    while goes_on(sender) {
        let now = began.elapsed().as_millis() as u64;
        match sender.poll(now, &mut frame) {
            Ok(Next::Send(len)) => uart.write_all(&frame[..len])?,
            Ok(Next::WaitUntil(until)) => {
                let wait = until.saturating_sub(now).clamp(1, GLANCE);
                uart.set_read_timeout(Some(Duration::from_millis(wait)))?;
                let mut bytes = [0; 256];
                match uart.read(&mut bytes) {
                    Ok(0) => bail!("the board is gone"),
                    Ok(len) => sender.receive(&bytes[..len]),
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(Next::Done(_)) => return Ok(Some(Ok(()))),
            Err(error) => return Ok(Some(Err(error))),
        }
    }
    Ok(None)
}

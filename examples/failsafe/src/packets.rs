//! Packets of the link: commands to the node, and its reports.

use crate::mixer::Controls;
use aingle_wasm_nano::link::{Counters, Packet, PacketError, PacketKind, Segment};

/// APID of commands: roll, pitch, yaw and throttle, 16 bits each, big-endian.
pub const COMMAND_APID: u16 = 0x020;
/// APID of reports: losses (16 bits), and the link's counters (32 bits each) in the order of [`Counters`], big-endian.
pub const REPORT_APID: u16 = 0x021;
/// Bytes of a command.
pub const COMMAND_LEN: usize = 14;
/// Bytes of a report.
pub const REPORT_LEN: usize = 8 + 4 * COUNTERS;

const COUNTERS: usize = 12;

/// Writes a command as a packet.
///
/// # Errors
///
/// [`PacketError::Count`] if `count` has more than 14 bits.
pub fn write_command(controls: Controls, count: u16) -> Result<[u8; COMMAND_LEN], PacketError> {
    let values = [controls.roll, controls.pitch, controls.yaw, controls.throttle];
    let mut data = [0; COMMAND_LEN - 6];
    for (place, value) in data.as_chunks_mut().0.iter_mut().zip(values) {
        *place = value.to_be_bytes();
    }
    write(PacketKind::Telecommand, COMMAND_APID, count, &data)
}

/// Reads a command, or returns `None` if the packet is none.
#[must_use]
pub fn command(payload: &[u8]) -> Option<Controls> {
    let data = data(payload, PacketKind::Telecommand, COMMAND_APID)?;
    let [r0, r1, p0, p1, y0, y1, t0, t1] = *data.first_chunk().filter(|_| data.len() == 8)?;
    let value = |high, low| i16::from_be_bytes([high, low]);
    Some(Controls { roll: value(r0, r1), pitch: value(p0, p1), yaw: value(y0, y1), throttle: value(t0, t1) })
}

/// Writes a report as a packet.
///
/// # Errors
///
/// [`PacketError::Count`] if `count` has more than 14 bits.
pub fn write_report(losses: u16, counters: Counters, count: u16) -> Result<[u8; REPORT_LEN], PacketError> {
    let mut data = [0; REPORT_LEN - 6];
    let (first, others) = data.split_at_mut(2);
    first.copy_from_slice(&losses.to_be_bytes());
    for (place, value) in others.as_chunks_mut().0.iter_mut().zip(values(counters)) {
        *place = value.to_be_bytes();
    }
    write(PacketKind::Telemetry, REPORT_APID, count, &data)
}

/// Reads losses and counters of a report, or returns `None` if the packet is none.
#[must_use]
pub fn report(payload: &[u8]) -> Option<(u16, [u32; COUNTERS])> {
    let data = data(payload, PacketKind::Telemetry, REPORT_APID)?;
    let (losses, others) = data.split_first_chunk()?;
    let counters: &[[u8; 4]; COUNTERS] = others.as_chunks().0.try_into().ok()?;
    let whole = others.len() == 4 * COUNTERS;
    whole.then(|| (u16::from_be_bytes(*losses), counters.map(u32::from_be_bytes)))
}

/// Returns the counters in their order.
#[must_use]
pub fn values(counters: Counters) -> [u32; COUNTERS] {
    [
        counters.fresh,
        counters.reordered,
        counters.greetings,
        counters.garbled,
        counters.truncated,
        counters.foreign,
        counters.forged,
        counters.reflected,
        counters.replayed,
        counters.delayed,
        counters.stale,
        counters.not_stored,
    ]
}

fn write<const N: usize>(
    kind: PacketKind,
    apid: u16,
    count: u16,
    data: &[u8],
) -> Result<[u8; N], PacketError> {
    let mut bytes = [0; N];
    Packet { kind, secondary_header: false, apid, segment: Segment::Unsegmented, count, data }
        .write(&mut bytes)?;
    Ok(bytes)
}

/// Returns the data of a packet of this kind and APID.
fn data(payload: &[u8], kind: PacketKind, apid: u16) -> Option<&[u8]> {
    let packet = Packet::parse(payload).ok()?;
    (packet.kind == kind && packet.apid == apid).then_some(packet.data)
}

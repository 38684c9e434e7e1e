//! Commands and reports.

use aingle_wasm_nano::link::Counters;
use failsafe::mixer::Controls;
use failsafe::packets::{command, report, values, write_command, write_report};

const COUNTERS: Counters = Counters {
    fresh: 1,
    reordered: 2,
    greetings: 3,
    garbled: 4,
    truncated: 5,
    foreign: 6,
    forged: 7,
    reflected: 8,
    replayed: 9,
    delayed: 10,
    stale: 11,
    not_stored: 0x0102_0304,
};

#[test]
fn a_command_is_read_as_it_was_written() {
    let controls = Controls { roll: -1, pitch: 2, yaw: i16::MIN, throttle: 0x1234 };
    let bytes = write_command(controls, 5).unwrap();
    assert_eq!(bytes[6..], [0xFF, 0xFF, 0, 2, 0x80, 0, 0x12, 0x34]);
    assert_eq!(command(&bytes), Some(controls));
}

#[test]
fn a_report_is_read_as_it_was_written() {
    let bytes = write_report(0x0203, COUNTERS, 0x3FFF).unwrap();
    assert_eq!(bytes[bytes.len() - 4..], [1, 2, 3, 4]);
    assert_eq!(report(&bytes), Some((0x0203, values(COUNTERS))));
    assert_eq!(values(COUNTERS)[..11], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
}

#[test]
fn other_packets_are_neither() {
    let mut bytes = write_command(Controls::default(), 0).unwrap();
    assert_eq!(report(&bytes), None);
    for (byte, bit) in [(0, 4), (1, 0), (5, 0)] {
        bytes[byte] ^= 1 << bit;
        assert_eq!(command(&bytes), None, "bit {bit} of byte {byte}");
        bytes[byte] ^= 1 << bit;
    }
    let report_bytes = write_report(0, COUNTERS, 0).unwrap();
    assert_eq!((command(&report_bytes), report(&report_bytes[..55])), (None, None));
    assert!(write_report(0, COUNTERS, 0x4000).is_err());
}

//! Space Packets.

use aingle_wasm_nano::link::{Packet, PacketError, PacketKind, Segment};
use proptest::prelude::*;

#[test]
fn the_fields_of_a_header_are_where_the_standard_has_them() {
    let packet = Packet::parse(&[0x1D, 0x23, 0xC0, 0x05, 0x00, 0x01, 0xAA, 0xBB]).unwrap();
    let expected = Packet {
        kind: PacketKind::Telecommand,
        secondary_header: true,
        apid: 0x523,
        segment: Segment::Unsegmented,
        count: 5,
        data: &[0xAA, 0xBB],
    };
    assert_eq!(packet, expected);
}

#[test]
fn what_is_no_packet_is_told_with_its_facts() {
    let good = [0, 1, 0xC0, 0, 0, 1, 7, 7];
    assert_eq!(Packet::parse(&good[..5]), Err(PacketError::Short { found: 5 }));
    assert_eq!(Packet::parse(&good[..7]), Err(PacketError::Length { found: 1, expected: 2 }));
    assert_eq!(Packet::parse(&good[..6]), Err(PacketError::Length { found: 0, expected: 2 }));
    for version in 1..8 {
        let other = [version << 5, 1, 0xC0, 0, 0, 0, 7];
        assert_eq!(Packet::parse(&other), Err(PacketError::Version { found: version }));
    }
    let packet = Packet { data: &[7], ..Packet::parse(&good).unwrap() };
    let mut out = [0; 8];
    assert_eq!(Packet { apid: 2048, ..packet }.write(&mut out), Err(PacketError::Apid { found: 2048 }));
    assert_eq!(Packet { count: 16384, ..packet }.write(&mut out), Err(PacketError::Count { found: 16384 }));
    assert_eq!(Packet { data: &[], ..packet }.write(&mut out), Err(PacketError::Data { found: 0 }));
    let long = vec![0; 65_537];
    assert_eq!(Packet { data: &long, ..packet }.write(&mut out), Err(PacketError::Data { found: 65_537 }));
    assert_eq!(packet.write(&mut out[..6]), Err(PacketError::Buffer { found: 6, expected: 7 }));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_that_are_a_packet_are_written_again(mut bytes in proptest::collection::vec(any::<u8>(), 0..40), fit: bool) {
        if fit && bytes.len() > 6 {
            bytes[0] &= 0x1F;
            bytes[4] = 0;
            bytes[5] = (bytes.len() - 7) as u8;
        }
        if let Ok(packet) = Packet::parse(&bytes) {
            let mut out = [0; 64];
            let len = packet.write(&mut out).unwrap();
            prop_assert_eq!(&out[..len], &bytes[..]);
        } else {
            prop_assert!(!(fit && bytes.len() > 6));
        }
    }
}

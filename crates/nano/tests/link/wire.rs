//! Bytes on the wire.

use super::*;
use aingle_wasm_nano::link::{
    Cell, Dropped, LinkError, MAX_PAYLOAD, Packet, PacketKind, Segment, StoreError,
};

const COMMAND: Packet = Packet {
    kind: PacketKind::Telecommand,
    secondary_header: false,
    apid: 0x123,
    segment: Segment::Unsegmented,
    count: 5,
    data: &[1, 0, 2],
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn command() -> Vec<u8> {
    let mut out = [0; 16];
    let len = COMMAND.write(&mut out).unwrap();
    out[..len].to_vec()
}

/// The vectors of the document, each with its name.
fn vectors() -> Vec<(&'static str, String)> {
    let (mut node, mut controller) = pair();
    let first = send(&mut node, &command());
    let mut frame = first[1..first.len() - 1].to_vec();
    let len = cobs::decode_in_place(&mut frame).unwrap();
    let flash = Flash::provisioned();
    let provisioned = flash.cells()[0];
    open(NODE, &flash);
    vec![
        ("packet", hex(&command())),
        ("frame", hex(&frame[..len])),
        ("wire", hex(&first)),
        ("second", hex(&send(&mut node, &command()))),
        ("empty", hex(&send(&mut node, &[]))),
        ("controller", hex(&send(&mut controller, &command()))),
        ("greeting", hex(&greet(&mut controller))),
        ("provisioned", hex(&provisioned)),
        ("opened", hex(&flash.cells()[1])),
    ]
}

#[test]
fn the_vectors_of_the_document_are_those_on_the_wire() {
    let document = include_str!("../../../../docs/LINK.md");
    for (name, vector) in vectors() {
        assert!(document.contains(&format!("`{vector}`")), "docs/LINK.md does not have {name}: {vector}");
    }
}

#[test]
#[ignore = "prints the vectors for the document"]
fn print() {
    vectors().iter().for_each(|(name, vector)| println!("{name}: `{vector}`"));
}

#[test]
fn a_payload_of_every_length_arrives() {
    let (mut node, mut controller) = pair();
    for len in 0..=MAX_PAYLOAD {
        for byte in [0x00, 0x01, 0xFF] {
            let payload = vec![byte; len];
            let frame = send(&mut node, &payload);
            assert_eq!(frame[1..frame.len() - 1].iter().filter(|byte| **byte == 0).count(), 0);
            assert_eq!(deliver_one(&mut controller, &frame), Seen::Payload(payload, Verdict::Fresh));
        }
    }
    let mut out = [0; MAX_WIRE];
    let error = LinkError::Payload { found: MAX_PAYLOAD + 1 };
    assert_eq!(node.send(&[0; MAX_PAYLOAD + 1], &mut out), Err(error));
}

#[test]
fn every_change_of_a_byte_is_refused() {
    let (mut node, mut controller) = pair();
    let frame = send(&mut node, &command());
    for at in 0..frame.len() {
        for change in 1..=255 {
            let mut changed = frame.clone();
            changed[at] ^= change;
            for seen in deliver(&mut controller, &[&[0], &changed[..], &[0]].concat()) {
                // A zero that begins or ends a frame may become a byte that COBS passes over, or a byte may become a zero.
                assert!(matches!(seen, Seen::Dropped(_)), "byte {at} by {change}: {seen:?}");
            }
        }
    }
    assert_eq!(controller.counters().fresh, 0);
    assert!(controller.counters().forged > 1000, "{:?}", controller.counters());
    assert_eq!(deliver_one(&mut controller, &frame), Seen::Payload(command(), Verdict::Fresh));
}

#[test]
fn every_truncation_is_refused() {
    let (mut node, mut controller) = pair();
    let frame = send(&mut node, &command());
    let inner = &frame[1..frame.len() - 1];
    for from in 0..inner.len() {
        for to in from..=inner.len() {
            if (from, to) != (0, inner.len()) {
                let seen = deliver(&mut controller, &[&[0], &inner[from..to], &[0]].concat());
                assert!(seen.iter().all(|seen| matches!(seen, Seen::Dropped(_))), "{from}..{to}: {seen:?}");
            }
        }
    }
    assert!(controller.counters().truncated > 0 && controller.counters().garbled > 0);
}

#[test]
fn a_short_frame_is_told_by_its_length() {
    let (_, mut controller) = pair();
    let mut encoded = [0; 32];
    let len = cobs::encode(&[9; 26], &mut encoded);
    let seen = deliver_one(&mut controller, &[&[0], &encoded[..len], &[0]].concat());
    assert_eq!(seen, Seen::Dropped(Dropped::Truncated { found: 26, expected: 27 }));
}

#[test]
fn other_spis_and_channels_are_refused() {
    let (_, mut controller) = pair();
    let mut other = open(Association { spi: 3, ..NODE }, &Flash::provisioned());
    let seen = deliver_one(&mut controller, &send(&mut other, b"x"));
    assert_eq!(seen, Seen::Dropped(Dropped::Spi { found: 3, expected: 0x0102 }));
    let mut other = open(Association { channel: 8, ..NODE }, &Flash::provisioned());
    let seen = deliver_one(&mut controller, &send(&mut other, b"x"));
    assert_eq!(seen, Seen::Dropped(Dropped::Channel { found: 8, expected: 7 }));
    assert_eq!(controller.counters().foreign, 2);
}

#[test]
fn a_frame_is_found_again_after_garbage() {
    let (mut node, mut controller) = pair();
    let garbage = [&[0x55; 400][..], &[0, 0, 7, 0, 255, 1, 2]].concat();
    deliver(&mut controller, &garbage);
    let frame = send(&mut node, &command());
    // The zero that begins the frame ends the garbage.
    let seen = deliver(&mut controller, &frame);
    assert_eq!(seen.last(), Some(&Seen::Payload(command(), Verdict::Fresh)));
    // Half a frame, then a whole one.
    let (lost, whole) = (send(&mut node, &command()), send(&mut node, &command()));
    let seen = deliver(&mut controller, &[&lost[..lost.len() / 2], &whole].concat());
    assert_eq!(seen.last(), Some(&Seen::Payload(command(), Verdict::Fresh)));
}

#[test]
fn lesson_36_one_key_for_both_directions_is_refused() {
    let same = Association { receive_key: NODE.send_key, ..NODE };
    let store = TwoCells::new(Flash::provisioned());
    assert_eq!(Link::open(same, store).err(), Some(LinkError::SameKey));
    let greetings = Association { channel: 255, ..NODE };
    let store = TwoCells::new(Flash::provisioned());
    assert_eq!(Link::open(greetings, store).err(), Some(LinkError::Channel { found: 255 }));
}

#[test]
fn memory_that_was_never_provisioned_keeps_the_link_closed() {
    let error = Link::open(NODE, TwoCells::new(Flash::new())).err();
    assert_eq!(error, Some(LinkError::Store(StoreError::NoRecord)));
    let flash = Flash::provisioned();
    flash.cut_after(16, flash::Torn::Older);
    let error = Link::open(NODE, TwoCells::new(flash)).err();
    assert!(matches!(error, Some(LinkError::Store(StoreError::Memory(_)))), "{error:?}");
    assert_eq!(Cell::First as usize, 0);
}

//! What comes over the lines of a node: frames of its link, packets, and SBUS.

use aingle_wasm_nano::link::{
    Association, Cell, Cells, Counters, Link, MAX_WIRE, Packet, Received, TwoCells, Verdict,
};
use failsafe::sbus::{FRAME_LEN, HEADER, Parser, Sbus, parse};
use std::convert::Infallible;

const NEAR: Association = Association { spi: 0x0102, channel: 7, send_key: [1; 16], receive_key: [2; 16] };
const FAR: Association = Association { send_key: [2; 16], receive_key: [1; 16], ..NEAR };

/// Payloads that the other side sends, in their order.
const PAYLOADS: [&[u8]; 3] = [b"first", b"", b"a third one"];

#[derive(Default)]
struct Memory([[u8; 16]; 2]);

impl Cells for Memory {
    type Error = Infallible;

    fn read(&mut self, cell: Cell) -> Result<[u8; 16], Infallible> {
        Ok(self.0[cell as usize])
    }

    fn write(&mut self, cell: Cell, record: &[u8; 16]) -> Result<(), Infallible> {
        self.0[cell as usize] = *record;
        Ok(())
    }
}

fn open(association: Association) -> Link<TwoCells<Memory>> {
    let mut store = TwoCells::new(Memory::default());
    store.provision().expect("memory");
    Link::open(association, store).expect("a link")
}

/// Returns the other side, and what it has sent.
fn far() -> (Link<TwoCells<Memory>>, Vec<Vec<u8>>) {
    let mut far = open(FAR);
    let frames = PAYLOADS.map(|payload| send(&mut far, payload));
    (far, frames.to_vec())
}

fn send(link: &mut Link<TwoCells<Memory>>, payload: &[u8]) -> Vec<u8> {
    let mut wire = [0; MAX_WIRE];
    let len = link.send(payload, &mut wire).expect("a payload that fits");
    wire[..len].to_vec()
}

/// Returns the frames that [`link_feed`] knows, for inputs to begin with.
#[must_use]
pub fn link_frames() -> Vec<Vec<u8>> {
    far().1
}

/// Any bytes over a link. Only what the other side has sent is accepted, each once; every frame is counted once; and the next good frame
/// is accepted, whatever came before.
pub fn link_feed(bytes: &[u8]) {
    let (mut far, _) = far();
    let mut near = open(NEAR);
    let mut accepted = Vec::new();
    let mut ends = 0;
    for byte in bytes {
        match near.push(*byte) {
            Some(Received::Payload(payload, _)) => {
                accepted.push(PAYLOADS.iter().position(|sent| *sent == payload).expect("it was sent"));
                ends += 1;
            }
            Some(_) => ends += 1,
            None => {}
        }
    }
    let mut once = accepted.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), accepted.len());
    let Counters { fresh, reordered, greetings, .. } = near.counters();
    assert_eq!(usize::try_from(fresh + reordered), Ok(accepted.len()));
    assert_eq!(fresh + reordered + greetings + near.counters().dropped(), ends);
    let last = send(&mut far, b"last")
        .into_iter()
        .filter(|byte| matches!(near.push(*byte), Some(Received::Payload(b"last", Verdict::Fresh))));
    assert_eq!(last.count(), 1);
}

/// Any bytes as a Space Packet. What is read is written as it was.
pub fn packet_parse(bytes: &[u8]) {
    let Ok(packet) = Packet::parse(bytes) else { return };
    let mut written = vec![0; bytes.len()];
    assert_eq!(packet.write(&mut written), Ok(bytes.len()));
    assert_eq!(written, bytes);
    assert!(failsafe::packets::command(bytes).is_none() || failsafe::packets::report(bytes).is_none());
}

/// Any bytes of a receiver. Each frame is found that a search byte by byte finds, and no other.
pub fn sbus_feed(bytes: &[u8]) {
    let mut parser = Parser::default();
    let mut kept = Vec::new();
    for byte in bytes {
        kept.push(*byte);
        let found = search(&mut kept);
        assert_eq!(parser.push(*byte), found);
        assert!(found.is_none_or(|frame| frame.channels.iter().all(|channel| *channel < 2048)));
    }
}

/// Drops bytes up to a frame, and takes it if it is whole.
fn search(kept: &mut Vec<u8>) -> Option<Sbus> {
    while let Some(first) = kept.first() {
        let whole = kept.first_chunk::<FRAME_LEN>();
        match whole.map(parse) {
            Some(Some(frame)) => {
                kept.drain(..FRAME_LEN);
                return Some(frame);
            }
            None if *first == HEADER => return None,
            _ => drop(kept.remove(0)),
        }
    }
    None
}

//! The frames of `docs/UPDATES.md`, byte by byte.

use aingle_wasm_manifest::Builder;
use aingle_wasm_update::{
    Event, Finished, MAX_FRAME, Next, Outcome, Receiver, Report, Sender, Sink, Timing, UpdateError,
};

/// Takes everything, and keeps nothing.
struct Taker(u32);

impl Sink for Taker {
    fn begin(&mut self, _header: &[u8], _len: u32) -> Result<u32, UpdateError> {
        Ok(0)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), UpdateError> {
        if offset != self.0 {
            return Err(UpdateError::OutOfOrder { expected: self.0, found: offset });
        }
        self.0 += bytes.len() as u32;
        Ok(())
    }

    fn finish(&mut self) -> Result<Finished, UpdateError> {
        Err(UpdateError::OnTrial)
    }

    fn abort(&mut self) -> Result<(), UpdateError> {
        Ok(())
    }

    fn report(&self) -> Report {
        Report { outcome: Outcome::Confirmed, code: 0, module_id: 7, sequence: 3 }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// Runs a transfer, and returns its frames in both directions.
fn frames() -> Vec<String> {
    let blob = Builder::module(7, 4, "main").build(b"module", None).unwrap();
    let mut sender = Sender::new(&blob, Timing::default()).unwrap();
    let (mut receiver, mut sink) = (Receiver::new(128), Taker(0));
    let (mut frame, mut frames) = ([0; MAX_FRAME], Vec::new());
    while let Ok(Next::Send(len)) = sender.poll(0, &mut frame) {
        frames.push(hex(&frame[..len]));
        for byte in &frame[..len] {
            if receiver.push(*byte, 0, &mut sink).is_some() {
                frames.push(hex(receiver.reply()));
                sender.receive(receiver.reply());
            }
        }
    }
    frames
}

#[test]
fn the_frames_of_the_document_are_those_on_the_wire() {
    let document = include_str!("../../../docs/UPDATES.md");
    for frame in frames() {
        // Frames that contain a manifest are long, and specified by their parts.
        let line = format!("`{frame}`");
        assert!(frame.len() > 200 || document.contains(&line), "docs/UPDATES.md does not have {line}");
    }
}

#[test]
fn a_changed_byte_is_no_message() {
    let mut receiver = Receiver::new(128);
    let hello = [0x00, 0x05, 0x01, 0x03, 0x01, 0x05, 0x00];
    let events = hello.iter().filter_map(|byte| receiver.push(*byte, 0, &mut Taker(0))).count();
    assert_eq!(events, 0);
}

#[test]
fn a_message_that_comes_twice_acts_once() {
    let blob = Builder::module(7, 4, "main").build(b"module", None).unwrap();
    let mut sender = Sender::new(&blob, Timing { chunk: 10, ..Timing::default() }).unwrap();
    let (mut receiver, mut sink) = (Receiver::new(32), Taker(0));
    let mut frame = [0; MAX_FRAME];
    let mut now = 0;
    let mut written = Vec::new();
    while let Ok(Next::Send(len)) = sender.poll(now, &mut frame) {
        for _ in 0..2 {
            for byte in &frame[..len] {
                if let Some(Event::Written { offset }) = receiver.push(*byte, now, &mut sink) {
                    written.push(offset);
                }
            }
        }
        now += 1;
        sender.receive(receiver.reply());
    }
    assert!(written.chunks(2).all(|pair| pair[0] == pair[1]), "{written:?}");
    assert_eq!(sink.0 as usize, blob.len());
}

#[test]
fn bytes_that_are_no_frames_do_nothing() {
    let mut receiver = Receiver::new(128);
    let mut sink = Taker(0);
    let mut number = 1u32;
    for _ in 0..200_000 {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let byte = (number >> 24) as u8;
        assert_eq!(receiver.push(byte, 0, &mut sink), None);
    }
}

#[test]
#[ignore = "prints the frames for the document"]
fn print() {
    frames().iter().for_each(|frame| println!("{frame}"));
}

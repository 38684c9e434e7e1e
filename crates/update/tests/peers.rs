//! Devices that answer and never end.

use aingle_wasm_manifest::Builder;
use aingle_wasm_update::{
    Finished, MAX_FRAME, Next, Receiver, Report, SendError, Sender, Sink, Timing, UpdateError,
};

/// Accepts every blob, and asks for the byte at an offset again and again.
struct Stuck(u32);

impl Sink for Stuck {
    fn begin(&mut self, _header: &[u8], _len: u32) -> Result<u32, UpdateError> {
        Ok(0)
    }

    fn write(&mut self, offset: u32, _bytes: &[u8]) -> Result<(), UpdateError> {
        // Takes bytes now and then, and goes back.
        if offset < self.0 { Ok(()) } else { Err(UpdateError::OutOfOrder { expected: 0, found: offset }) }
    }

    fn finish(&mut self) -> Result<Finished, UpdateError> {
        Ok(Finished::OnTrial)
    }

    fn abort(&mut self) -> Result<(), UpdateError> {
        Ok(())
    }

    fn report(&self) -> Report {
        Report::default()
    }
}

#[test]
fn answers_without_progress_are_bounded() {
    let blob = Builder::module(7, 4, "main").build(&[1; 2000], None).unwrap();
    for (takes, restarts) in [(0, 10), (300, 10), (0, 0), (0, 255)] {
        let mut sender = Sender::new(&blob, Timing { restarts, ..Timing::default() }).unwrap();
        let (mut receiver, mut sink) = (Receiver::new(128), Stuck(takes));
        let (mut frame, mut messages) = ([0; MAX_FRAME], 0);
        let end = loop {
            match sender.poll(0, &mut frame) {
                Ok(Next::Send(len)) => {
                    for byte in &frame[..len] {
                        if receiver.push(*byte, 0, &mut sink).is_some() {
                            sender.receive(receiver.reply());
                        }
                    }
                }
                other => break other,
            }
            messages += 1;
            assert!(messages < 2_000, "it does not end");
        };
        let answers = u16::from(restarts) + 1;
        assert_eq!(end, Err(SendError::NoProgress { offset: 0, answers }));
    }
}

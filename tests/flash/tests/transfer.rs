//! The transfer over a line that loses and changes bytes, to a device that restarts.

use aingle_wasm_flash_model::blobs::{self, Blob};
use aingle_wasm_flash_model::whole_life::areas;
use aingle_wasm_flash_model::{Flash, Random, Rules};
use aingle_wasm_update::{
    Answer, Event, Finished, Layout, MAX_FRAME, Next, Receiver, SendError, Sender, Stage, Timing,
    UpdateError, Updater,
};

type Model = Flash<8, 512>;

/// A line, and the device at its end.
struct Line {
    flash: Model,
    layout: Layout,
    random: Random,
    /// Of a thousand bytes, so many are changed or lost.
    noise: usize,
    /// After so many events the device restarts, again and again.
    restart_every: usize,
    events: Vec<Event>,
    now: u64,
}

impl Line {
    fn new(noise: usize, restart_every: usize, seed: u64) -> Self {
        let ([state, a, b], blocks) = areas::<512>(8, 6);
        let mut flash = Model::new(blocks, Rules::ECC, seed);
        let layout = Layout::new(&flash, state, a, b).unwrap();
        Updater::provision(&mut flash, layout, blobs::device(true)).unwrap();
        Self { flash, layout, random: Random::new(seed), noise, restart_every, events: Vec::new(), now: 0 }
    }

    /// Carries bytes, some of them changed or lost.
    fn carry(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut carried = Vec::new();
        for byte in bytes {
            match self.random.below(1000) {
                chance if chance >= self.noise => carried.push(*byte),
                chance if chance % 2 == 0 => carried.push(byte ^ self.random.byte()),
                _ => {}
            }
        }
        carried
    }

    fn send(&mut self, blob: &Blob, timing: Timing) -> Result<Answer, SendError> {
        let mut sender = Sender::new(&blob.bytes, timing).unwrap();
        let mut frame = [0; MAX_FRAME];
        let mut at_device = Vec::new();
        loop {
            let mut events = 0;
            let mut flash = self.flash.clone();
            let mut updater = Updater::open(&mut flash, self.layout, blobs::device(true)).unwrap();
            let mut receiver = Receiver::new(128);
            while events < self.restart_every {
                match sender.poll(self.now, &mut frame) {
                    Ok(Next::Send(len)) => at_device = self.carry(&frame[..len]),
                    Ok(Next::WaitUntil(until)) => self.now = until,
                    Ok(Next::Done(answer)) => {
                        self.flash = flash;
                        return Ok(answer);
                    }
                    Err(error) => {
                        self.flash = flash;
                        return Err(error);
                    }
                }
                for byte in at_device.drain(..) {
                    if let Some(event) = receiver.push(byte, self.now, &mut updater) {
                        self.events.push(event);
                        events += 1;
                        let reply = self.carry(receiver.reply());
                        sender.receive(&reply);
                    }
                }
            }
            self.flash = flash;
        }
    }

    /// Returns the sequence of the module that the device starts, and confirms it.
    fn start(&mut self) -> u32 {
        let mut updater = Updater::open(&mut self.flash, self.layout, blobs::device(true)).unwrap();
        let started = updater.start().unwrap();
        if started.boots_left.is_some() {
            updater.confirm().unwrap();
        }
        started.sequence
    }
}

fn blob(version: u32, sequence: u32) -> Blob {
    blobs::module_blob(version, sequence, Some(&blobs::module_key(0)))
}

#[test]
fn a_blob_comes_over_a_clean_line_in_as_few_messages_as_it_needs() {
    let mut line = Line::new(0, usize::MAX, 1);
    let answer = line.send(&blob(1, 10), Timing::default()).unwrap();
    assert_eq!(answer.finished, Finished::OnTrial);
    let written = blob(1, 10).bytes.len().div_ceil(128);
    assert_eq!(line.events.len(), 2 + written + 1, "{:?}", line.events);
    assert_eq!(line.start(), 10);
}

#[test]
fn a_blob_comes_over_a_noisy_line() {
    let timing = Timing { tries: 100, ..Timing::default() };
    for seed in 0..20 {
        let mut line = Line::new(1 + seed as usize % 3, usize::MAX, seed);
        line.send(&blob(1, 10), timing).unwrap();
        assert_eq!(line.start(), 10, "seed {seed}");
        let delta = blobs::delta_blob(1, 4, 40, Some(&blobs::module_key(0)));
        line.send(&delta, timing).unwrap();
        assert_eq!(line.start(), 40, "seed {seed}");
    }
}

#[test]
fn a_device_that_restarts_goes_on_where_its_flash_says() {
    let timing = Timing { restarts: 100, ..Timing::default() };
    // Four chunks of 128 bytes are a block, of which the last one is written again after a restart.
    let mut line = Line::new(0, 9, 1);
    line.send(&blob(5, 10), timing).unwrap();
    let accepted: Vec<_> = line
        .events
        .iter()
        .filter_map(|event| if let Event::Accepted { offset } = event { Some(*offset) } else { None })
        .collect();
    assert!(accepted.len() > 1 && accepted.windows(2).all(|pair| pair[0] <= pair[1]), "{accepted:?}");
    assert!(*accepted.last().unwrap() > 0, "{accepted:?}");
    assert_eq!(line.start(), 10);
}

#[test]
fn both_sides_know_the_reason_of_a_refusal() {
    let mut line = Line::new(0, usize::MAX, 1);
    let unsigned = blobs::module_blob(1, 10, None);
    let Err(SendError::Failed { code }) = line.send(&unsigned, Timing::default()) else { panic!("refused") };
    assert_eq!(UpdateError::describe(code), Some("not signed"));
    let updater = Updater::open(&mut line.flash, line.layout, blobs::device(true)).unwrap();
    assert_eq!(updater.report().code, code);
}

#[test]
fn a_sender_gives_up_when_no_device_answers() {
    let blob = blob(1, 10);
    let mut sender = Sender::new(&blob.bytes, Timing { tries: 3, ..Timing::default() }).unwrap();
    let (mut now, mut sent, mut frame) = (0, 0, [0; MAX_FRAME]);
    let error = loop {
        match sender.poll(now, &mut frame) {
            Ok(Next::Send(_)) => sent += 1,
            Ok(Next::WaitUntil(until)) => now = until,
            Ok(Next::Done(_)) => panic!("done"),
            Err(error) => break error,
        }
    };
    assert_eq!((error, sent), (SendError::NoAnswer { stage: Stage::Greeting, tries: 3 }, 3));
    assert_eq!(now, 3000);
}

#[test]
fn a_receiver_notices_that_its_sender_is_gone() {
    let mut line = Line::new(0, usize::MAX, 1);
    let blob = blob(1, 10);
    let mut sender = Sender::new(&blob.bytes, Timing::default()).unwrap();
    let mut receiver = Receiver::new(128).timeout(500);
    let mut updater = Updater::open(&mut line.flash, line.layout, blobs::device(true)).unwrap();
    let mut frame = [0; MAX_FRAME];
    for _ in 0..3 {
        let Ok(Next::Send(len)) = sender.poll(7, &mut frame) else { panic!("a message") };
        for byte in &frame[..len] {
            if receiver.push(*byte, 7, &mut updater).is_some() {
                sender.receive(receiver.reply());
            }
        }
    }
    assert!(!receiver.is_idle(507));
    assert!(receiver.is_idle(508));
}

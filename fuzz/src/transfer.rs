//! The transfer protocol, both sides.

use aingle_wasm_manifest::{Builder, Key, Policy, Role};
use aingle_wasm_update::{
    Device, Layout, MAX_FRAME, Next, RamFlash, Receiver, Sender, Timing, UpdateError, Updater,
};
use std::sync::LazyLock;

static KEYS: LazyLock<[Key; 1]> = LazyLock::new(|| [Key::new([7; 32], Role::Module, false)]);

fn policy(keys: &[Key]) -> Policy<'_> {
    Policy::new(keys)
}

/// Any bytes on the line to a device, as frames and as messages in good frames; and on the line to a sender. No module
/// comes to run, since none is signed by the device's key.
pub fn transfer_feed(bytes: &[u8]) {
    let mut flash = RamFlash::<8, 2048, 12288>::new();
    let layout = Layout::in_a_row(&flash, 0, 4096, 4096).expect("it fits");
    let mut updater = Updater::provision(&mut flash, layout, Device::new(&*KEYS, policy)).expect("it works");
    let mut receiver = Receiver::new(64);
    for byte in bytes {
        receiver.push(*byte, 0, &mut updater);
    }
    for message in bytes.split(|byte| *byte == 0xA5) {
        for byte in frame(message) {
            if receiver.push(byte, 0, &mut updater).is_some() {
                assert!(receiver.reply().len() > 4 && receiver.reply().ends_with(&[0]));
            }
        }
    }
    assert_eq!(updater.start(), Err(UpdateError::NoModule));
    feed_sender(bytes);
}

/// A sender ends with any answers.
fn feed_sender(bytes: &[u8]) {
    let blob = Builder::module(1, 1, "f").build(&[5; 100], None).expect("a manifest");
    let timing = Timing { tries: 2, restarts: 2, ..Timing::default() };
    let mut sender = Sender::new(&blob, timing).expect("a blob");
    let (mut out, mut now, mut left) = ([0; MAX_FRAME], 0, bytes.split(|byte| *byte == 0xA5));
    loop {
        match sender.poll(now, &mut out) {
            Ok(Next::Send(len)) => assert!(len > 4),
            Ok(Next::WaitUntil(until)) => now = until,
            Ok(Next::Done(_)) | Err(_) => break,
        }
        if let Some(answer) = left.next() {
            sender.receive(answer);
            sender.receive(&frame(answer));
        }
        assert!(sender.progress().sent as usize <= blob.len());
    }
}

/// Makes a frame of any message: an encoder that is not the SDK's.
fn frame(message: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in message {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    let whole = [message, &(!crc).to_le_bytes()].concat();
    let mut frame = vec![0];
    let mut left = &whole[..];
    loop {
        let zero = left.iter().position(|byte| *byte == 0).unwrap_or(left.len());
        let run = zero.min(254);
        frame.push(run as u8 + 1);
        frame.extend(&left[..run]);
        if run == left.len() {
            break;
        }
        left = &left[run + usize::from(run < 254)..];
    }
    frame.push(0);
    frame
}

//! A board: the receiver and the updater of `aingle_wasm_update`, on a flash in RAM, behind a socket.
#![allow(dead_code)]

use crate::common::{Bench, key};
use aingle_wasm_manifest::{Key, Policy};
use aingle_wasm_update::{Device, Event, Layout, RamFlash, Receiver, Updater};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Instant;

pub type Flash = RamFlash<8, 4096, 131072>;

pub const QUICK: &str = "--timeout 300ms --tries 2 --offer-timeout 5s --finish-timeout 5s";

/// What a board does with a transfer.
#[derive(Clone, Copy)]
pub struct Habits {
    /// Closes the line after so many chunks.
    pub cut_after: Option<u32>,
    /// Whether a module on trial is confirmed.
    pub confirms: bool,
    /// Whether the line closes for the restart.
    pub closes: bool,
}

pub const GOOD: Habits = Habits { cut_after: None, confirms: true, closes: false };

fn policy(keys: &[Key]) -> Policy<'_> {
    Policy::new(keys).max_module(40 * 1024)
}

/// The public key of `ed25519.pem`.
pub fn public_key() -> Key {
    let der = std::fs::read(key("ed25519.pub.der")).unwrap();
    Key::module(der[12..].try_into().unwrap())
}

/// A device that has this key.
pub fn device() -> Device {
    Device::new(Box::leak(Box::new([public_key()])), policy).trial_boots(1)
}

pub fn layout(flash: &Flash) -> Layout {
    Layout::in_a_row(flash, 0, 8192, 61440).unwrap()
}

pub fn new_flash() -> Box<Flash> {
    let mut flash = Box::new(Flash::new());
    let layout = layout(&flash);
    Updater::provision(&mut *flash, layout, device()).unwrap();
    flash
}

/// Serves a line until it closes, and returns how many chunks came.
pub fn serve(line: &mut (impl Read + Write), flash: &mut Flash, habits: Habits) -> u32 {
    let (layout, start, mut chunks) = (layout(flash), Instant::now(), 0);
    'restart: loop {
        let mut updater = Updater::open(&mut *flash, layout, device()).unwrap();
        let mut receiver = Receiver::new(256);
        let mut byte = [0];
        loop {
            match line.read(&mut byte) {
                Ok(1) => {}
                Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => continue,
                _ => return chunks,
            }
            let Some(event) = receiver.push(byte[0], start.elapsed().as_millis() as u64, &mut updater) else {
                continue;
            };
            if let Event::Written { .. } = event {
                chunks += 1;
                if habits.cut_after == Some(chunks) {
                    return chunks;
                }
            }
            if line.write_all(receiver.reply()).is_err() {
                return chunks;
            }
            if let Event::Finished(_) = event {
                updater.start().unwrap();
                if habits.confirms {
                    updater.confirm().unwrap();
                } else {
                    // The boot after the only one on trial reverts; there is no module before it to start.
                    let mut updater = Updater::open(&mut *flash, layout, device()).unwrap();
                    let _ = updater.start();
                }
                if habits.closes {
                    return chunks;
                }
                continue 'restart;
            }
        }
    }
}

/// A board behind a socket that serves one connection. Returns the option that names it.
pub fn board(mut flash: Box<Flash>, habits: Habits) -> (String, JoinHandle<(Box<Flash>, u32)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("--port tcp:{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let chunks = serve(&mut stream, &mut flash, habits);
        (flash, chunks)
    });
    (port, thread)
}

/// A board behind a socket that serves one connection after the other. Returns the line to it.
pub fn lasting_board(habits: Habits) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let line = format!("tcp:{}", listener.local_addr().unwrap());
    let mut flash = new_flash();
    let thread = std::thread::spawn(move || {
        for stream in listener.incoming() {
            serve(&mut stream.unwrap(), &mut flash, habits);
        }
    });
    (line, thread)
}

pub fn packed(options: &str) -> Bench {
    let bench = Bench::new();
    bench.succeed(&format!("pack module.wasm -o out --module-id 1 --entry echo --sequence 7 {options}"));
    bench
}

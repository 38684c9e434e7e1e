//! `send` to devices that restart, take long or never end.

mod board;
mod common;

use aingle_wasm_update::{Finished, Receiver, Report, Sink, UpdateError};
use board::{GOOD, Habits, QUICK, new_flash, packed, serve};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

#[test]
fn a_line_that_closes_for_the_restart_is_opened_again() {
    let bench = packed("--key key");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let mut flash = new_flash();
        let (mut stream, _) = listener.accept().unwrap();
        drop(listener);
        serve(&mut stream, &mut flash, Habits { closes: true, ..GOOD });
        drop(stream);
        // For a while the port is not there.
        std::thread::sleep(Duration::from_millis(700));
        let (mut stream, _) = TcpListener::bind(address).unwrap().accept().unwrap();
        serve(&mut stream, &mut flash, GOOD);
    });
    let facts = bench.succeed(&format!("send out --port tcp:{address} --wait 20s {QUICK}"));
    assert_eq!(facts["device_says"]["outcome"], "Confirmed");
    thread.join().unwrap();
}

#[test]
fn a_line_that_stays_closed_is_waited_for_as_long_as_the_option_says() {
    let bench = packed("--key key");
    let (port, thread) = board::board(new_flash(), Habits { closes: true, ..GOOD });
    let start = Instant::now();
    let error = bench.fail(&format!("send out {port} --wait 1s {QUICK}"), 8);
    assert!(error.contains("did not confirm the module in time"), "{error}");
    assert!((1..5).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    thread.join().unwrap();
}

/// A device that has its own answers, and stays silent after the end.
struct Odd {
    finished: Finished,
    taken: u32,
    takes: u32,
}

impl Sink for Odd {
    fn begin(&mut self, _header: &[u8], _len: u32) -> Result<u32, UpdateError> {
        Ok(0)
    }

    fn write(&mut self, _offset: u32, bytes: &[u8]) -> Result<(), UpdateError> {
        if self.taken >= self.takes {
            return Err(UpdateError::OutOfOrder { expected: 0, found: 1 });
        }
        self.taken += bytes.len() as u32;
        Ok(())
    }

    fn finish(&mut self) -> Result<Finished, UpdateError> {
        Ok(self.finished)
    }

    fn abort(&mut self) -> Result<(), UpdateError> {
        Ok(())
    }

    fn report(&self) -> Report {
        Report::default()
    }
}

/// Serves one line until it closes. Says nothing after the end if `mute` is set.
fn odd(finished: Finished, takes: u32, mute: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut sink, mut receiver, mut byte) = (Odd { finished, taken: 0, takes }, Receiver::new(256), [0]);
        let mut ended = false;
        while let Ok(1) = stream.read(&mut byte) {
            let event = receiver.push(byte[0], 0, &mut sink);
            if event.is_some() && !(ended && mute) && stream.write_all(receiver.reply()).is_err() {
                return;
            }
            ended |= matches!(event, Some(aingle_wasm_update::Event::Finished(_)));
        }
    });
    address
}

#[test]
fn an_answer_waits_no_longer_than_the_option_says() {
    let bench = packed("--key key");
    let address = odd(Finished::OnTrial, u32::MAX, true);
    let start = Instant::now();
    let error = bench.fail(&format!("send out --port tcp:{address} --wait 1s --timeout 8s"), 8);
    assert!(error.contains("it does not answer"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_trial_that_is_not_over_is_no_missing_update() {
    let bench = packed("--key key");
    let address = odd(Finished::OnTrial, u32::MAX, false);
    let error = bench.fail(&format!("send out --port tcp:{address} --wait 1s {QUICK}"), 8);
    assert!(error.contains("can still be on trial"), "{error}");
}

#[test]
fn a_device_that_takes_nothing_or_mistakes_the_kind_is_a_failure() {
    let bench = packed("--key key");
    let address = odd(Finished::OnTrial, 0, false);
    let error = bench.fail(&format!("send out --port tcp:{address} {QUICK}"), 8);
    assert!(error.contains("no progress"), "{error}");
    let address = odd(Finished::KeysChanged, u32::MAX, false);
    let error = bench.fail(&format!("send out --port tcp:{address} {QUICK}"), 7);
    assert!(error.contains("took over keys, and was sent a module"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_connection_has_a_time_out() {
    let bench = packed("--key key");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // The system drops connections when too many wait to be accepted.
    let mut waiting = Vec::new();
    let is_full = (0..600).any(|_| match TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        Ok(stream) => {
            waiting.push(stream);
            false
        }
        Err(_) => true,
    });
    if !is_full {
        let _ = writeln!(std::io::stderr(), "NOT CHECKED: this system lets all connections wait");
        return;
    }
    let start = Instant::now();
    let error = bench.fail(&format!("send out --port tcp:{address} --timeout 500ms"), 8);
    assert!(error.contains("cannot open"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

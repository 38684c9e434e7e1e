//! `send` to a device: the receiver and the updater of `aingle_wasm_update`, on a flash in RAM, behind a socket or a pty.

mod board;
mod common;

use board::{GOOD, Habits, QUICK, board, new_flash, packed, serve};
use serde_json::json;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

#[test]
fn a_module_is_sent_and_the_device_says_that_it_is_confirmed() {
    let bench = packed("--key key");
    let (port, thread) = board(new_flash(), GOOD);
    let facts = bench.succeed(&format!("send out {port} --wait 20s {QUICK}"));
    assert_eq!(facts["sent"], bench.read("out").len());
    assert_eq!(facts["resumed_at"], 0);
    assert_eq!(facts["device_said_before"]["outcome"], "None");
    let expected = json!({ "outcome": "Confirmed", "code": 0, "module_id": 1, "sequence": 7 });
    assert_eq!(facts["device_says"], expected);
    let (flash, chunks) = thread.join().unwrap();
    assert!(chunks > 3);
    let module = common::guest();
    assert!(flash.bytes().windows(module.len()).any(|window| window == module), "the module is in flash");
}

#[test]
fn a_transfer_goes_on_where_it_stopped() {
    let bench = common::Bench::new();
    // A custom section of 10,000 bytes: the device goes on at a whole erase block.
    let section = [&[0, 0x90, 0x4e, 3][..], b"pad", &[7; 9996]].concat();
    bench.write("module.wasm", &[common::guest(), section].concat());
    bench.succeed("pack module.wasm -o out --module-id 1 --entry echo --sequence 7 --key key");
    bench.succeed("pad out -o padded");
    let (port, thread) = board(new_flash(), Habits { cut_after: Some(36), ..GOOD });
    let error = bench.fail(&format!("send padded {port} {QUICK}"), 8);
    assert!(error.contains("broke"), "{error}");
    let (flash, first) = thread.join().unwrap();
    let (port, thread) = board(flash, GOOD);
    let facts = bench.succeed(&format!("send padded {port} {QUICK}"));
    assert_eq!(facts["resumed_at"], 8192);
    let (_, second) = thread.join().unwrap();
    let left = (bench.read("out").len() - 8192).div_ceil(256);
    assert_eq!((first, second as usize), (36, left));
}

#[test]
fn the_devices_reason_is_said_in_its_words() {
    for (options, reason, code) in [
        ("", "not signed", 3),
        ("--key other", "signed by an unknown key", 4),
        ("--key key --target a", "class", 11),
    ] {
        let bench = common::Bench::new();
        bench.succeed("keygen -o other");
        bench.succeed(&format!("pack module.wasm -o out --module-id 1 --entry echo --sequence 7 {options}"));
        let (port, thread) = board(new_flash(), GOOD);
        let run = bench.run(&format!("send out {port} {QUICK} --json"));
        assert_eq!(run.code, 7, "{}", run.stderr);
        assert_eq!(run.json()["error"]["refusals"], json!([code]));
        assert!(run.stderr.contains(reason), "{}", run.stderr);
        assert_eq!(thread.join().unwrap().1, 0);
    }
}

#[test]
fn a_module_that_is_not_confirmed_is_a_failure_with_the_devices_report() {
    let bench = packed("--key key");
    let (port, _thread) = board(new_flash(), Habits { confirms: false, ..GOOD });
    let error = bench.fail(&format!("send out {port} --wait 20s {QUICK}"), 7);
    assert!(error.contains("never confirmed: reverted"), "{error}");
}

#[test]
fn silence_and_closed_lines_are_failures_of_the_line() {
    let bench = packed("--key key");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let silent: JoinHandle<TcpStream> = std::thread::spawn(move || listener.accept().unwrap().0);
    let start = Instant::now();
    let error = bench.fail(&format!("send out --port tcp:{address} --timeout 100ms --tries 3"), 8);
    assert!(error.contains("does not answer (greeting, asked 3 times)"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
    drop(silent.join().unwrap());
    assert!(bench.fail(&format!("send out --port tcp:{address}"), 8).contains("cannot open"));
    assert!(bench.fail("send out --port no-such-port", 8).contains("cannot open"));
    bench.fail("send module.wasm --port no-such-port", 4);
    bench.fail("send out", 2);
}

#[cfg(unix)]
#[test]
fn a_pty_is_a_port() {
    use serialport::{SerialPort, TTYPort};
    let bench = packed("--key key");
    let (mut master, slave) = TTYPort::pair().unwrap();
    master.set_timeout(Duration::from_millis(50)).unwrap();
    let path = slave.name().unwrap();
    // The program opens it, which wants it for itself.
    drop(slave);
    let thread = std::thread::spawn(move || {
        let mut flash = new_flash();
        serve(&mut Open(master, Instant::now()), &mut flash, GOOD)
    });
    let facts = bench.succeed(&format!("send out --port {path} {QUICK}"));
    assert_eq!(facts["resumed_at"], 0);
    assert!(thread.join().unwrap() > 3);

    /// The master's side of a pty: it reads errors until the other side is opened, and after it is closed.
    struct Open(TTYPort, Instant);

    impl Read for Open {
        fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(bytes) {
                Err(error)
                    if error.kind() != ErrorKind::TimedOut && self.1.elapsed() < Duration::from_secs(5) =>
                {
                    std::thread::sleep(Duration::from_millis(20));
                    Err(ErrorKind::TimedOut.into())
                }
                other => other,
            }
        }
    }

    impl Write for Open {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            self.0.flush()
        }
    }
}

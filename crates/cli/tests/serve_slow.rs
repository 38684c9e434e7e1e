//! `serve` and clients that are slow: none holds a connection or an instance without a limit.
#![cfg(all(feature = "serve", feature = "wasi", unix))]

mod common;

use common::Bench;
use common::components::component;
use common::server::Server;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

/// Less than the server waits for in all, and again and again.
const PAUSE: Duration = Duration::from_millis(20);
/// After so many pauses the server is taken to wait without a limit.
const PAUSES: usize = 3000;

const OPTIONS: [&str; 6] = ["--client-timeout", "500ms", "--concurrency", "1", "--timeout", "600s"];

/// A server of functions, and one of a component.
fn servers() -> [(Bench, Server); 2] {
    let functions = Bench::new();
    functions.write("module", &common::guest_with(""));
    let component_of = Bench::new();
    component_of.write("module", &component("handler_02"));
    let of = |bench: Bench, options: &[&str]| {
        let server = Server::new(&bench, &[&OPTIONS, options].concat());
        (bench, server)
    };
    [of(functions, &[]), of(component_of, &["--interface", "wasi:http"])]
}

/// A connection on which this was sent.
fn sent(server: &Server, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream.set_read_timeout(Some(PAUSE)).unwrap();
    stream
}

/// Sends a byte at a time until the server has ended the connection. Returns what it answered.
fn drip(mut stream: TcpStream, byte: &[u8]) -> String {
    let mut answer = Vec::new();
    for _ in 0..PAUSES {
        let mut part = [0; 4096];
        match stream.read(&mut part) {
            Ok(0) => return String::from_utf8(answer).unwrap(),
            Ok(read) => answer.extend_from_slice(&part[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            // It has closed, and does not want the rest.
            Err(_) => return String::from_utf8(answer).unwrap(),
        }
        let _ = stream.write_all(byte);
    }
    panic!("the server waits without a limit");
}

#[test]
fn a_head_has_to_arrive_in_time() {
    for (_bench, server) in servers() {
        for begun in ["", "P", "POST /echo HTTP/1.1\r\nHost: test\r\nX-Slow: "] {
            drip(sent(&server, begun), b"");
            drip(sent(&server, begun), b"x");
        }
    }
}

#[test]
fn the_end_of_the_server_does_not_wait_for_a_head() {
    for begun in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: test\r\n\r\nGET / HT"] {
        let bench = Bench::new();
        bench.write("module", &common::guest_with(""));
        let server = Server::new(&bench, &["--drain", "600s"]);
        let mut stream = sent(&server, begun);
        if begun.len() > 10 {
            stream.set_read_timeout(None).unwrap();
            stream.read_exact(&mut [0; 64]).unwrap();
        }
        sleep(5 * PAUSE);
        assert_eq!(server.end().0, 0, "{begun}");
    }
}

#[test]
fn a_connection_is_not_kept_open_for_nothing() {
    for (_bench, server) in servers() {
        let answer = drip(sent(&server, "GET / HTTP/1.1\r\nHost: test\r\n\r\n"), b"");
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    }
}

#[test]
fn a_body_has_to_arrive_in_time() {
    for (_bench, server) in servers() {
        for length in ["Content-Length: 100000", "Transfer-Encoding: chunked"] {
            let head = format!("POST /echo HTTP/1.1\r\nHost: test\r\n{length}\r\n\r\n");
            let part = if length.starts_with('C') { &b"x"[..] } else { b"1\r\nx\r\n" };
            for byte in [b"", part] {
                let answer = drip(sent(&server, &head), byte);
                assert!(answer.starts_with("HTTP/1.1 408"), "{length}: {answer}");
                assert!(answer.contains("\"kind\":\"slow_request\",\"retryable\":true"), "{answer}");
            }
        }
        assert_eq!(server.end().0, 0);
    }
}

#[test]
fn a_slow_body_holds_no_instance_for_long() {
    for (_bench, server) in servers() {
        let head = "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n";
        let _slow = [(); 8].map(|()| sent(&server, head));
        // There is one place.
        assert_eq!(server.send("POST", "/echo", b"").0, 200);
    }
}

#[test]
fn an_answer_that_nobody_takes_up_is_given_up() {
    let [_, (_bench, server)] = servers();
    let mut stream = sent(&server, "GET /large?30000000 HTTP/1.1\r\nHost: test\r\n\r\n");
    stream.set_read_timeout(None).unwrap();
    stream.read_exact(&mut [0; 8]).unwrap();
    // There is one place, and the guest writes as long as somebody reads.
    assert_eq!(server.send("GET", "/hello", b"").0, 200);
    // A client that reads slowly has what it wants.
    let mut stream = sent(&server, "GET /large?3000000 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.set_read_timeout(None).unwrap();
    let (mut part, mut read) = ([0; 100_000], 0);
    loop {
        match stream.read(&mut part).unwrap() {
            0 => break,
            more => read += more,
        }
        sleep(PAUSE);
    }
    assert!(read > 3_000_000, "{read}");
}

#[test]
fn no_time_at_all_is_refused() {
    let bench = Bench::new();
    bench.write("module", &common::guest_with(""));
    let refused = bench.fail("serve module --client-timeout 0", 2);
    assert!(refused.contains("expected at least 1ms"), "{refused}");
}

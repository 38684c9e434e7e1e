//! `serve` with components that answer HTTP requests: a real server and real clients on loopback.
#![cfg(all(feature = "serve", feature = "wasi", unix))]

mod common;

use common::Bench;
use common::components::component;
use common::server::Server;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// A bench whose `module` is this component.
fn bench(name: &str) -> Bench {
    let bench = Bench::new();
    bench.write("module", &component(name));
    bench
}

/// A bench whose component of WASI 0.2 is served with these options, without addresses.
fn served(options: &[&str]) -> (Bench, Server) {
    let bench = bench("handler_02");
    let options = [&["--interface", "wasi:http"], options].concat();
    let server = Server::new(&bench, &options);
    (bench, server)
}

#[test]
fn requests_are_answered_by_an_instance_each() {
    let (_bench, server) = served(&[]);
    assert_eq!(server.send("GET", "/hello", b""), (200, "hello".into()));
    assert_eq!(server.send("GET", "/other", b"").0, 404);
    assert_eq!(server.send("GET", "/host", b""), (200, "test".into()));
    for _ in 0..3 {
        assert_eq!(server.send("GET", "/count", b""), (200, "1".into()));
    }
    let sent = "x".repeat(200_000);
    assert_eq!(server.send("POST", "/echo", sent.as_bytes()), (200, sent));
    assert_eq!(server.send("GET", "/print", b"").0, 200);
    let (code, said) = server.end();
    assert_eq!((code, said.as_str()), (0, "printed\n"), "standard output is the guest's");
}

#[test]
fn both_versions_fail_alike() {
    for (name, options) in [("handler_02", &["--interface", "wasi:http"][..]), ("handler_03", &[])] {
        let bench = bench(name);
        let limits = ["--memory", "16MiB", "--timeout", "500ms", "--max-body", "1K"];
        let server = Server::new(&bench, &[options, &limits].concat());
        assert_eq!(server.send("GET", "/hello", b"").0, 200, "{name}");
        for (path, body, status, kind) in [
            ("/trap", &b""[..], 500, "trap"),
            ("/loop", b"", 504, "timeout"),
            ("/sleep?60000", b"", 504, "timeout"),
            ("/allocate", b"", 500, "out_of_memory"),
            ("/echo", &[b'x'; 2000], 413, "request_body"),
        ] {
            let (found, said) = server.send("POST", path, body);
            let told = format!("\"kind\":\"{kind}\"");
            assert!(found == status && said.contains(&told), "{name} {path}: {found} {said}");
        }
        assert_eq!(server.send("GET", "/hello", b"").0, 200, "{name}");
        drop(server);
        let server = Server::new(&bench, &[options, &["--fuel", "5000000"]].concat());
        let (status, said) = server.send("GET", "/loop", b"");
        assert!(status == 500 && said.contains("\"kind\":\"out_of_fuel\""), "{name}: {status} {said}");
        assert_eq!(server.send("GET", "/hello", b"").0, 200, "{name}");
    }
}

#[test]
fn a_body_that_does_not_say_its_size_is_limited_too() {
    let (_bench, server) = served(&["--max-body", "1K"]);
    let mut stream = std::net::TcpStream::connect(&server.address).unwrap();
    stream
        .write_all(
            b"POST /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
        )
        .unwrap();
    for _ in 0..4 {
        // The server may answer before it has everything.
        let _ = write!(stream, "200\r\n{}\r\n", "x".repeat(512));
    }
    let _ = stream.write_all(b"0\r\n\r\n");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[test]
fn a_response_without_an_end_is_seen_as_such() {
    let (_bench, server) = served(&["--max-response", "10K"]);
    let (status, said) = server.send("GET", "/nothing", b"");
    assert!(status == 500 && said.contains("no response"), "{said}");
    // Chunks end with one of no length.
    for (path, part) in [("/breaks", "part"), ("/large?20000", "xxxx")] {
        let mut answer = String::new();
        let _ = server.begin("GET", path, b"").read_to_string(&mut answer);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(part), "{path}: {answer}");
        assert!(!answer.ends_with("0\r\n\r\n"), "{path}");
    }
    assert_eq!(server.send("GET", "/large?9000", b"").1.len(), 9000);
}

#[test]
fn a_guest_goes_on_behind_a_response_whose_body_nobody_reads() {
    let (_bench, server) = served(&[]);
    for (method, status) in [("GET", 204), ("GET", 304), ("HEAD", 200)] {
        let mut answer = String::new();
        let mut stream = server.begin(method, &format!("/after?{status}"), b"");
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method}: {answer}");
    }
    // The guests sleep for 200 milliseconds behind the head.
    std::thread::sleep(Duration::from_secs(2));
    let (code, said) = server.end();
    let mut lines: Vec<&str> = said.lines().collect();
    lines.sort_unstable();
    assert_eq!((code, &lines[..]), (0, &["after 200", "after 204", "after 304"][..]));
}

#[test]
fn a_guest_ends_when_its_client_goes_away() {
    let (_bench, server) = served(&["--concurrency", "1", "--timeout", "600s"]);
    let began = Instant::now();
    for path in ["/sleep?600000", "/loop"] {
        let call = server.begin("GET", path, b"");
        std::thread::sleep(Duration::from_millis(100));
        drop(call);
        // There is room for one.
        assert_eq!(server.send("GET", "/hello", b"").0, 200);
    }
    assert!(began.elapsed() < Duration::from_secs(300), "the guests were waited for");
}

#[test]
fn more_requests_than_may_wait_are_refused() {
    let (_bench, server) = served(&["--concurrency", "1", "--queue", "0"]);
    let _running = server.begin("GET", "/sleep?20000", b"");
    let refused = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        let (status, said) = server.send("GET", "/hello", b"");
        status == 503 && said.contains("\"kind\":\"queue_full\",\"retryable\":true")
    });
    assert!(refused);
}

#[test]
fn requests_in_flight_are_finished_when_the_server_is_told_to_end() {
    let (_bench, server) = served(&[]);
    let mut call = server.begin("GET", "/sleep?500", b"");
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(server.end().0, 0);
    let mut answer = String::new();
    call.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("slept"), "{answer}");
    let (_bench, server) = served(&["--drain", "50ms"]);
    let _call = server.begin("GET", "/sleep?20000", b"");
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(server.end().0, 14);
}

#[test]
fn requests_of_the_guest_go_to_granted_addresses_alone() {
    let bench = bench("handler_02");
    let said = bench.fail("serve module --addr 127.0.0.1:0", 15);
    assert!(
        said.contains("wasi:http/outgoing-handler@0.2.12` (--net ALLOW or --interface wasi:http)"),
        "{said}"
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let path = format!("/get?{address}");
    for grant in [["--interface", "wasi:http"], ["--net", "127.0.0.1:1"], ["--net", "localhost:*"]] {
        let server = Server::new(&bench, &grant);
        let (_, said) = server.send("GET", &path, b"");
        assert!(said.contains("HttpRequestDenied"), "{grant:?}: {said}");
    }
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let read = stream.read(&mut request).unwrap();
        stream.write_all(b"HTTP/1.1 203 OK\r\nContent-Length: 4\r\n\r\nback").unwrap();
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    let server = Server::new(&bench, &["--net", &address]);
    let (_, said) = server.send("GET", &path, b"");
    assert!(said.contains("203 back"), "{said}");
    assert!(answering.join().unwrap().starts_with("GET / HTTP/1.1\r\n"));
}

#[test]
fn what_cannot_be_served_is_said() {
    let bench = bench("command_03");
    let grants = "--interface wasi:filesystem --interface wasi:sockets --interface wasi:http";
    let said = bench.fail(&format!("serve module --addr 127.0.0.1:0 {grants}"), 4);
    assert!(said.contains("wasi:http/incoming-handler"), "{said}");
    bench.write("module", &wat::parse_str("(module (func (export \"f\")))").unwrap());
    let said = bench.fail("serve module --addr 127.0.0.1:0 --env A=1", 2);
    assert!(said.contains("--env: the module is no component"), "{said}");
    bench.write("module", &component("handler_02"));
    let said = bench.fail("run module --interface wasi:http", 4);
    assert!(said.contains("wasi:cli/run") && said.contains("aingle-wasm serve"), "{said}");
}

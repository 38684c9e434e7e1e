//! `serve`: a real server on loopback.
#![cfg(all(feature = "serve", unix))]

mod common;

use common::Bench;
use common::server::Server;
use std::io::{Read, Write};
use std::net::TcpStream;

const MODULE: &str = r#"(module
    (func (export "add") (param $left i32) (param $right i32) (result i32)
        (i32.add (local.get $left) (local.get $right)))
    (func (export "spin") (loop $l (br $l)))
    (func (export "trap") (unreachable)))"#;

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("module", &wat::parse_str(MODULE).unwrap());
    bench
}

#[test]
fn functions_are_called_over_http_with_a_status_for_each_end() {
    let bench = bench();
    let server = Server::new(&bench, &["--timeout", "100ms", "--max-body", "1K"]);
    assert_eq!(server.send("POST", "/add", b"[5, 3]"), (200, "8".into()));
    assert_eq!(server.send("POST", "/add", br#"{"right": 3, "left": -5}"#), (200, "-2".into()));
    let (status, body) = server.send("POST", "/add", b"[5, \"three\"]");
    assert!(status == 400 && body.contains("argument 2 `right`: expected i32"), "{body}");
    for (path, body, wanted) in [
        ("/sub", &b"[]"[..], 404),
        ("/trap", b"", 422),
        ("/spin", b"[]", 504),
        ("/add", &[b' '; 2000], 413),
        ("/add", b"\xff", 400),
    ] {
        assert_eq!(server.send("POST", path, body).0, wanted, "{path}");
    }
    let (status, list) = server.send("GET", "/", b"");
    assert!(status == 200 && list.contains("add(left: i32, right: i32) -> i32"), "{list}");
    let (code, said) = server.end();
    assert!(code == 0 && said.contains("\"calls\":6") && said.contains("\"failed\":4"), "{code}: {said}");
}

#[test]
fn errors_are_json_also_for_requests_that_no_function_sees() {
    let bench = bench();
    let server = Server::new(&bench, &["--max-body", "1K"]);
    for (method, path, body, status, kind) in [
        ("POST", "/add", &[b' '; 2000][..], 413, "request_body"),
        ("POST", "/add/", b"[1, 2]", 404, "unknown"),
        ("GET", "/a/b", b"", 404, "unknown"),
        ("GET", "/add", b"", 405, "method"),
        ("PUT", "/", b"", 405, "method"),
        ("POST", "/%ff", b"", 400, "request"),
    ] {
        let (found, said) = server.send(method, path, body);
        assert_eq!(found, status, "{method} {path}: {said}");
        let json: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(json["kind"], kind, "{method} {path}: {said}");
        assert!(json["error"].is_string() && json["retryable"] == false, "{said}");
    }
    // One that says beforehand that it is too large is not waited for.
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(stream, "POST /add HTTP/1.1\r\nHost: test\r\nContent-Length: 99999999999\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    // A body without a size.
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let head = "POST /add HTTP/1.1\r\nHost: test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    write!(stream, "{head}7d0\r\n{}\r\n0\r\n\r\n", " ".repeat(2000)).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("\"kind\":\"request_body\""), "{answer}");
}

#[test]
fn pages_of_other_sites_call_nothing() {
    let bench = bench();
    let server = Server::new(&bench, &[]);
    for (origin, wanted) in
        [(format!("http://{}", server.address), "200"), ("http://other.example".into(), "403")]
    {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        let head = format!("POST /add HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\n", server.address);
        write!(stream, "{head}Connection: close\r\nContent-Length: 6\r\n\r\n[5, 3]").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer.split(' ').nth(1), Some(wanted), "{answer}");
    }
}

#[test]
fn calls_in_flight_are_finished_when_the_server_is_told_to_end() {
    let bench = bench();
    let server = Server::new(&bench, &["--timeout", "300ms"]);
    let mut call = server.begin("POST", "/spin", b"[]");
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(server.end().0, 0);
    let mut answer = String::new();
    call.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 504"), "{answer}");
    // One that takes longer than it is waited for.
    let server = Server::new(&bench, &["--timeout", "60s", "--drain", "50ms"]);
    let _call = server.begin("POST", "/spin", b"[]");
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(server.end().0, 14);
}

#[test]
fn what_cannot_be_served_is_said() {
    let bench = bench();
    bench.write("noise", b"noise");
    bench.fail("serve noise --addr 127.0.0.1:0", 4);
    bench.fail("serve missing --addr 127.0.0.1:0", 3);
    assert!(bench.fail("serve module --addr nowhere", 2).contains("HOST:PORT"));
    assert!(bench.fail("serve module --timeout 0", 2).contains("--timeout"));
    bench.fail("serve module --concurrency 0", 2);
    bench.write(
        "imports",
        &wat::parse_str(r#"(module (import "js" "now" (func)) (func (export "f")))"#).unwrap(),
    );
    assert!(bench.fail("serve imports --addr 127.0.0.1:0", 15).contains("js.now"));
}

//! Spans of the service at a collector of OpenTelemetry, which is a server of this test.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// Longer than anything here takes. A test that comes to it has failed.
const LONG: Duration = Duration::from_secs(60);

/// Takes spans by OTLP/HTTP with JSON.
fn collector() -> (SocketAddr, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (send, spans) = channel();
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let (head, body) = read(&mut connection);
            assert!(head.starts_with("POST /v1/traces "), "{head}");
            connection
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
                .unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            let resources = body["resourceSpans"].as_array().unwrap().iter();
            let scopes = resources.flat_map(|resource| resource["scopeSpans"].as_array().unwrap());
            for span in scopes.flat_map(|scope| scope["spans"].as_array().unwrap()) {
                if send.send(span.clone()).is_err() {
                    return;
                }
            }
        }
    });
    (address, spans)
}

/// Reads a message of HTTP: its head and its body.
fn read(stream: &mut TcpStream) -> (String, Vec<u8>) {
    stream.set_read_timeout(Some(LONG)).unwrap();
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
    }
    let length = head.to_ascii_lowercase();
    let length = length.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    (head, body)
}

struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(collector: SocketAddr) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wasm_service"))
            .arg("127.0.0.1:0")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{collector}"))
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
            .env("OTEL_BSP_SCHEDULE_DELAY", "50")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("serves on http://").unwrap().to_owned();
        Self { child, address }
    }

    /// Sends a request with a parent, and returns the status.
    fn post(&self, path: &str, body: &[u8], trace: u64) -> u16 {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ntraceparent: 00-{trace:032x}-00000000000000aa-01\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        connection.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let (head, _) = read(&mut connection);
        head.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The value of an attribute, which OTLP writes with its type.
fn attribute(span: &Value, name: &str) -> Value {
    let found = span["attributes"].as_array().unwrap().iter().find(|attribute| attribute["key"] == name);
    let found = found.unwrap_or_else(|| panic!("no {name}: {span}"));
    found["value"].as_object().unwrap().values().next().unwrap().clone()
}

fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn a_call_is_a_span_with_its_parent_fuel_memory_queue_and_outcome() {
    let (collector, spans) = collector();
    let service = Service::start(collector);
    let wasm = wat::parse_str(
        r#"(module (memory (export "memory") 1)
            (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
            (func (export "abort") (unreachable)))"#,
    );
    assert_eq!(service.post("/modules/math", &wasm.unwrap(), 1), 201);
    assert_eq!(service.post("/modules/math/add", b"[5, 3]", 2), 200);
    assert_eq!(service.post("/modules/math/abort", b"[]", 3), 422);

    let mut found = Vec::new();
    let of = |found: &[Value], name: &str, trace: u64| {
        let trace = format!("{trace:032x}");
        found.iter().find(|span| span["name"] == name && span["traceId"] == trace.as_str()).cloned()
    };
    let wanted = |found: &[Value]| {
        let route = "POST /modules/{module}/{function}";
        Some((
            of(found, route, 2)?,
            of(found, "wasm_call", 2)?,
            of(found, route, 3)?,
            of(found, "wasm_call", 3)?,
        ))
    };
    let (request, call, _, failed) = loop {
        if let Some(wanted) = wanted(&found) {
            break wanted;
        }
        found.push(spans.recv_timeout(LONG).unwrap_or_else(|_| panic!("spans have to come: {found:?}")));
    };
    // The client's span, the request's, the call's.
    assert_eq!(request["parentSpanId"], "00000000000000aa");
    assert_eq!(call["parentSpanId"], request["spanId"]);
    assert_eq!((&request["kind"], &call["kind"]), (&json!(2), &json!(1)), "server, internal");
    assert_eq!(number(&attribute(&request, "http.response.status_code")), 200);

    assert_eq!(attribute(&call, "module"), "math");
    assert_eq!(attribute(&call, "function"), "add");
    assert_eq!(attribute(&call, "outcome"), "ok");
    assert_eq!(number(&attribute(&call, "memory")), 65_536);
    assert!(number(&attribute(&call, "fuel")) > 0);
    number(&attribute(&call, "queue_us"));
    assert_ne!(call["status"]["code"], 2, "no error");

    assert_eq!(attribute(&failed, "error.type"), "trap");
    assert_eq!(failed["status"]["code"], 2, "an error");
    let message = failed["status"]["message"].as_str().unwrap();
    assert!(message.contains("unreachable"), "{message}");
}

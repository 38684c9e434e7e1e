//! HTTP of modules without the ABI, against a server that does what it should not.
#![cfg(feature = "http")]

mod common;
#[path = "common/server.rs"]
mod server;

use aingle_wasm_runtime::{
    ErrorKind, HttpAllow, HttpConfig, ModuleConfig, RuntimeError, WasmConfig, WasmRuntime,
};
use common::*;
use serde_json::{Value, json};
use server::{Asked, Server};
use std::future::IntoFuture;
use std::sync::mpsc;
use std::time::{Duration, Instant};

const MS: Duration = Duration::from_millis(1);

/// A module that sends one request. `go` returns the handle, the status, the length of the body and its first eight bytes.
fn caller(method: &str, url: &str, body: &str) -> Vec<u8> {
    let escaped = |text: &str| text.bytes().map(|byte| format!("\\{byte:02x}")).collect::<String>();
    let (method, url, body) = (escaped(method), escaped(url), escaped(body));
    wasm(&format!(
        r#"(module
        (import "env" "http_request" (func $request (param i32 i32 i32) (result i32)))
        (import "env" "http_request_bytes" (func $bytes (param i32 i32 i32 i32) (result i32)))
        (import "env" "http_set_header" (func $set (param i32 i32) (result i32)))
        (import "env" "http_status" (func $status (param i32) (result i32)))
        (import "env" "http_body_len" (func $length (param i32) (result i32)))
        (import "env" "http_body" (func $body (param i32) (result i32)))
        (import "env" "http_header" (func $header (param i32 i32) (result i32)))
        (import "env" "http_error" (func $error (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 16) "{method}\00")
        (data (i32.const 64) "x-from\00guest\00x-to\00connection\00close\00")
        (data (i32.const 1024) "{url}\00")
        (data (i32.const 4096) "{body}\00")
        (data (i32.const 65534) "ab")
        (func $first (param $at i32) (result i64)
            (if (result i64) (local.get $at) (then (i64.load (local.get $at))) (else (i64.const 0))))
        (func (export "go") (result i32 i32 i32 i64) (local $handle i32)
            (local.set $handle (call $request (i32.const 16) (i32.const 1024) (i32.const 4096)))
            (local.get $handle)
            (call $status (local.get $handle))
            (call $length (local.get $handle))
            (call $first (call $body (local.get $handle))))
        ;; The header is there, the second is not one that a guest may set; what the server says of itself.
        (func (export "headers") (result i32 i32 i64 i32) (local $handle i32)
            (call $set (i32.const 64) (i32.const 71))
            (call $set (i32.const 82) (i32.const 93))
            (local.set $handle (call $bytes (i32.const 16) (i32.const 1024) (i32.const 4096) (i32.const 3)))
            (call $first (call $header (local.get $handle) (i32.const 77)))
            (call $header (local.get $handle) (i32.const 64)))
        ;; So many requests; the handle or number of the last, and what is said of it.
        (func (export "many") (param $times i32) (result i32 i64) (local $last i32)
            (loop $again
                (local.set $last (call $request (i32.const 16) (i32.const 1024) (i32.const 0)))
                (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
            (local.get $last) (call $first (call $error)))
        (func (export "at") (param $url i32) (param $body i32) (param $len i32) (result i32)
            (call $bytes (i32.const 16) (local.get $url) (local.get $body) (local.get $len))))"#
    ))
}

fn config(http: HttpConfig) -> WasmConfig {
    WasmConfig { http: Some(http), max_execution_time: LONG, ..Default::default() }
}

/// Grants these, private addresses included.
fn allow(allow: &[&str]) -> HttpConfig {
    let allow = allow.iter().map(|allow| HttpAllow::new(allow).unwrap().private()).collect();
    HttpConfig { allow, timeout: LONG, ..Default::default() }
}

async fn loaded(http: HttpConfig, method: &str, url: &str, body: &str) -> WasmRuntime {
    let runtime = runtime(config(http));
    runtime.load_module("caller", caller(method, url, body)).await.unwrap();
    runtime
}

/// Sends one request of a module that has this configuration.
async fn go(http: HttpConfig, url: &str) -> Result<Value, RuntimeError> {
    soon(loaded(http, "GET", url, "").await.call("caller", "go", json!([]))).await
}

/// The number that `go` returns for a failure.
async fn code(http: HttpConfig, url: &str) -> i64 {
    go(http, url).await.unwrap()[0].as_i64().unwrap()
}

fn eight(bytes: &[u8; 8]) -> i64 {
    i64::from_le_bytes(*bytes)
}

/// What was not granted, and the setting.
fn not_granted(result: Result<Value, RuntimeError>) -> (String, &'static str) {
    match kind(result) {
        ErrorKind::NotGranted { what, grant } => (what, grant),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn h04_a_request_is_sent_and_its_response_is_read() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "post /echo?a=b" => {
            let body = String::from_utf8(asked.body.clone()).unwrap();
            asked.answer("201 Created", "x-to: the header\r\n", &format!("{body}/echoed"));
        }
        line => panic!("{line}"),
    });
    let runtime = loaded(allow(&[&server.url("")]), "post", &server.url("/echo?a=b#part"), "hello").await;
    let reply = runtime.execute("caller", "go", json!([])).await.unwrap();
    assert_eq!(reply, json!([1, 201, 12, eight(b"hello/ec")]));
    // Each call begins anew.
    let headers = runtime.execute("caller", "headers", json!([])).await.unwrap();
    assert_eq!(headers, json!([0, -1, eight(b"the head"), 0]));
    let heads = server.heads.lock().unwrap().clone();
    assert!(!heads[0].contains("x-from") && heads[1].contains("\r\nx-from: guest\r\n"), "{heads:?}");
    assert!(
        !heads[1].contains("connection: close") && heads[1].contains("content-length: 3\r\n"),
        "{heads:?}"
    );
}

#[tokio::test]
async fn h04_nothing_is_granted_by_default() {
    let wasm = caller("GET", "http://127.0.0.1/", "");
    let refused = runtime(WasmConfig::default()).load_module("caller", &wasm).await.unwrap_err();
    let said = "module `caller`: the import `env.http_request` is not granted: `WasmConfig::http` grants it";
    assert_eq!(refused.to_string(), said);
    assert!(matches!(refused.kind(), ErrorKind::NotGranted { .. }));
    // A module may have grants of its own.
    let plain = runtime(WasmConfig::default());
    let own = ModuleConfig { http: Some(HttpConfig::default()), ..Default::default() };
    plain.load_module_with("caller", &wasm, &own).await.unwrap();
    let refused = plain.execute("caller", "go", json!([])).await.unwrap_err();
    let said = "call `caller.go` failed: `http://127.0.0.1:80` is not granted: `HttpConfig::allow` grants it";
    assert_eq!(refused.to_string(), said);
    assert!(!refused.retryable());
}

#[tokio::test]
async fn h04_scheme_host_port_and_address_are_compared() {
    let server = Server::start(|asked| asked.answer("200 OK", "", "here"));
    let (url, port) = (server.url("/"), server.port());
    for other in ["https://127.0.0.1:*", "http://127.0.0.2:*", "http://localhost:*", "http://127.0.0.1"] {
        let refused = not_granted(go(allow(&[other]), &url).await);
        assert_eq!(refused, (format!("`http://127.0.0.1:{port}`"), "`HttpConfig::allow`"), "{other}");
    }
    // The host is granted, but not its address, however it is written.
    let public = |text: &str| HttpConfig { allow: vec![HttpAllow::new(text).unwrap()], ..allow(&[]) };
    for host in
        ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254"]
    {
        let (what, grant) = not_granted(go(public("http://*:*"), &format!("http://{host}:{port}/")).await);
        assert!(what.ends_with("which is not public,") && grant == "`HttpAllow::private`", "{host}: {what}");
    }
    // The name is looked up, and what was found is compared.
    let (what, grant) =
        not_granted(go(public("http://localhost:*"), &format!("http://localhost:{port}/")).await);
    assert!(what.contains(" of `localhost`, which is not public"), "{what}");
    assert_eq!((grant, server.requests()), ("`HttpAllow::private`", 0), "no request was sent");
    let reached = go(allow(&["http://localhost:*"]), &format!("http://localhost:{port}/")).await.unwrap();
    assert_eq!((&reached[1], server.requests()), (&json!(200), 1));
}

#[tokio::test]
async fn h04_each_redirect_is_compared_again() {
    let hidden = Server::start(|asked| asked.answer("200 OK", "", "secret"));
    let (port, by_name) = (hidden.port(), format!("http://localhost:{}/", hidden.port()));
    let to = hidden.url("/");
    let server = Server::start(move |asked| {
        let target = match asked.line.as_str() {
            "get /private" => &by_name,
            "get /literal" => &to,
            "get /file" => "file:///etc/passwd",
            "get /round" => "/round",
            "get /twice" => "/once",
            "get /once" => "/end",
            _ => return asked.answer("200 OK", "", "the end."),
        };
        asked.answer("302 Found", &format!("location: {target}\r\n"), "");
    });
    let own = server.url("");
    // Another server; and one whose name is granted, but not its address.
    let refused = not_granted(go(allow(&[&own]), &server.url("/literal")).await);
    assert_eq!(refused.0, format!("`http://127.0.0.1:{port}`"));
    let mut grants = allow(&[&own]);
    grants.allow.push(HttpAllow::new("http://localhost:*").unwrap());
    let (what, grant) = not_granted(go(grants, &server.url("/private")).await);
    assert!(what.contains("`localhost`") && grant == "`HttpAllow::private`", "{what}");
    assert_eq!(hidden.requests(), 0, "the hidden server was not asked");
    assert_eq!(code(allow(&[&own]), &server.url("/file")).await, -9);
    assert_eq!(code(allow(&[&own]), &server.url("/round")).await, -6);
    let before = server.requests();
    assert_eq!(code(HttpConfig { max_redirects: 1, ..allow(&[&own]) }, &server.url("/twice")).await, -6);
    assert_eq!(server.requests() - before, 2);
    let followed =
        go(HttpConfig { max_redirects: 2, ..allow(&[&own]) }, &server.url("/twice")).await.unwrap();
    assert_eq!(followed, json!([1, 200, 8, eight(b"the end.")]));
}

/// Writes until the other side has gone.
fn flood(asked: &mut Asked, text: &str) {
    while asked.write(text) {}
}

#[tokio::test]
async fn h04_a_server_that_stalls_floods_or_lies_is_left() {
    let (gone, goes) = mpsc::channel();
    let gone = std::sync::Mutex::new(gone);
    let server = Server::start(move |asked| {
        match asked.line.as_str() {
            "get /stalls" => assert!(asked.closed()),
            "get /slow-headers" => {
                asked.write("HTTP/1.1 200 OK\r\nx: ");
                while asked.write("y") {
                    std::thread::sleep(5 * MS);
                }
            }
            "get /slow-body" => {
                asked.write("HTTP/1.1 200 OK\r\ncontent-length: 90000\r\n\r\n");
                while asked.write("y") {
                    std::thread::sleep(5 * MS);
                }
            }
            "get /stalls-between" => {
                asked.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n1234");
                assert!(asked.closed());
            }
            "get /floods" => {
                asked.write("HTTP/1.1 200 OK\r\n\r\n");
                flood(asked, &"x".repeat(65_536));
            }
            "get /floods-in-chunks" => {
                asked.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
                flood(asked, &format!("8000\r\n{}\r\n", "x".repeat(0x8000)));
            }
            "get /floods-headers" => {
                asked.write("HTTP/1.1 200 OK\r\n");
                flood(asked, &format!("x: {}\r\n", "y".repeat(1000)));
            }
            "get /large-headers" => asked.answer("200 OK", &format!("x: {}\r\n", "y".repeat(2000)), ""),
            "get /announces-much" => {
                asked.write("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n");
                assert!(asked.closed());
            }
            "get /announces-more" => asked.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n1234"),
            "get /announces-less" => asked.end("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n12345678tail"),
            "get /announces-both" => {
                asked.end("HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 8\r\n\r\n12345678")
            }
            "get /no-http" => asked.end("hello, who is there?\r\n\r\n"),
            line => panic!("{line}"),
        }
        gone.lock().unwrap().send(()).unwrap();
    });
    let limits =
        || HttpConfig { max_response_bytes: 100_000, max_header_bytes: 1000, ..allow(&[&server.url("")]) };
    let short = || HttpConfig { timeout: 100 * MS, ..limits() };
    for path in ["/stalls", "/slow-headers", "/slow-body", "/stalls-between"] {
        assert_eq!(code(short(), &server.url(path)).await, -5, "{path}");
        until(&format!("{path}: the connection is closed"), || goes.try_recv().is_ok()).await;
    }
    for (path, number) in [
        ("/floods", -8),
        ("/floods-in-chunks", -8),
        ("/announces-much", -8),
        ("/floods-headers", -9),
        ("/large-headers", -7),
        ("/announces-more", -9),
        ("/announces-both", -9),
        ("/no-http", -9),
    ] {
        assert_eq!(code(limits(), &server.url(path)).await, number, "{path}");
        until(&format!("{path}: the connection is closed"), || goes.try_recv().is_ok()).await;
    }
    let less = go(limits(), &server.url("/announces-less")).await.unwrap();
    assert_eq!(less, json!([1, 200, 8, eight(b"12345678")]));
}

#[tokio::test]
async fn h04_requests_have_limits_too() {
    let server = Server::start(|asked| asked.answer("200 OK", "", ""));
    let (own, url) = (server.url(""), server.url("/"));
    let two = loaded(HttpConfig { max_requests: 2, ..allow(&[&own]) }, "GET", &url, "").await;
    assert_eq!(two.execute("caller", "many", json!([2])).await.unwrap(), json!([2, 0]));
    assert_eq!(two.execute("caller", "many", json!([3])).await.unwrap(), json!([-2, eight(b"too many")]));
    assert_eq!(server.requests(), 4);
    let small = HttpConfig { max_request_bytes: 100, ..allow(&[&own]) };
    let small = loaded(small, "GET", &url, &"x".repeat(90)).await;
    assert_eq!(small.execute("caller", "go", json!([])).await.unwrap(), json!([-3, -1, -1, 0]));
    assert_eq!(small.execute("caller", "at", json!([1024, 0, 60_000])).await.unwrap(), json!(-3));
    assert_eq!(server.requests(), 4);
    for (method, url) in [("GET", "words"), ("GET", "file:///etc/passwd"), ("CONNECT", &*url), ("A B", &*url)]
    {
        let invalid = loaded(allow(&[&own]), method, url, "").await;
        assert_eq!(invalid.execute("caller", "go", json!([])).await.unwrap()[0], json!(-1), "{method} {url}");
    }
    // Nobody listens there any more; and a server without TLS.
    let closed = { Server::start(|_| {}).url("/") };
    assert_eq!(code(allow(&[closed.trim_end_matches('/')]), &closed).await, -4);
    let secure = url.replace("http:", "https:");
    assert_eq!(code(allow(&[secure.trim_end_matches('/')]), &secure).await, -4);
}

#[tokio::test]
async fn h04_texts_and_bytes_lie_in_the_memory() {
    let server = Server::start(|asked| asked.answer("200 OK", "", ""));
    let runtime = loaded(allow(&[&server.url("")]), "GET", &server.url("/"), "").await;
    // No NUL before the end; behind the end; a body across the end.
    for arguments in [[65_534, 0, 0], [65_536, 0, 0], [-1, 0, 0], [1024, 65_530, 7], [1024, -1, 1]] {
        let stopped = kind(runtime.execute("caller", "at", json!(arguments)).await);
        assert!(matches!(stopped, ErrorKind::HostFunction { .. }), "{arguments:?}: {stopped:?}");
    }
    assert_eq!(server.requests(), 0);
    assert_eq!(runtime.execute("caller", "at", json!([1024, 65_530, 6])).await.unwrap(), json!(1));
}

#[tokio::test]
async fn h04_a_call_that_is_told_to_end_drops_its_request() {
    let ((begin, begun), (gone, goes)) = (mpsc::channel(), mpsc::channel());
    let (begin, gone) = (std::sync::Mutex::new(begin), std::sync::Mutex::new(gone));
    let server = Server::start(move |asked| {
        begin.lock().unwrap().send(()).unwrap();
        gone.lock().unwrap().send(asked.closed()).unwrap();
    });
    let runtime = loaded(allow(&[&server.url("")]), "GET", &server.url("/"), "").await;
    for way in ["drop", "cancel", "time"] {
        let call = runtime.call("caller", "go", json!([]));
        let call = if way == "time" { call.timeout(300 * MS) } else { call };
        let handle = call.handle();
        let running = tokio::spawn(call.into_future());
        let began = Instant::now();
        while begun.try_recv().is_err() && began.elapsed() < LONG {
            tokio::time::sleep(MS).await;
        }
        match way {
            "drop" => running.abort(),
            "cancel" => handle.cancel(),
            _ => {}
        }
        match (way, soon(running).await) {
            ("drop", Err(error)) => assert!(error.is_cancelled()),
            ("cancel", Ok(result)) => assert!(matches!(kind(result), ErrorKind::Cancelled)),
            ("time", Ok(result)) => assert!(matches!(kind(result), ErrorKind::Timeout { .. })),
            (way, result) => panic!("{way}: {result:?}"),
        }
        until("the connection is closed", || matches!(goes.try_recv(), Ok(true))).await;
        until("the thread is free", || runtime.list_modules()[0].in_flight == 0).await;
        assert_eq!(runtime.stats().abandoned_threads, 0, "{way}");
    }
}

#[tokio::test]
async fn h04_a_start_function_is_refused_in_the_same_words() {
    let text = r#"(module
        (import "env" "http_request" (func $request (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "GET\00http://10.0.0.1/\00")
        (func $start (drop (call $request (i32.const 0) (i32.const 4) (i32.const 0))))
        (start $start))"#;
    let refused = runtime(config(allow(&[]))).load_module("start", wasm(text)).await.unwrap_err();
    let said = "module `start`: `http://10.0.0.1:80` is not granted: `HttpConfig::allow` grants it";
    assert_eq!(refused.to_string(), said);
}

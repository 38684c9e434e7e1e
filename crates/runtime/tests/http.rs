//! HTTP of modules without the ABI: what is granted, limits, and the end of calls.
#![cfg(feature = "http")]

#[path = "common/caller.rs"]
mod caller;
mod common;
#[path = "common/server.rs"]
mod server;

use aingle_wasm_runtime::{ErrorKind, HttpAllow, HttpConfig, ModuleConfig, WasmConfig};
use caller::*;
use common::*;
use serde_json::json;
use server::Server;
use std::future::IntoFuture;
use std::sync::mpsc;
use std::time::{Duration, Instant};

const MS: Duration = Duration::from_millis(1);

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
            "get /no-host" => "http://a{b:1/",
            "get /large" => &format!("/end?{}", "x".repeat(40_000)),
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
    assert_eq!(code(allow(&[&own, "http://*:1"]), &server.url("/no-host")).await, -9);
    let before = server.requests();
    assert_eq!(code(allow(&[&own]), &server.url("/large")).await, -7, "headers of a redirect");
    assert_eq!(server.requests() - before, 1);
    let before = server.requests();
    assert_eq!(code(HttpConfig { max_redirects: 1, ..allow(&[&own]) }, &server.url("/twice")).await, -6);
    assert_eq!(server.requests() - before, 2);
    let followed =
        go(HttpConfig { max_redirects: 2, ..allow(&[&own]) }, &server.url("/twice")).await.unwrap();
    assert_eq!(followed, json!([1, 200, 8, eight(b"the end.")]));
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
    // A body that is a text, too.
    let small = HttpConfig { max_request_bytes: 100, ..allow(&[&own]) };
    let small = loaded(small, "GET", &url, &"x".repeat(200)).await;
    assert_eq!(small.execute("caller", "go", json!([])).await.unwrap(), json!([-3, -1, -1, 0]));
    // Which a URL may have as a host, but no request.
    let any = HttpConfig { allow: vec![HttpAllow::new("http://*").unwrap()], ..allow(&[]) };
    assert_eq!(code(any, "http://a{b/").await, -1);
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
async fn h04_headers_of_a_guest_are_bounded() {
    // Sets headers of other names again and again; returns how many it may.
    let text = r#"(module
        (import "env" "http_set_header" (func $set (param i32 i32) (result i32)))
        (memory (export "memory") 2)
        (data (i32.const 0) "x-    ")
        (func (export "fill") (param $times i32) (param $length i32) (result i32) (local $at i32) (local $refused i32)
            (memory.fill (i32.const 1024) (i32.const 120) (local.get $length))
            (loop $again
                (i32.store (i32.const 2) (i32.add (i32.const 0x61616161) (i32.or
                    (i32.and (local.get $at) (i32.const 15))
                    (i32.or (i32.shl (i32.and (local.get $at) (i32.const 0xf0)) (i32.const 4))
                        (i32.or (i32.shl (i32.and (local.get $at) (i32.const 0xf00)) (i32.const 8))
                            (i32.shl (i32.and (local.get $at) (i32.const 0xf000)) (i32.const 12)))))))
                (local.set $refused (i32.sub (local.get $refused) (call $set (i32.const 0) (i32.const 1024))))
                (br_if $again (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $times))))
            (i32.sub (local.get $times) (local.get $refused))))"#;
    let runtime = runtime(config(HttpConfig { max_request_bytes: 1000, ..allow(&[]) }));
    runtime.load_module("headers", wasm(text)).await.unwrap();
    for (arguments, may) in [([60_000, 0], 100), ([60_000, 94], 10), ([1, 995], 0), ([1, 70_000], 0)] {
        let reply = runtime.execute("headers", "fill", json!(arguments)).await.unwrap();
        assert_eq!(reply, json!(may), "{arguments:?}");
    }
}

/// The name of the variable by which this test finds itself in a process of its own.
const WITHOUT: &str = "SSL_CERT_FILE";

/// Sends a request in a process without certificates, and with proxies that nobody runs.
#[tokio::test]
async fn h04_certificates_and_proxies_of_the_environment_are_not_needed() {
    if std::env::var_os(WITHOUT).is_none_or(|file| file != "/no/such/file") {
        let mut own = std::process::Command::new(std::env::current_exe().unwrap());
        let name = "h04_certificates_and_proxies_of_the_environment_are_not_needed";
        own.args(["--exact", name]).env(WITHOUT, "/no/such/file").env("SSL_CERT_DIR", "/no/such");
        for proxy in ["http_proxy", "HTTP_PROXY", "ALL_PROXY"] {
            own.env(proxy, "http://127.0.0.1:1");
        }
        own.env_remove("no_proxy").env_remove("NO_PROXY");
        assert!(own.status().unwrap().success());
        return;
    }
    let server = Server::start(|asked| asked.answer("200 OK", "", ""));
    assert_eq!(code(allow(&[&server.url("")]), &server.url("/")).await, 1);
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
        ends(way, running, &handle, "a request").await;
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

//! HTTP of guests of the SDK: the host function `http_request`.
#![cfg(feature = "http")]

#[path = "common/caller.rs"]
mod caller;
mod common;
#[path = "common/server.rs"]
mod server;

use aingle_wasm_runtime::{ErrorKind, HttpConfig, WasmConfig, WasmRuntime};
use aingle_wasm_types::description::Kind;
use caller::*;
use common::*;
use serde_json::{Value, json};
use server::Server;

const REQUEST: &str = "{method: str, url: str, headers: [{name: str, value: [u8]}], body: [u8]}";
const RESULT: &str = "Result<{status: u16, headers: [{name: str, value: [u8]}], body: [u8]}, {kind: enum \
    {Invalid, TooMany, TooLarge, Connect, Timeout, Redirects, Headers, Body, Broken}, message: str}>";

/// A guest whose `fetch` sends its request and returns the answer, and whose `twice` sends it once before.
fn guest() -> Vec<u8> {
    let text = include_str!("../../../examples/guest-wat/guest.wat");
    let lookup = r#"(import "env" "lookup" (func $lookup (param i32 i32) (result i64)))"#;
    let http = r#"(import "env" "http_request" (func $http (param i32 i32) (result i64)))"#;
    assert!(text.contains(lookup), "the example has changed");
    let send = "(call $http (local.get 0) (local.get 1))";
    let functions = format!(
        r#"(func (export "fetch") (param i32 i32) (result i64) {send})
        (func (export "twice") (param i32 i32) (result i64) (drop {send}) {send})"#
    );
    let (types, request) = (format!("({REQUEST})"), "request");
    let described = [
        described(Kind::Import, "http_request", request, &types, RESULT),
        described(Kind::Export, "fetch", request, &types, RESULT),
        described(Kind::Export, "twice", request, &types, RESULT),
    ]
    .concat();
    let (start, _) = text.rsplit_once(')').unwrap();
    wasm(&format!("{} {functions} {described})", start.replace(lookup, &format!("{lookup}{http}"))))
}

async fn runtime_with(http: HttpConfig) -> WasmRuntime {
    let (functions, _told) = functions(false);
    let runtime = WasmRuntime::with_functions(config(http), functions).unwrap();
    runtime.load_module("guest", guest()).await.unwrap();
    runtime
}

fn request(url: &str, headers: Value) -> Value {
    json!([{ "method": "POST", "url": url, "headers": headers, "body": { "base64": "aGVsbG8=" } }])
}

/// The kind and the message of a failure that the guest was told.
fn told(result: Result<Value, aingle_wasm_runtime::RuntimeError>) -> (String, String) {
    let ErrorKind::Guest { value, .. } = kind(result) else { panic!("the guest was not told") };
    let text = |name: &str| value[name].as_str().unwrap().to_owned();
    (text("kind"), text("message"))
}

#[tokio::test]
async fn h04_a_guest_sends_a_typed_request_and_reads_the_response() {
    let server = Server::start(|asked| {
        let body = String::from_utf8(asked.body.clone()).unwrap();
        asked.answer("201 Created", "x-to: \u{fc}\r\n", &format!("{body}/echoed"));
    });
    let runtime = runtime_with(allow(&[&server.url("")])).await;
    let headers = json!([{ "name": "x-from", "value": { "base64": "Z3Vlc3Q=" } }]);
    let reply = runtime.execute("guest", "fetch", request(&server.url("/a?b=c"), headers)).await.unwrap();
    assert_eq!((&reply["status"], &reply["body"]), (&json!(201), &json!({ "base64": "aGVsbG8vZWNob2Vk" })));
    let header = json!({ "name": "x-to", "value": { "base64": "w7w=" } });
    assert!(reply["headers"].as_array().unwrap().contains(&header), "{reply}");
    assert!(server.heads.lock().unwrap()[0].contains("\r\nx-from: guest\r\n"));
}

#[tokio::test]
async fn h04_what_fails_is_told_to_the_guest_by_its_kind() {
    let server = Server::start(|asked| asked.answer("200 OK", "", "here"));
    let url = server.url("/");
    let runtime = runtime_with(HttpConfig { max_requests: 1, ..allow(&[&server.url("")]) }).await;
    let fetch =
        async |function, url: &str, headers| runtime.execute("guest", function, request(url, headers)).await;
    let header = |name: &str| json!({ "name": name, "value": { "base64": "eA==" } });
    for (url, headers) in [
        ("words", json!([])),
        (url.as_str(), json!([header("content-length")])),
        (url.as_str(), json!([header("x-a"), header("X-A")])),
    ] {
        let (kind, message) = told(fetch("fetch", url, headers).await);
        assert_eq!(kind, "Invalid", "{message}");
    }
    // The number counts for each call anew.
    for _ in 0..2 {
        let (kind, message) = told(fetch("twice", &url, json!([])).await);
        assert_eq!((kind.as_str(), message.as_str()), ("TooMany", "too many requests of one call (limit 1)"));
        assert_eq!(fetch("fetch", &url, json!([])).await.unwrap()["status"], json!(200));
    }
    let small = runtime_with(HttpConfig { max_response_bytes: 3, ..allow(&[&server.url("")]) }).await;
    let (kind, _) = told(small.execute("guest", "fetch", request(&url, json!([]))).await);
    assert_eq!(kind, "Body");
}

#[tokio::test]
async fn h04_a_guest_that_is_granted_nothing_is_not_loaded_or_is_stopped() {
    let refuse = async |config| {
        let (functions, _told) = functions(false);
        let runtime = WasmRuntime::with_functions(config, functions).unwrap();
        runtime.load_module("guest", guest()).await.unwrap_err().to_string()
    };
    let said = "module `guest`: the import `env.http_request` is not granted: `WasmConfig::http` grants it";
    assert_eq!(refuse(WasmConfig::default()).await, said);

    let server = Server::start(|asked| asked.answer("200 OK", "", "here"));
    let runtime = runtime_with(allow(&["http://127.0.0.2:*"])).await;
    for function in ["fetch", "twice"] {
        let refused = runtime.execute("guest", function, request(&server.url("/"), json!([]))).await;
        let (what, grant) = not_granted(refused);
        assert_eq!((what, grant), (format!("`http://127.0.0.1:{}`", server.port()), "`HttpConfig::allow`"));
    }
    assert!(server.heads.lock().unwrap().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn h04_a_call_that_waits_for_a_response_ends_and_closes_the_connection() {
    let (begun, begins) = std::sync::mpsc::channel();
    let (ended, ends) = std::sync::mpsc::channel();
    let server = Server::start(move |asked| {
        begun.send(()).unwrap();
        assert!(asked.closed());
        ended.send(()).unwrap();
    });
    let runtime = runtime_with(allow(&[&server.url("")])).await;
    let call = runtime.call("guest", "fetch", request(&server.url("/"), json!([])));
    let handle = call.handle();
    let running = tokio::spawn(std::future::IntoFuture::into_future(call));
    tokio::task::spawn_blocking(move || begins.recv_timeout(LONG).unwrap()).await.unwrap();
    handle.cancel();
    assert!(matches!(kind(soon(running).await.unwrap()), ErrorKind::Cancelled));
    tokio::task::spawn_blocking(move || ends.recv_timeout(LONG).unwrap()).await.unwrap();
}

#[tokio::test]
async fn h04_a_function_of_the_program_takes_the_place_of_the_runtimes() {
    let (mut functions, _told) = functions(false);
    functions.register_bytes("http_request", |_, _| Ok(vec![0, 200, 1, 0, 0])).unwrap();
    let runtime = WasmRuntime::with_functions(WasmConfig::default(), functions).unwrap();
    runtime.load_module("guest", guest()).await.unwrap();
    let reply = runtime.execute("guest", "fetch", request("words", json!([]))).await.unwrap();
    assert_eq!(reply, json!({ "status": 200, "headers": [], "body": { "base64": "" } }));
}

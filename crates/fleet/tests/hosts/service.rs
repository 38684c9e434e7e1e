//! Calls over HTTP, at a real server on loopback.

use crate::broker::Broker;
use crate::calls::{caller, idempotent, only_repeatedly};
use crate::work::{Work, host, module, until_begun};
use aingle_wasm_fleet::nats::{CallOptions, Caller, HostConfig, ModuleHash, service};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// Serves the functions of a module until the test ends.
async fn serve(caller: Caller, module: ModuleHash, options: CallOptions) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = service::functions(caller, module, options);
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

async fn begin(to: SocketAddr, function: &str, headers: &[&str], body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(to).await.expect("a connection");
    let (len, headers) =
        (body.len(), headers.iter().map(|header| format!("{header}\r\n")).collect::<String>());
    let head = format!(
        "POST /{function} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {len}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream.write_all(body).await.expect("sent");
    stream
}

async fn post(to: SocketAddr, function: &str, headers: &[&str], body: &[u8]) -> Answer {
    let mut stream = begin(to, function, headers, body).await;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("an answer");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("headers");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let headers =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.into(), value.into()));
    Answer {
        status: status.parse().expect("a number"),
        headers: headers.collect(),
        body: bytes[end + 4..].to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_json_and_bytes_are_answered_over_http() {
    let broker = Broker::start().await;
    let host = host(broker.client().await, HostConfig::default(), Work::default()).await;
    let address = serve(caller(broker.client().await), module(), CallOptions::default()).await;

    let answer = post(address, "add", &[], b"[1.5, \"\xc3\xa4\"]").await;
    assert_eq!((answer.status, answer.body.as_slice()), (200, "[1.5, \"ä\"]".as_bytes()));
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!((&*answer.headers["aingle-host"], &*answer.headers["aingle-fuel"]), (host.name(), "111"));

    let empty = post(address, "add", &[], b" \n").await;
    assert_eq!((empty.status, empty.json()), (200, json!([])));

    let echo = post(address, "echo", &["Content-Type: application/octet-stream"], &[0, 255]).await;
    assert_eq!((echo.status, echo.body), (200, vec![0, 255]));
    assert_eq!(echo.headers["content-type"], "application/octet-stream");

    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = ["Content-Type: application/octet-stream", &format!("traceparent: {trace}")];
    let told = post(address, "told", &headers, &[]).await;
    let told = String::from_utf8(told.body).expect("text");
    assert!(told.contains(trace) && told.ends_with("tests"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_again_with_a_key_has_the_first_reply() {
    let broker = Broker::start().await;
    let ledger = broker.path("ledger");
    let _host = host(broker.client().await, HostConfig::default(), Work::with_ledger(&ledger)).await;
    let address = serve(caller(broker.client().await), module(), CallOptions::default()).await;
    for key in ["Idempotency-Key: \"order-7\"", "Idempotency-Key: order-7"] {
        let answer = post(address, "add", &[key], b"[7]").await;
        assert_eq!((answer.status, answer.json()), (200, json!([7])));
        assert_eq!(answer.headers["aingle-id"], "order-7");
    }
    assert_eq!(std::fs::read_to_string(&ledger).expect("lines").lines().count(), 1);
    let other = post(address, "add", &["Idempotency-Key: order-7"], b"[8]").await;
    assert_eq!((other.status, &other.json()["kind"]), (409, &json!("duplicate")));
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_have_their_statuses_and_say_whether_the_function_ran() {
    let broker = Broker::start().await;
    let mut config = only_repeatedly();
    config.max_payload = Some(1000);
    let _host = host(broker.client().await, config, Work::default()).await;
    let address = serve(caller(broker.client().await), module(), idempotent()).await;
    let bytes = "Content-Type: application/octet-stream; charset=x";
    for (function, headers, body, status, kind, ran) in [
        ("none", &[][..], &b"[]"[..], 404, "unknown_function", "no"),
        ("add", &[bytes], b"", 409, "type_mismatch", "no"),
        ("add", &[], b"[1,", 400, "arguments", "no"),
        ("add", &[], b"\"\xff\"", 400, "arguments", "no"),
        ("add", &["Idempotency-Key: \"a b\""], b"", 400, "header", "no"),
        ("add", &["Idempotency-Key: a", "Idempotency-Key: b"], b"", 400, "header", "no"),
        ("add", &["Aingle-Deadline: soon"], b"", 400, "header", "no"),
        ("add", &["Aingle-Deadline: 30001"], b"", 400, "header", "no"),
        ("echo", &[bytes], &[0; 1001], 413, "too_large", "no"),
        ("cries", &[bytes], b"words", 422, "other", "yes"),
    ] {
        let answer = post(address, function, headers, body).await;
        let json = answer.json();
        assert_eq!(
            (answer.status, &json["kind"], &json["ran"]),
            (status, &json!(kind), &json!(ran)),
            "{json}"
        );
    }
    let large = post(address, "echo", &[bytes], &[0; 1001]).await.json();
    assert_eq!(large["facts"], json!({ "reason": "too_large", "limit": 1000, "found": 1001 }));

    let long = post(address, &"=".repeat(1_000), &[], b"[]").await;
    assert_eq!((long.status, &long.json()["kind"]), (414, &json!("name_too_long")));

    let nobody = serve(caller(broker.client().await), ModuleHash([0; 32]), idempotent()).await;
    let answer = post(nobody, "add", &[], b"[]").await;
    assert_eq!((answer.status, &answer.json()["retryable"]), (503, &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn deadlines_travel_and_a_client_that_goes_away_gives_up_its_call() {
    let broker = Broker::start().await;
    let ledger = broker.path("ledger");
    let _host = host(broker.client().await, only_repeatedly(), Work::with_ledger(&ledger)).await;
    let address = serve(caller(broker.client().await), module(), idempotent()).await;
    let bytes = "Content-Type: application/octet-stream";

    // The ledger has a line for the beginning of each call, and one for its end.
    let late = post(address, "stays", &[bytes, "Aingle-Deadline: 200"], b"").await;
    let (json, status) = (late.json(), late.status);
    assert_eq!((status, &json["kind"]), (504, &json!("deadline")), "{json}");
    until_begun(&ledger, 2).await;

    let stream = begin(address, "stays", &[bytes], b"").await;
    until_begun(&ledger, 3).await;
    drop(stream);
    until_begun(&ledger, 4).await;
}

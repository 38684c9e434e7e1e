//! A handler of WASI 0.2, whose paths are what it does.
#![cfg(target_os = "wasi")]

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use wasip2::clocks::monotonic_clock;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    Fields, IncomingBody, IncomingRequest, OutgoingBody, OutgoingRequest, OutgoingResponse, ResponseOutparam,
    Scheme,
};
use wasip2::io::streams::StreamError;

wasip2::http::proxy::export!(Handler);

struct Handler;

static REQUESTS: AtomicU32 = AtomicU32::new(0);

impl wasip2::exports::http::incoming_handler::Guest for Handler {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or_default();
        let (path, query) = path.split_once('?').unwrap_or((&path, ""));
        match path {
            "/hello" => respond(out, 200, b"hello"),
            "/count" => {
                let count = REQUESTS.fetch_add(1, Relaxed) + 1;
                respond(out, 200, count.to_string().as_bytes());
            }
            "/echo" => match read(&request) {
                Ok(bytes) => respond(out, 200, &bytes),
                Err(error) => panic!("the body is read: {error}"),
            },
            "/large" => respond(out, 200, &vec![b'x'; query.parse().expect("a size")]),
            "/host" => respond(out, 200, request.authority().unwrap_or_default().as_bytes()),
            "/trap" => core::arch::wasm32::unreachable(),
            "/loop" => loop {
                std::hint::black_box(());
            },
            "/sleep" => {
                monotonic_clock::subscribe_duration(query.parse::<u64>().expect("milliseconds") * 1_000_000)
                    .block();
                respond(out, 200, b"slept");
            }
            "/allocate" => respond(out, 200, &vec![1; 1 << 30]),
            "/nothing" => {}
            "/breaks" => {
                let response = OutgoingResponse::new(Fields::new());
                let body = response.body().expect("a body");
                ResponseOutparam::set(out, Ok(response));
                let stream = body.write().expect("a stream");
                stream.blocking_write_and_flush(b"part").expect("it is written");
                // The head and the part have gone out by then.
                monotonic_clock::subscribe_duration(200_000_000).block();
                core::arch::wasm32::unreachable();
            }
            "/get" => {
                let text = get(query);
                respond(out, 200, text.as_bytes());
            }
            "/after" => {
                let response = OutgoingResponse::new(Fields::new());
                response.set_status_code(query.parse().expect("a status")).expect("a status");
                let body = response.body().expect("a body");
                ResponseOutparam::set(out, Ok(response));
                // The head has gone out by then.
                monotonic_clock::subscribe_duration(200_000_000).block();
                let _ = OutgoingBody::finish(body, None);
                println!("after {query}");
            }
            "/print" => {
                println!("printed");
                respond(out, 200, b"");
            }
            _ => respond(out, 404, b""),
        }
    }
}

fn respond(out: ResponseOutparam, status: u16, bytes: &[u8]) {
    let response = OutgoingResponse::new(Fields::new());
    response.set_status_code(status).expect("a status");
    let body = response.body().expect("a body");
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().expect("a stream");
    for part in bytes.chunks(4096) {
        // The client may go away.
        if stream.blocking_write_and_flush(part).is_err() {
            return;
        }
    }
    drop(stream);
    let _ = OutgoingBody::finish(body, None);
}

fn read(request: &IncomingRequest) -> Result<Vec<u8>, String> {
    let body = request.consume().map_err(|()| "it is there once".to_owned())?;
    read_body(&body)
}

fn read_body(body: &IncomingBody) -> Result<Vec<u8>, String> {
    let stream = body.stream().map_err(|()| "it is there once".to_owned())?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(part) => bytes.extend(part),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
        }
    }
}

/// Sends a request, and returns the status and the body, or the error.
fn get(address: &str) -> String {
    let request = OutgoingRequest::new(Fields::new());
    let set = request.set_scheme(Some(&Scheme::Http)).and(request.set_authority(Some(address)));
    set.and(request.set_path_with_query(Some("/"))).expect("an address");
    let sent = match outgoing_handler::handle(request, None) {
        Ok(sent) => sent,
        Err(error) => return format!("{error:?}"),
    };
    sent.subscribe().block();
    match sent.get().expect("it is there").expect("it is there once") {
        Ok(response) => {
            let body = response.consume().expect("it is there once");
            let bytes = read_body(&body).expect("the body is read");
            format!("{} {}", response.status(), String::from_utf8_lossy(&bytes))
        }
        Err(error) => format!("{error:?}"),
    }
}

//! A handler of WASI 0.3, whose paths are what it does.
#![cfg(target_os = "wasi")]

use wasip3::clocks::monotonic_clock;
use wasip3::http::types::{ErrorCode, Fields, Request, Response};
use wasip3::{wit_bindgen, wit_future, wit_stream};

wasip3::http::service::export!(Handler);

struct Handler;

impl wasip3::exports::http::handler::Guest for Handler {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let path = request.get_path_with_query().unwrap_or_default();
        let (_, done) = wit_future::new(|| Ok(()));
        let (sent, _) = Request::consume_body(request, done);
        match path.as_str() {
            "/hello" => Ok(respond(b"hello".to_vec())),
            "/echo" => Ok(respond(sent.collect().await)),
            "/trap" => core::arch::wasm32::unreachable(),
            "/loop" => loop {
                std::hint::black_box(());
            },
            "/sleep?60000" => {
                monotonic_clock::wait_for(60_000_000_000).await;
                Ok(respond(Vec::new()))
            }
            "/allocate" => Ok(respond(vec![1; 1 << 30])),
            "/error" => Err(ErrorCode::LoopDetected),
            _ => {
                let response = respond(Vec::new());
                let _ = response.set_status_code(404);
                Ok(response)
            }
        }
    }
}

fn respond(bytes: Vec<u8>) -> Response {
    let (mut writer, reader) = wit_stream::new();
    let (_, trailers) = wit_future::new(|| Ok(None));
    let (response, _) = Response::new(Fields::new(), Some(reader), trailers);
    wit_bindgen::spawn_local(async move {
        writer.write_all(bytes).await;
    });
    response
}

//! HTTP of modules without the ABI, against a server that stalls, floods and lies.
#![cfg(feature = "http")]

#[path = "common/caller.rs"]
mod caller;
mod common;
#[path = "common/server.rs"]
mod server;

use aingle_wasm_runtime::HttpConfig;
use caller::*;
use common::*;
use serde_json::json;
use server::{Asked, Server};
use std::sync::mpsc;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

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

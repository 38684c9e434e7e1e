//! Requests to services in this process, over connections that stay open.

use crate::calls::{runtime, sum};
use crate::{Failure, TIME};
use aingle_wasm_runtime::Reuse;
use aingle_wasm_runtime::service;
use axum::routing::post;
use axum::{Json, Router};
use std::net::SocketAddr;
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const REQUEST: &[u8] = b"POST /sum HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
    content-length: 6\r\n\r\n[5, 3]";

/// Starts three services on loopback: a handler without modules that reads and writes the same JSON, and the guest behind
/// two runtimes, as of [`runtimes`](crate::calls::runtimes). Returns their addresses.
pub async fn services(
    guest: &[u8],
    connections: usize,
) -> Result<(SocketAddr, SocketAddr, SocketAddr), Failure> {
    let plain =
        Router::new().route("/sum", post(async |Json((a, b)): Json<(i32, i32)>| Json(a.wrapping_add(b))));
    let fresh = service::functions(runtime(guest, connections, Reuse::Fresh).await?, "sum");
    let kept = service::functions(runtime(guest, connections, Reuse::Kept).await?, "sum");
    Ok((start(plain).await?, start(fresh).await?, start(kept).await?))
}

async fn start(service: Router) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

/// Sends requests over so many connections, and returns how many.
pub async fn send(service: SocketAddr, connections: usize) -> Result<u64, Failure> {
    let task = |_| {
        tokio::spawn(async move {
            let mut connection = TcpStream::connect(service).await?;
            connection.set_nodelay(true)?;
            let (mut answer, mut sent, began) = ([0; 1024], 0, Instant::now());
            while began.elapsed() < TIME {
                connection.write_all(REQUEST).await?;
                // It is short, and comes at once.
                let length = connection.read(&mut answer).await?;
                let answer = &answer[..length];
                if !answer.starts_with(b"HTTP/1.1 200") || !answer.ends_with(b"\r\n\r\n8") {
                    return Err(format!("answer: {}", String::from_utf8_lossy(answer)).into());
                }
                sent += 1;
            }
            Ok(sent)
        })
    };
    sum((0..connections).map(task).collect()).await
}

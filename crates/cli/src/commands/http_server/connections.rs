//! Connections of HTTP/1.1, none of which waits for a slow client without a limit.

use super::answering::Answering;
use super::flowing::Flowing;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Serves connections until `ending` is over, and then until they have ended. A client may take this long to send the head of a request, and
/// to take up a part of an answer.
pub async fn serve(
    mut listener: TcpListener,
    answering: Answering,
    timeout: Duration,
    ending: impl Future<Output = ()>,
) {
    // Both ends are told by what is dropped.
    let (tell, told) = watch::channel(());
    let (all, each) = watch::channel(());
    let mut ending = pin!(ending);
    loop {
        let stream = tokio::select! {
            // Waits a while where there are no more descriptors.
            (stream, _) = Listener::accept(&mut listener) => stream,
            () = &mut ending => break,
        };
        let answering = Answering { is_asked: Arc::default(), ..answering.clone() };
        let (told, each) = (told.clone(), each.clone());
        tokio::spawn(async move {
            connection(stream, answering, timeout, told).await;
            drop(each);
        });
    }
    drop((listener, tell, each));
    all.closed().await;
}

/// Serves a connection. What breaks it off concerns its client alone.
async fn connection(
    stream: TcpStream,
    answering: Answering,
    timeout: Duration,
    mut told: watch::Receiver<()>,
) {
    let is_asked = Arc::clone(&answering.is_asked);
    let io = TokioIo::new(Flowing::new(stream, timeout));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .serve_connection(io, answering);
    let mut connection = pin!(connection);
    tokio::select! {
        // The connection first: a head that is there has been asked.
        biased;
        _ = connection.as_mut() => return,
        // There is no word, just the end.
        _ = told.changed() => connection.as_mut().graceful_shutdown(),
    }
    // Nobody waits for the rest of the first head.
    if is_asked.load(Relaxed) {
        let _ = connection.await;
    }
}

//! A server of HTTP that lasts until the program is told to end.

mod answering;
mod connections;
mod flowing;
mod receiving;
mod refusal;
#[cfg(test)]
mod tests;

use super::on_tokio::told_to_end;
use crate::failure::{Failure, Kind, Outcome};
use crate::http_args::HttpArgs;
use answering::{Answering, Clients};
use axum::Router;
use std::io::{Write, stderr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};

/// How long requests that are given up may take to end.
const LAST: Duration = Duration::from_secs(1);

/// Serves functions, as [`serve`] does, to everybody but pages of other sites.
pub async fn serve_functions(args: &HttpArgs, app: Router) -> Outcome<()> {
    serve_to(Clients::ButOtherSites, args, app).await
}

/// Serves until the program is told to end, and then until the requests in flight have ended. Those that do not end in time are given up.
pub async fn serve(args: &HttpArgs, app: Router) -> Outcome<()> {
    serve_to(Clients::All, args, app).await
}

async fn serve_to(clients: Clients, args: &HttpArgs, app: Router) -> Outcome<()> {
    let io = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::InvalidInput => {
            Failure::new(Kind::Usage, format!("--addr: expected HOST:PORT, found `{}`: {error}", args.addr))
        }
        _ => Failure::new(Kind::Io, format!("cannot listen on {}: {error}", args.addr)),
    };
    let listener = TcpListener::bind(&args.addr).await.map_err(io)?;
    let address = listener.local_addr().map_err(io)?;
    let _ = writeln!(stderr(), "serves on http://{address}");
    let (end, ended) = watch::channel(false);
    let answering = Answering {
        app,
        clients,
        max_body: args.max_body as usize,
        timeout: args.client_timeout(),
        is_asked: Arc::default(),
        ended: Arc::new(ended),
    };
    let (tell, told) = oneshot::channel::<()>();
    let ending = async move {
        told_to_end().await;
        // Nobody waits for it if the server has ended.
        let _ = tell.send(());
    };
    let drain = args.drain();
    let late = async move {
        // Without a word there is no end to wait for.
        if told.await.is_err() {
            std::future::pending::<()>().await;
        }
        sleep(drain).await;
    };
    let served = connections::serve(listener, answering, args.client_timeout(), ending);
    tokio::pin!(served);
    tokio::select! {
        () = &mut served => return Ok(()),
        () = late => {}
    }
    let _ = end.send(true);
    let _ = timeout(LAST, served).await;
    Err(Failure::new(
        Kind::Timeout,
        format!("calls were in flight for longer than {drain:?}; they were ended"),
    ))
}

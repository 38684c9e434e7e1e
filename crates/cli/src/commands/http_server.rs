//! A server of HTTP that lasts until the program is told to end.

use super::answering::{Answering, Clients};
use super::on_tokio::told_to_end;
use crate::failure::{Failure, Kind, Outcome};
use crate::http_args::HttpArgs;
use axum::extract::{DefaultBodyLimit, Request};
use axum::{Router, ServiceExt};
use std::future::IntoFuture;
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
    let io =
        |error: std::io::Error| Failure::new(Kind::Io, format!("cannot listen on {}: {error}", args.addr));
    let listener = TcpListener::bind(&args.addr).await.map_err(io)?;
    let address = listener.local_addr().map_err(io)?;
    let _ = writeln!(stderr(), "serves on http://{address}");
    let (end, ended) = watch::channel(false);
    let app = Answering {
        app,
        clients,
        max_body: DefaultBodyLimit::max(args.max_body as usize),
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
    let served = axum::serve(listener, ServiceExt::<Request>::into_make_service(app))
        .with_graceful_shutdown(ending)
        .into_future();
    tokio::pin!(served);
    tokio::select! {
        served = &mut served => return served.map_err(io),
        () = late => {}
    }
    let _ = end.send(true);
    let _ = timeout(LAST, served).await;
    Err(Failure::new(
        Kind::Timeout,
        format!("calls were in flight for longer than {drain:?}; they were ended"),
    ))
}

//! Futures of commands, and the signals that end them.

use crate::failure::{Failure, Kind, Outcome};
use std::future::Future;
use std::time::Duration;

/// Runs a future to its end.
pub fn block_on<T>(future: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let tokio =
        tokio.map_err(|error| Failure::new(Kind::Io, format!("the system gives no threads: {error}")))?;
    let outcome = tokio.block_on(future);
    // Threads of calls that do not end are left to end with the process.
    tokio.shutdown_timeout(Duration::ZERO);
    outcome
}

/// Waits for a signal that ends programs. Without handlers it never returns, and the signal kills the program.
pub async fn told_to_end() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => drop(terminate.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = interrupt => {}, () = terminate => {} }
}

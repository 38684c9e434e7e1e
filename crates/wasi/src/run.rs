//! One run: its store, its thread and its time.

use crate::ended::ended;
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::ticker::Ticker;
use crate::usage::{Exit, Usage};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use wasmtime::{Engine, Store, UpdateDeadline};

/// Returns a store with the limits of a run.
pub fn store<T: Send + 'static>(
    engine: &Engine,
    state: T,
    limits: &Limits,
    meter: fn(&mut T) -> &mut Meter,
) -> Result<Store<T>, Error> {
    let mut store = Store::new(engine, state);
    store.limiter(move |state| meter(state));
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
    if let Some(fuel) = limits.fuel {
        store.set_fuel(fuel).map_err(|error| std::io::Error::other(error.to_string())).map_err(io)?;
    }
    Ok(store)
}

/// Runs a guest in this store until it ends, is stopped, or its time is over. Must not be called on a thread of an
/// asynchronous runtime.
pub fn finish<T: Send>(
    store: &mut Store<T>,
    limits: &Limits,
    meter: fn(&T) -> &Meter,
    guest: impl AsyncFnOnce(&mut Store<T>) -> wasmtime::Result<u32>,
) -> Result<Exit, Error> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(io)?;
    let ticker = Ticker::start(store.engine().clone()).map_err(io)?;
    let began = Instant::now();
    let result = within(&runtime, limits.timeout, guest(store));
    let elapsed = began.elapsed();
    drop(ticker);
    // A host call that blocks a thread of the runtime is not waited for.
    runtime.shutdown_background();
    let usage = Usage {
        fuel: limits.fuel.zip(store.get_fuel().ok()).map(|(limit, left)| limit.saturating_sub(left)),
        peak_memory: meter(store.data()).peak_memory(),
        memory: meter(store.data()).memory(),
        elapsed,
    };
    let status = match result {
        None => Err(ErrorKind::Timeout { limit: limits.timeout.unwrap_or_default(), elapsed }),
        Some(Ok(status)) => Ok(status),
        Some(Err(error)) => ended(&error, limits, meter(store.data()), &usage),
    };
    match status {
        Ok(status) => Ok(Exit { status, usage }),
        Err(kind) => Err(Error::from(kind).after(usage)),
    }
}

/// Returns what a future returns, or `None` if its time is over.
fn within<T>(runtime: &Runtime, limit: Option<Duration>, future: impl Future<Output = T>) -> Option<T> {
    runtime.block_on(async {
        match limit {
            Some(limit) => tokio::time::timeout(limit, future).await.ok(),
            None => Some(future.await),
        }
    })
}

/// Calls a function on a new thread, and waits for it. The caller's own may belong to an asynchronous runtime, where another
/// one cannot run.
pub fn on_own_thread<T: Send>(act: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("guest".into()).spawn_scoped(scope, act).map_err(io)?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn io(error: std::io::Error) -> Error {
    ErrorKind::Io { path: None, error }.into()
}

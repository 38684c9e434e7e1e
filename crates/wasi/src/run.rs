//! One run: its store, its thread and its time.

use crate::cancel::Cancel;
use crate::ended::ended;
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::ticker::Ticker;
use crate::usage::Usage;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle, Runtime};
use wasmtime::{Engine, Store, UpdateDeadline};

/// How a guest ended that was not stopped.
pub enum Finished<R> {
    Returned(R),
    /// With this status.
    Exited(u32),
}

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
pub fn finish<T: Send, R>(
    store: &mut Store<T>,
    limits: &Limits,
    cancel: &Cancel,
    meter: fn(&T) -> &Meter,
    guest: impl AsyncFnOnce(&mut Store<T>) -> wasmtime::Result<R>,
) -> Result<(Finished<R>, Usage), Error> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(io)?;
    let engine = store.engine().clone();
    let ticker = Ticker::start(engine.clone()).map_err(io)?;
    let running = cancel.running(&engine);
    let began = Instant::now();
    let result = within(&runtime, limits.timeout, cancel, guest(store));
    let elapsed = began.elapsed();
    drop((running, ticker));
    // A host call that blocks a thread of the runtime is not waited for.
    runtime.shutdown_background();
    let usage = usage(store, limits, meter(store.data()), elapsed);
    let finished = match result {
        Ran::Late => Err(ErrorKind::Timeout { limit: limits.timeout.unwrap_or_default(), elapsed }),
        Ran::Cancelled => Err(ErrorKind::Cancelled),
        Ran::Ended(Ok(returned)) => Ok(Finished::Returned(returned)),
        Ran::Ended(Err(error)) => ended(&error, limits, meter(store.data()), &usage).map(Finished::Exited),
    };
    match finished {
        Ok(finished) => Ok((finished, usage)),
        Err(kind) => Err(Error::from(kind).after(usage)),
    }
}

/// Returns what a run used that took this long.
pub fn usage<T>(store: &Store<T>, limits: &Limits, meter: &Meter, elapsed: Duration) -> Usage {
    Usage {
        fuel: limits.fuel.zip(store.get_fuel().ok()).map(|(limit, left)| limit.saturating_sub(left)),
        peak_memory: meter.peak_memory(),
        memory: meter.memory(),
        elapsed,
    }
}

/// What became of a future.
enum Ran<T> {
    Ended(T),
    Late,
    Cancelled,
}

/// Waits for a future until its time is over, or it is cancelled.
fn within<T>(
    runtime: &Runtime,
    limit: Option<Duration>,
    cancel: &Cancel,
    future: impl Future<Output = T>,
) -> Ran<T> {
    let cancellable = async {
        let (mut cancelled, mut future) = (pin!(cancel.cancelled()), pin!(future));
        poll_fn(|context| match cancelled.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Ran::Cancelled),
            Poll::Pending => future.as_mut().poll(context).map(Ran::Ended),
        })
        .await
    };
    runtime.block_on(async {
        match limit {
            Some(limit) => tokio::time::timeout(limit, cancellable).await.unwrap_or(Ran::Late),
            None => cancellable.await,
        }
    })
}

/// Calls a function where another asynchronous runtime can run: here, or on a new thread if this one belongs to a runtime.
pub fn on_free_thread<T: Send>(act: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    if Handle::try_current().is_err() {
        return act();
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("guest".into()).spawn_scoped(scope, act).map_err(io)?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn io(error: std::io::Error) -> Error {
    ErrorKind::Io { path: None, error }.into()
}

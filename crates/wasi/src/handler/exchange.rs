//! One request: its store, its time, and how it ended.

use super::body::Fate;
use super::proxy::Head;
use super::shared::Shared;
use crate::context;
use crate::ended::ended;
use crate::error::{Error, ErrorKind};
use crate::run::{store, usage};
use crate::state::State;
use http::Request;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime_wasi_http::WasiBody;

/// Lets a guest answer a request, in an instance of its own. Returns when the guest has ended.
pub async fn exchange(
    shared: Arc<Shared>,
    room: OwnedSemaphorePermit,
    request: Request<WasiBody>,
    head: Head,
    fate: Fate,
) -> Result<(), Error> {
    let ended = run(&shared, request, head, &fate).await;
    drop(room);
    ended
}

async fn run(shared: &Shared, request: Request<WasiBody>, head: Head, fate: &Fate) -> Result<(), Error> {
    let limits = &shared.limits;
    let wasi = context::build(&shared.grants, limits)?.build();
    let state = State::new(wasi, &shared.grants, limits);
    let mut store = store(shared.proxy.engine(), state, limits, |state| &mut state.meter)?;
    // Dropped before the store, also when a host function panics.
    let mut told = fate.told();
    let began = Instant::now();
    let answer = shared.proxy.answer(&mut store, request, head);
    let result = match limits.timeout {
        Some(limit) => tokio::time::timeout(limit, answer).await.ok(),
        None => Some(answer.await),
    };
    let usage = usage(&store, limits, &store.data().meter, began.elapsed());
    let kind = match result {
        Some(Ok(())) => {
            told.is_well();
            return Ok(());
        }
        None => ErrorKind::Timeout { limit: limits.timeout.unwrap_or_default(), elapsed: usage.elapsed },
        Some(Err(error)) => match ended(&error, limits, &store.data().meter, &usage) {
            Ok(status) => ErrorKind::Exited { status },
            Err(kind) => kind,
        },
    };
    Err(Error::from(kind).after(usage))
}

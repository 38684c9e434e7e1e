//! Calls that end in the first poll of their future, without anything being kept for a second one.

use super::ended::{Begun, Start};
use super::place::Place;
use super::request::Request;
use super::shared::Shared;
use crate::error::RuntimeError;
use crate::stop::Stop;
use aingle_wasm_types::metering::MAX_FUEL;
use std::pin::pin;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::coop::{consume_budget, has_budget_remaining};

/// Makes a call if an attempt is enough. `None` if more is to be done for it, which may be to say what is wrong with it.
pub(super) fn at_once<T>(
    shared: &Shared,
    request: &mut Request<T>,
    stop: &Stop,
    start: &mut Start,
    context: &mut Context<'_>,
) -> Option<Result<T, RuntimeError>> {
    // A task that only calls would keep its executor.
    if !has_budget_remaining() || request.fuel.is_some_and(|fuel| fuel > MAX_FUEL) {
        return None;
    }
    Handle::try_current().ok()?;
    let loaded = shared.registry.get(&request.module).ok()?;
    if !loaded.may_be_tried() {
        return None;
    }
    let place = Place::try_take(&loaded, &shared.places)?;
    let (module, function) = (Arc::clone(&request.module), Arc::clone(&request.function));
    let mut begun = Begun::new(shared, stop, &module, &function, start);
    let Some(result) = begun.attempt(&loaded, request, start.began) else {
        begun.goes_on();
        start.tried = true;
        return None;
    };
    begun.waited(Duration::ZERO);
    drop(place);
    // There is some left, so that it is ready.
    let _ = pin!(consume_budget()).poll(context);
    Some(begun.end(result))
}

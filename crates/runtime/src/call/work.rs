//! What a thread does for a call.

use super::request::{Request, answered};
use crate::current::Current;
use crate::error::ErrorKind;
use crate::module::{Export, Fault, Loaded};
use crate::stop::{Reason, Stop};
use crate::telemetry::Used;
use aingle_wasm_values::Limits;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// Runs a call. Returns when the thread and the instance are free again.
pub(crate) fn work<T>(loaded: &Loaded, request: Request<T>, stop: &Stop) -> (Result<T, ErrorKind>, Used) {
    let mut used = Used::default();
    let run = || run(loaded, request, stop, &mut used);
    let began = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        stop.end();
        Err(ErrorKind::HostPanic { message: message(&*panic) })
    });
    loaded.counters.took(began.elapsed());
    (result, used)
}

fn run<T>(loaded: &Loaded, request: Request<T>, stop: &Stop, used: &mut Used) -> Result<T, ErrorKind> {
    let name = &request.function;
    let export = loaded.export(name)?;
    let payload = request.arguments.encode(name, export)?;
    match stop.reason() {
        Some(Reason::Timeout { limit, elapsed }) => return Err(ErrorKind::Timeout { limit, elapsed }),
        Some(_) => return Err(ErrorKind::Cancelled),
        None => {}
    }
    let called = loaded.take(stop).and_then(|mut instance| {
        let called =
            instance.limit(request.fuel, request.timeout).and_then(|()| instance.call(name, &payload));
        *used = Used { fuel: instance.fuel_used(), memory: Some(instance.memory_size()) };
        stop.set_used(*used);
        let called = called.map(|reply| if export.returns_text() { instance.text(reply) } else { Ok(reply) });
        // Before the instance is another's.
        stop.end();
        called
    });
    stop.end();
    match called {
        Ok(Err(error)) => Err(error),
        // It may have ended before it noticed.
        Ok(Ok(reply)) => Current::take_refused()
            .map_or_else(|| (request.read)(name, export, reply, Limits::default()), Err),
        Err(fault) => Err(failed(fault, export, stop)),
    }
}

pub(super) fn failed(fault: Fault, export: &Export, stop: &Stop) -> ErrorKind {
    let answered = || answered(fault.of_host()?, export);
    Current::take_refused().or_else(answered).unwrap_or_else(|| fault.kind(stop.reason()))
}

pub(super) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

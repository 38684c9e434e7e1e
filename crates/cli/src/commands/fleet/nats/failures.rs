//! Errors of calls and hosts, as failures of a command.

use crate::failure::{Failure, Kind};
use aingle_wasm_fleet::nats::{self, CallError, ModuleError, Refusal, StartError};
use aingle_wasm_manifest as manifest;

/// Returns the failure of a call.
pub fn of_call(error: &CallError) -> Failure {
    let failure = match error {
        CallError::Guest { body, .. } => {
            let value = String::from_utf8_lossy(body).into_owned();
            Failure::new(Kind::Guest, format!("the function returned an error: {value}"))
                .with_json("value", &value)
        }
        CallError::Failed(failure) => of_run(failure),
        CallError::Deadline { limit, .. } => Failure::new(Kind::Timeout, error)
            .with_fact("limit_ms", u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)),
        error => Failure::new(kind(error), error),
    };
    failure.with_fact("ran", error.ran().label())
}

fn of_run(failure: &nats::Failure) -> Failure {
    let of = |kind| Failure::new(kind, failure);
    match failure {
        nats::Failure::OutOfFuel { limit, used } => {
            of(Kind::Fuel).with_fact("limit", *limit).with_fact("used", *used)
        }
        nats::Failure::OutOfMemory { limit, asked } => {
            of(Kind::Memory).with_fact("limit", *limit).with_fact("asked", *asked)
        }
        nats::Failure::CallDepth { limit } => of(Kind::Stack).with_fact("limit", *limit),
        nats::Failure::Timeout { limit_ms } => of(Kind::Timeout).with_fact("limit_ms", *limit_ms),
        nats::Failure::Trap { .. } => of(Kind::Trap),
        _ => of(Kind::Line),
    }
}

fn kind(error: &CallError) -> Kind {
    match error {
        CallError::Refused(Refusal::UnknownFunction { .. } | Refusal::TypeMismatch { .. }) => Kind::Usage,
        CallError::Refused(Refusal::Arguments { .. }) | CallError::Arguments(_) => Kind::Arguments,
        CallError::Refused(_) | CallError::Duplicate(_) => Kind::Refused,
        _ => Kind::Line,
    }
}

/// Returns the failure of a host that cannot begin, and of a bucket.
pub fn of_start(error: &StartError) -> Failure {
    Failure::new(Kind::Line, error)
}

/// Returns the failure of a module of the store.
pub fn of_module(error: &ModuleError) -> Failure {
    match error {
        ModuleError::Refused(refusal) => {
            let failure = Failure::new(Kind::Refused, error).with_refusals(vec![refusal.code()]);
            match refusal {
                manifest::Refusal::Unsigned => failure.with_advice("--allow-unsigned accepts it"),
                manifest::Refusal::UnknownKey { .. } => failure.with_advice("--signer names a key"),
                _ => failure,
            }
        }
        ModuleError::Broker { .. } => Failure::new(Kind::Line, error),
        _ => Failure::new(Kind::Input, error),
    }
}

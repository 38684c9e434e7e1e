//! Errors of the hosts as failures with an exit code.

use super::request::{GuestError, Stopped};
use crate::failure::{Failure, Kind};
use aingle_wasm_host::{HostError, HostErrorKind, LoadError, Trap};
use aingle_wasm_host_core::Error;
use aingle_wasm_metering::MeterError;
use aingle_wasm_types::ErrorCode;
use std::time::Duration;

/// What to do about limits that a module brings.
pub const TRUST: &str =
    "`--trust-limits` takes them at their word; without it, run the module as it was before";

/// Returns the failure of a module that was not loaded, or of a call that did not end well.
pub fn stopped(error: &HostError) -> Failure {
    let failure = with_option(Failure::new(kind(error.kind()), error));
    match error.kind() {
        HostErrorKind::OutOfFuel { limit, used } => {
            failure.with_fact("limit", *limit).with_fact("used", *used)
        }
        HostErrorKind::OutOfMemory { limit, asked } => {
            failure.with_fact("limit", *limit).with_fact("asked", *asked)
        }
        HostErrorKind::Load(LoadError::MemoryLimit { limit, needed }) => {
            failure.with_fact("limit", *limit).with_fact("needed", *needed)
        }
        HostErrorKind::TableLimit { limit, needed } | HostErrorKind::InstanceLimit { limit, needed } => {
            failure.with_fact("limit", *limit).with_fact("needed", *needed)
        }
        HostErrorKind::CallDepth { limit } => failure.with_fact("limit", *limit),
        HostErrorKind::Limits(MeterError::AlreadyMetered) => failure.with_advice(TRUST),
        HostErrorKind::DeadlineExceeded { limit, elapsed } => timed_out(failure, *limit, *elapsed),
        _ => failure,
    }
}

/// Returns why a call on the server ended without an answer.
pub fn of_server(error: &HostError) -> Stopped {
    let guest = match error.kind() {
        HostErrorKind::Guest { code, body } => Some(GuestError { code: *code, body: body.clone() }),
        _ => None,
    };
    Stopped { failure: stopped(error), guest }
}

/// Returns the failure of a module that an engine of devices refused.
pub fn loaded(error: &Error) -> Failure {
    of_device(error, b"").failure
}

/// Returns why a call in an engine of devices ended without an answer. `body` is what the guest said.
pub fn of_device(error: &Error, body: &[u8]) -> Stopped {
    let said = String::from_utf8_lossy(body);
    let failure = match error {
        Error::Panic { .. } => Failure::new(Kind::Trap, format!("guest panicked: {said}")),
        Error::Guest { code, .. } => Failure::new(device_kind(error), format!("{code}: {said}")),
        error => Failure::new(device_kind(error), error),
    };
    let guest = match error {
        Error::Guest { code, .. } => Some(GuestError { code: *code, body: body.to_vec() }),
        _ => None,
    };
    Stopped { failure: with_facts(with_option(failure), error), guest }
}

/// Adds which option sets the limit that was reached.
fn with_option(failure: Failure) -> Failure {
    let option = match failure.kind() {
        Kind::Fuel => "--fuel",
        Kind::Memory if failure.to_string().contains("table") => "--max-table",
        Kind::Memory => "--memory",
        Kind::Stack => "--depth",
        Kind::Timeout => "--timeout",
        _ => return failure,
    };
    failure.with_advice(&format!("`{option}` sets the limit"))
}

fn with_facts(failure: Failure, error: &Error) -> Failure {
    match *error {
        Error::Trap(Trap::OutOfFuel { limit, used }) => {
            failure.with_fact("limit", limit).with_fact("used", used)
        }
        Error::Trap(Trap::OutOfMemory { limit, asked }) => {
            failure.with_fact("limit", limit).with_fact("asked", asked)
        }
        Error::Load(LoadError::MemoryLimit { limit, needed }) => {
            failure.with_fact("limit", limit).with_fact("needed", needed)
        }
        Error::Load(LoadError::EngineLimit { limit, found, .. }) => {
            failure.with_fact("limit", limit).with_fact("needed", found)
        }
        Error::Trap(Trap::CallDepth { limit }) => failure.with_fact("limit", limit),
        Error::Trap(Trap::Deadline { limit, elapsed }) => {
            timed_out(failure, Duration::from_micros(limit), Duration::from_micros(elapsed))
        }
        _ => failure,
    }
}

/// Adds the facts of a time-out.
pub fn timed_out(failure: Failure, limit: Duration, elapsed: Duration) -> Failure {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    failure.with_fact("limit_ms", millis(limit)).with_fact("elapsed_ms", millis(elapsed))
}

fn device_kind(error: &Error) -> Kind {
    match error {
        Error::Trap(trap) => trap_kind(*trap),
        Error::Load(LoadError::MemoryLimit { .. } | LoadError::OutOfMemory) => Kind::Memory,
        Error::Load(LoadError::EngineLimit { what, .. }) if what.contains("table") => Kind::Memory,
        Error::Load(LoadError::DepthLimit { .. }) => Kind::Usage,
        Error::Panic { .. } => Kind::Trap,
        Error::MissingImport(_) => Kind::Capability,
        Error::Guest { code: ErrorCode::BadRequest, .. }
        | Error::TooLarge { .. }
        | Error::GuestOutOfMemory { .. } => Kind::Arguments,
        Error::Guest { .. } => Kind::Guest,
        _ => Kind::Input,
    }
}

fn trap_kind(trap: Trap) -> Kind {
    match trap {
        Trap::OutOfFuel { .. } => Kind::Fuel,
        Trap::OutOfMemory { .. } | Trap::EngineOutOfMemory => Kind::Memory,
        Trap::CallDepth { .. } | Trap::StackOverflow => Kind::Stack,
        Trap::Deadline { .. } => Kind::Timeout,
        _ => Kind::Trap,
    }
}

fn kind(kind: &HostErrorKind) -> Kind {
    match kind {
        HostErrorKind::OutOfFuel { .. } => Kind::Fuel,
        HostErrorKind::OutOfMemory { .. }
        | HostErrorKind::TableLimit { .. }
        | HostErrorKind::InstanceLimit { .. }
        | HostErrorKind::Load(LoadError::MemoryLimit { .. } | LoadError::OutOfMemory) => Kind::Memory,
        HostErrorKind::CallDepth { .. } => Kind::Stack,
        HostErrorKind::DeadlineExceeded { .. } => Kind::Timeout,
        HostErrorKind::Trap(trap) => trap_kind(*trap),
        HostErrorKind::Panic { .. } | HostErrorKind::HostPanic { .. } => Kind::Trap,
        HostErrorKind::MissingImport { .. } | HostErrorKind::PlainImports { .. } => Kind::Capability,
        HostErrorKind::Guest { code: ErrorCode::BadRequest, .. }
        | HostErrorKind::TooLarge { .. }
        | HostErrorKind::GuestOutOfMemory { .. } => Kind::Arguments,
        HostErrorKind::Guest { .. } => Kind::Guest,
        HostErrorKind::Config { .. } => Kind::Usage,
        _ => Kind::Input,
    }
}

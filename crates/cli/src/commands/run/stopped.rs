//! Errors of the host as failures with an exit code.

use crate::failure::{Failure, Kind};
use aingle_wasm_host::{HostError, HostErrorKind, LoadError, Trap};
use aingle_wasm_types::ErrorCode;

/// Returns the failure of a module that was not loaded, or of a call that did not end well.
pub fn stopped(error: &HostError) -> Failure {
    let failure = Failure::new(kind(error.kind()), error);
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
        HostErrorKind::DeadlineExceeded { limit, elapsed } => {
            let millis = |time: &std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            failure.with_fact("limit_ms", millis(limit)).with_fact("elapsed_ms", millis(elapsed))
        }
        _ => failure,
    }
}

fn kind(kind: &HostErrorKind) -> Kind {
    match kind {
        HostErrorKind::OutOfFuel { .. } => Kind::Fuel,
        HostErrorKind::OutOfMemory { .. }
        | HostErrorKind::TableLimit { .. }
        | HostErrorKind::InstanceLimit { .. }
        | HostErrorKind::Load(LoadError::MemoryLimit { .. } | LoadError::OutOfMemory)
        | HostErrorKind::Trap(Trap::EngineOutOfMemory) => Kind::Memory,
        HostErrorKind::CallDepth { .. } | HostErrorKind::Trap(Trap::StackOverflow) => Kind::Stack,
        HostErrorKind::DeadlineExceeded { .. } => Kind::Timeout,
        HostErrorKind::Trap(_) | HostErrorKind::Panic { .. } | HostErrorKind::HostPanic { .. } => Kind::Trap,
        HostErrorKind::MissingImport { .. } => Kind::Capability,
        HostErrorKind::Guest { code: ErrorCode::BadRequest, .. }
        | HostErrorKind::TooLarge { .. }
        | HostErrorKind::GuestOutOfMemory { .. } => Kind::Arguments,
        HostErrorKind::Guest { .. } => Kind::Guest,
        HostErrorKind::Config { .. } => Kind::Usage,
        _ => Kind::Input,
    }
}

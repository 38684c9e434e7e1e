//! The failure of a module that cannot be served.

use super::run::stopped;
use crate::failure::{Failure, Kind};
use aingle_wasm_host::HostErrorKind;
use aingle_wasm_metering::MeterError;
use aingle_wasm_runtime::{ErrorKind, RuntimeError};

/// Returns the failure of a module that cannot be served.
pub fn not_loaded(error: &RuntimeError) -> Failure {
    match error.kind() {
        ErrorKind::Load(error)
            if matches!(error.kind(), HostErrorKind::Limits(MeterError::AlreadyMetered)) =>
        {
            Failure::new(Kind::Input, error)
                .with_advice("pass the module as it was before: limits are put into it here")
        }
        ErrorKind::Load(error) => stopped(error),
        ErrorKind::OutOfMemory { .. } => Failure::new(Kind::Memory, error),
        _ => Failure::new(Kind::Input, error),
    }
}

//! Errors of programs of WASI, as kinds of this crate.

use super::kind::ErrorKind;
use crate::stop::Reason;
use aingle_wasm_wasi::{Error, ErrorKind as WasiKind, Missing, Needs};

impl ErrorKind {
    /// The kind of a program that was not compiled, or a run that failed, which may have been told to end.
    pub(crate) fn of_wasi(error: Error, told: Option<Reason>) -> Self {
        match (error.kind(), told) {
            (WasiKind::Cancelled, Some(Reason::Timeout { limit, elapsed })) => {
                Self::Timeout { limit, elapsed }
            }
            (WasiKind::Cancelled, _) => Self::Cancelled,
            (WasiKind::Timeout { limit, elapsed }, _) => Self::Timeout { limit: *limit, elapsed: *elapsed },
            (WasiKind::OutOfFuel { limit, used }, _) => Self::OutOfFuel { limit: *limit, used: *used },
            (WasiKind::OutOfMemory { limit, asked }, _) => Self::OutOfMemory { limit: *limit, asked: *asked },
            (WasiKind::Missing(missing), _) => not_granted(missing).unwrap_or(Self::Wasi(error)),
            _ => Self::Wasi(error),
        }
    }
}

/// The first import that was not granted, if all of them could be.
fn not_granted(missing: &[Missing]) -> Option<ErrorKind> {
    let mut grants = missing.iter().map(|missing| match missing.needs {
        Needs::Dir(_) => Some((missing, "`Grants::dirs` or `Grants::interfaces` of `WasmConfig::wasi`")),
        Needs::Net(_) => Some((missing, "`Grants::net` or `Grants::interfaces` of `WasmConfig::wasi`")),
        Needs::Interface(_) => Some((missing, "`Grants::interfaces` of `WasmConfig::wasi`")),
        _ => None,
    });
    let all: Option<Vec<_>> = grants.by_ref().collect();
    let (first, grant) = *all?.first()?;
    Some(ErrorKind::NotGranted { what: format!("the import `{}`", first.name), grant })
}

//! Errors of programs of WASI, as kinds of this crate.

use super::kind::ErrorKind;
use crate::stop::Reason;
use aingle_wasm_wasi::{Error, ErrorKind as WasiKind, Missing, Needs};

/// How much of standard error an error has, in bytes.
const MAX_SAID: usize = 4096;

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

    /// The kind of a run that failed, with what it wrote to standard error if that may say why.
    pub(crate) fn of_wasi_run(error: Error, stderr: &[u8], told: Option<Reason>) -> Self {
        match Self::of_wasi(error, told) {
            Self::Wasi(error)
                if !stderr.is_empty()
                    && matches!(error.kind(), WasiKind::Trap { .. } | WasiKind::Exited { .. }) =>
            {
                Self::WasiStopped { error, stderr: end(stderr) }
            }
            other => other,
        }
    }
}

/// Returns the end of a text.
fn end(bytes: &[u8]) -> String {
    let end = &bytes[bytes.len().saturating_sub(MAX_SAID)..];
    // Where it was cut, it begins with a whole character.
    let inside =
        if end.len() < bytes.len() { end.iter().take_while(|byte| **byte & 0xc0 == 0x80).count() } else { 0 };
    String::from_utf8_lossy(&end[inside..]).into_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_text_begins_with_a_whole_character() {
        assert_eq!(end(b"said\n"), "said\n");
        let long = format!("{}x", "ü".repeat(MAX_SAID));
        assert_eq!(end(long.as_bytes()), format!("{}x", "ü".repeat(MAX_SAID / 2 - 1)));
        assert_eq!(end(b"\x80\xff"), "\u{fffd}\u{fffd}", "what was not cut stays");
    }
}

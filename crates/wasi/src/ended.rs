//! How a run ended, from what Wasmtime says.

use crate::error::ErrorKind;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::usage::Usage;
use std::fmt;
use wasmtime::Trap;
use wasmtime::component::ResourceTableError;
use wasmtime_wasi::I32Exit;

/// Exit status of a guest of preview 1, in place of Wasmtime's `proc_exit`, which takes those below 126 alone.
#[derive(Debug, Clone, Copy)]
pub struct ExitStatus(pub u32);

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit status {}", self.0)
    }
}

impl std::error::Error for ExitStatus {}

/// Returns the status of a guest that ended by itself, or why it was stopped.
pub fn ended(
    error: &wasmtime::Error,
    limits: &Limits,
    meter: &Meter,
    usage: &Usage,
) -> Result<u32, ErrorKind> {
    if let Some(ExitStatus(status)) = error.downcast_ref() {
        return Ok(*status);
    }
    if let Some(I32Exit(status)) = error.downcast_ref() {
        return Ok(status.cast_unsigned());
    }
    Err(match error.downcast_ref::<Trap>() {
        Some(trap) => trapped(*trap, limits, meter, usage),
        None => failed(error, limits, meter),
    })
}

fn trapped(trap: Trap, limits: &Limits, meter: &Meter, usage: &Usage) -> ErrorKind {
    match (trap, limits.fuel) {
        (Trap::OutOfFuel, Some(limit)) => ErrorKind::OutOfFuel { limit, used: usage.fuel.unwrap_or(limit) },
        (Trap::StackOverflow, _) => ErrorKind::StackExhausted { limit: limits.native_stack() },
        // What guests do when an allocation fails.
        (Trap::UnreachableCodeReached, _) if let Some(refused) = meter.refused() => refused,
        _ => {
            let text = trap.to_string();
            ErrorKind::Trap { reason: text.strip_prefix("wasm trap: ").unwrap_or(&text).into() }
        }
    }
}

/// Returns the kind of an error that is neither an exit nor a trap: of an instantiation, or of a host function.
fn failed(error: &wasmtime::Error, limits: &Limits, meter: &Meter) -> ErrorKind {
    if let Some(ResourceTableError::Full) = error.downcast_ref() {
        return ErrorKind::Handles { limit: limits.handles };
    }
    let reason = chain(error);
    if reason.contains("resource limit exceeded: instance count") {
        return ErrorKind::Instances { limit: limits.instances };
    }
    match meter.refused() {
        Some(refused) if reason.contains("minimum size of") => refused,
        _ => ErrorKind::Trap { reason },
    }
}

/// Returns an error and its causes in one line, without the guest's backtrace.
pub fn chain(error: &wasmtime::Error) -> String {
    let causes = error.chain().map(ToString::to_string);
    let mut causes: Vec<String> =
        causes.filter(|cause| !cause.starts_with("error while executing at")).collect();
    // Some end with what they were caused by.
    causes.dedup_by(|next, cause| cause.ends_with(next.as_str()));
    causes.join(": ")
}

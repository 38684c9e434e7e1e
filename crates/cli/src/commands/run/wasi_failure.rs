//! Why a program of WASI was not run, or was stopped.

use super::stopped::timed_out;
use crate::failure::{Failure, Kind};
use crate::run_args::RunArgs;
use aingle_wasm_wasi::{Error, ErrorKind, Missing, Needs};
use serde_json::json;
use std::time::Instant;

/// Returns the failure of a program that was not compiled, or was stopped.
pub fn failure(args: &RunArgs, error: &Error, began: Instant) -> Failure {
    let failure = Failure::new(kind(error.kind()), error);
    let set_by = |failure: Failure, option: &str| failure.with_advice(&format!("`{option}` sets the limit"));
    match error.kind() {
        ErrorKind::Missing(missing) => refused(missing),
        ErrorKind::OutOfFuel { limit, used } => {
            set_by(failure, "--fuel").with_fact("limit", *limit).with_fact("used", *used)
        }
        ErrorKind::OutOfMemory { limit, asked } => {
            set_by(failure, "--memory").with_fact("limit", *limit).with_fact("asked", *asked)
        }
        ErrorKind::OutOfTable { limit, asked } => {
            set_by(failure, "--max-table").with_fact("limit", *limit).with_fact("asked", *asked)
        }
        ErrorKind::Instances { limit } | ErrorKind::Handles { limit } => failure.with_fact("limit", *limit),
        ErrorKind::StackExhausted { limit } => set_by(failure, "--stack").with_fact("limit", *limit),
        ErrorKind::Timeout { .. } | ErrorKind::CompileTime { .. } => late(args, began),
        _ => failure,
    }
}

fn late(args: &RunArgs, began: Instant) -> Failure {
    let (limit, elapsed) = (args.timeout(), began.elapsed());
    let message = format!("time-out (limit {limit:?}, elapsed {elapsed:?})");
    timed_out(Failure::new(Kind::Timeout, message).with_advice("`--timeout` sets the limit"), limit, elapsed)
}

/// Returns the class of an error.
pub fn kind(kind: &ErrorKind) -> Kind {
    match kind {
        ErrorKind::Missing(_) => Kind::Capability,
        ErrorKind::Grant { .. } => Kind::Usage,
        ErrorKind::Io { .. } => Kind::Io,
        ErrorKind::Trap { .. } => Kind::Trap,
        ErrorKind::OutOfFuel { .. } => Kind::Fuel,
        ErrorKind::OutOfMemory { .. }
        | ErrorKind::OutOfTable { .. }
        | ErrorKind::Instances { .. }
        | ErrorKind::Handles { .. } => Kind::Memory,
        ErrorKind::StackExhausted { .. } => Kind::Stack,
        ErrorKind::Timeout { .. } | ErrorKind::CompileTime { .. } => Kind::Timeout,
        _ => Kind::Input,
    }
}

/// Returns the failure of imports that were not granted, with the options that would grant them.
pub fn refused(missing: &[Missing]) -> Failure {
    let named: Vec<String> =
        missing.iter().map(|missing| format!("`{}` ({})", missing.name, grant(missing))).collect();
    let message = format!("the program imports what it was not granted: {}", named.join(", "));
    let facts: Vec<serde_json::Value> =
        missing.iter().map(|missing| json!({"import": missing.name, "grant": grant(missing)})).collect();
    Failure::new(Kind::Capability, message).with_fact("missing", facts)
}

fn grant(missing: &Missing) -> String {
    match &missing.needs {
        Needs::Dir(interface) => format!("--dir HOST or --interface {interface}"),
        Needs::Net(interface) => format!("--net ALLOW or --interface {interface}"),
        Needs::Interface(interface) => format!("--interface {interface}"),
        Needs::Version => "this version is not offered, WASI 0.2 and 0.3 are".into(),
        _ => "it is not offered".into(),
    }
}

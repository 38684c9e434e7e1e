//! How functions of a module are called.

use crate::commands::run::module_bytes;
use crate::failure::{Failure, Kind, Outcome};
use crate::nats_args::HowArgs;
use aingle_wasm_fleet::nats::{CallOptions, CallerName, ModuleHash};
use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

/// A module, the name of who calls it, and what is said of a call.
pub struct How {
    pub module: ModuleHash,
    pub caller: CallerName,
    pub options: CallOptions,
}

impl How {
    /// Reads the options of a command.
    pub fn of(args: &HowArgs) -> Outcome<Self> {
        let module = match args.module.parse() {
            Ok(hash) => hash,
            Err(_) => ModuleHash::of(&module_bytes(Path::new(&args.module))?),
        };
        let caller = CallerName::new(&args.caller).map_err(|error| usage("--caller", error))?;
        let mut options = CallOptions::default().deadline(Duration::from_millis(args.deadline.into()));
        options.fuel = args.fuel;
        if args.idempotent {
            options = options.idempotent();
        }
        Ok(Self { module, caller, options })
    }
}

pub fn usage(option: &str, error: impl Display) -> Failure {
    Failure::new(Kind::Usage, format!("{option}: {error}"))
}

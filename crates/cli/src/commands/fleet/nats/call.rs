//! `fleet call`: calls a function of a host.

use super::{failures, server};
use crate::commands::done::Done;
use crate::commands::on_tokio::block_on;
use crate::commands::run::module_bytes;
use crate::failure::{Failure, Kind, Outcome};
use crate::nats_args::CallArgs;
use crate::report::Report;
use aingle_wasm_fleet::nats::{CallId, CallOptions, Caller, CallerName, ModuleHash, Replied};
use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

pub fn run(args: &CallArgs) -> Outcome<Done> {
    let module = match args.module.parse() {
        Ok(hash) => hash,
        Err(_) => ModuleHash::of(&module_bytes(Path::new(&args.module))?),
    };
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&args.args) {
        return Err(Failure::new(Kind::Arguments, format!("--args: expected JSON ({error})")));
    }
    let name = CallerName::new(&args.caller).map_err(|error| usage("--caller", error))?;
    let mut options = CallOptions::default().deadline(Duration::from_millis(args.deadline.into()));
    options.fuel = args.fuel;
    if args.idempotent {
        options = options.idempotent();
    }
    if let Some(id) = &args.id {
        options = options.id(CallId::new(id).map_err(|error| usage("--id", error))?);
    }
    let Replied { value, report: told } = block_on(async {
        let client = server::connect(&args.nats).await?;
        let function = Caller::new(client, name).json(module, &args.function);
        function.call(&args.args, &options).await.map_err(|error| failures::of_call(&error))
    })?;
    let mut report = Report::new();
    report.add_json("result", value.clone());
    report.add("host", told.host);
    report.add("fuel", told.fuel);
    report.add("queued_us", micros(told.queued));
    report.add("ran_us", micros(told.ran));
    report.add("tries", told.tries);
    report.add("kept", told.kept);
    report.add("id", told.id.to_string());
    Ok(Done::answered(report, value))
}

fn usage(option: &str, error: impl Display) -> Failure {
    Failure::new(Kind::Usage, format!("{option}: {error}"))
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

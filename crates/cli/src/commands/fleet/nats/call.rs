//! `fleet call`: calls a function of a host.

use super::how::{How, usage};
use super::{failures, server};
use crate::commands::done::Done;
use crate::commands::on_tokio::block_on;
use crate::failure::{Failure, Kind, Outcome};
use crate::nats_args::CallArgs;
use crate::report::Report;
use aingle_wasm_fleet::nats::{CallId, Caller, Replied};
use std::time::Duration;

pub fn run(args: &CallArgs) -> Outcome<Done> {
    let How { module, caller, mut options } = How::of(&args.how)?;
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&args.args) {
        return Err(Failure::new(Kind::Arguments, format!("--args: expected JSON ({error})")));
    }
    if let Some(id) = &args.id {
        options = options.id(CallId::new(id).map_err(|error| usage("--id", error))?);
    }
    let Replied { value, report: told } = block_on(async {
        let client = server::connect(&args.nats).await?;
        let function = Caller::new(client, caller).json(module, &args.function);
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

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

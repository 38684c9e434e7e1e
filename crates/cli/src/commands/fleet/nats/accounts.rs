//! `fleet accounts`: what each caller has used.

use super::{failures, server};
use crate::commands::done::Done;
use crate::commands::on_tokio::block_on;
use crate::failure::Outcome;
use crate::nats_args::AccountsArgs;
use crate::report::Report;
use aingle_wasm_fleet::nats::accounts;
use serde_json::json;
use std::io::{Write, stderr};
use std::time::Duration;

pub fn run(args: &AccountsArgs) -> Outcome<Done> {
    let accounts = block_on(async {
        let client = server::connect(&args.nats).await?;
        let wait = Duration::from_millis(args.wait.into());
        accounts(&client, wait).await.map_err(|error| failures::of_start(&error))
    })?;
    let mut report = Report::new();
    if accounts.is_empty() {
        let _ = writeln!(stderr(), "no host has accounted a call");
    }
    for (caller, account) in &accounts {
        let line = format!("{} calls, {} failed, fuel {}", account.calls, account.failed, account.fuel);
        let facts = json!({"calls": account.calls, "failed": account.failed, "fuel": account.fuel});
        report.add_as(caller.as_str(), line, facts);
    }
    Ok(Done::new(report))
}

//! `fleet status`: what devices run, and how far they are.

use super::{connect, failures};
use crate::commands::done::Done;
use crate::commands::on_tokio::block_on;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::fleet_args::StatusArgs;
use crate::report::Report;
use aingle_wasm_fleet::mqtt::{self, DeviceStatus, Operator};
use aingle_wasm_update::{Outcome as Happened, UpdateError};
use serde_json::{Value, json};
use std::io::stdout;

pub(super) fn run(args: &StatusArgs, json: bool) -> Outcome<Done> {
    let broker = connect::broker(&args.broker)?;
    let group = args.group.as_deref();
    if args.watch {
        return block_on(watch(&broker, group, json));
    }
    let devices = block_on(async {
        let mut operator = Operator::connect(&broker).await.map_err(|error| failures::of(&error))?;
        let devices = operator.statuses(group).await;
        operator.close().await;
        devices.map_err(|error| failures::of(&error))
    })?;
    let mut report = Report::new();
    report.add("devices", devices.len());
    report.add_list("device", table(&devices));
    Ok(Done::new(report))
}

/// Prints what devices say, until the program is ended or nobody reads any more.
async fn watch(broker: &mqtt::Broker, group: Option<&str>, json: bool) -> Outcome<Done> {
    let mut printed = Ok(());
    let each = |device: DeviceStatus| {
        let line = if json { facts(&device).to_string() } else { line(&device, 0, 0) };
        printed = files::print(stdout(), &(line + "\n"));
        printed.is_ok()
    };
    mqtt::watch(broker, group, each).await.map_err(|error| failures::of(&error))?;
    printed.and(Err(Failure::new(Kind::Io, "nobody reads what is watched")))
}

/// The lines of some devices, in columns, and their facts.
pub(super) fn table(devices: &[DeviceStatus]) -> Vec<(String, Value)> {
    let widest = |name: fn(&DeviceStatus) -> &str| devices.iter().map(|it| name(it).len()).max().unwrap_or(0);
    let (group, device) = (widest(|it| &it.group), widest(|it| &it.device));
    devices.iter().map(|it| (line(it, group, device), facts(it))).collect()
}

fn line(
    DeviceStatus { group, device, status }: &DeviceStatus,
    group_width: usize,
    device_width: usize,
) -> String {
    let runs = match status.module_id {
        0 => "runs nothing".into(),
        id => format!("runs module {id} sequence {}", status.sequence),
    };
    let progress = match status.blob_len {
        0 => String::new(),
        len => format!("{} of {len} bytes; ", status.have),
    };
    let report = status.report;
    let reason = match report.outcome {
        Happened::Refused | Happened::Failed => UpdateError::describe(report.code),
        _ => None,
    };
    let reason = reason.map_or(String::new(), |reason| format!(" ({reason})"));
    let stage = status.stage.name();
    format!("{group:group_width$}  {device:device_width$}  {stage:10}  {runs}; {progress}{report}{reason}")
}

fn facts(DeviceStatus { group, device, status }: &DeviceStatus) -> Value {
    let report = status.report;
    json!({
        "group": group,
        "device": device,
        "stage": status.stage.name(),
        "module_id": status.module_id,
        "sequence": status.sequence,
        "boots_left": status.boots_left,
        "number": status.number,
        "blob": status.blob.to_string(),
        "have": status.have,
        "blob_len": status.blob_len,
        "ignored": status.ignored,
        "report": {
            "outcome": format!("{:?}", report.outcome),
            "code": report.code,
            "module_id": report.module_id,
            "sequence": report.sequence,
        },
    })
}

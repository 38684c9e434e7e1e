//! `fleet rollout`: a module to a group, step by step.

use super::publish::{check_newer, chunk_len, signed_blob};
use super::{connect, failures, status};
use crate::commands::done::Done;
use crate::commands::on_tokio::block_on;
use crate::commands::signer;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::fleet_args::RolloutArgs;
use crate::report::Report;
use aingle_wasm_fleet::mqtt::{DeviceStatus, Ended, Event, Operator, Plan, Rollout, Tally};
use serde_json::Value;
use std::io::{Write, stderr};
use std::time::Duration;

pub(super) fn run(args: &RolloutArgs, json: bool) -> Outcome<Done> {
    files::check_standard([&args.offer.blob].into_iter().chain(args.offer.key.key.as_ref()))?;
    let plan = Plan {
        steps: args.steps.clone(),
        success_threshold: args.success_threshold,
        error_threshold: args.error_threshold,
    };
    plan.check().map_err(|error| Failure::new(Kind::Usage, error))?;
    let blob = signed_blob(&args.offer.blob)?;
    let key = signer::required(&args.offer.key)?;
    let (broker, chunk_len) = (connect::broker(&args.offer.broker)?, chunk_len(args.offer.chunk)?);
    let group = args.offer.group.as_str();
    block_on(async {
        let mut operator = Operator::connect(&broker).await.map_err(|error| failures::of(&error))?;
        check_newer(&mut operator, group, &key, &blob, false).await?;
        let rollout = Rollout { broker: &broker, key: &key, blob: blob.bytes(), group, chunk_len, plan };
        let running = rollout.run(|event| {
            if !json {
                say(&event)
            }
        });
        let ended = match args.timeout {
            None => running.await,
            Some(limit) => match tokio::time::timeout(Duration::from_millis(limit.into()), running).await {
                Ok(ended) => ended,
                Err(_) => return Err(late(limit)),
            },
        };
        let ended = ended.map_err(|error| failures::of(&error))?;
        let devices = operator.statuses(Some(group)).await.unwrap_or_default();
        operator.close().await;
        report(ended, &devices, group)
    })
}

/// Says what happens on standard error, a line each.
fn say(event: &Event) {
    let line = match event {
        Event::Step { permille, number } => {
            format!("offered to {} % of the group (announcement {number})", f64::from(*permille) / 10.0)
        }
        Event::Tally(Tally { devices: 0, .. }) => {
            "no device of the group has said anything yet: the rollout waits for the first one".into()
        }
        Event::Tally(Tally { devices, targets, confirmed, failed }) => {
            format!(
                "{confirmed} confirmed and {} failed, of {targets} to which it is offered, of {devices}",
                failed.len()
            )
        }
        Event::Paused(true) => "paused by somebody with the same key: `fleet resume` goes on".into(),
        Event::Paused(false) => "resumed".into(),
        Event::Disconnected(reason) => format!("{reason}; connecting again"),
        Event::Restored(chunks) => {
            format!("the broker had lost {chunks} parts of the module, and has them again")
        }
        _ => return,
    };
    let _ = writeln!(stderr(), "{line}");
}

fn late(limit: u32) -> Failure {
    let message = "the rollout has not ended in time: what is announced stays, and devices go on. `fleet status` shows them, \
                   `fleet pause` lets them wait";
    Failure::new(Kind::Timeout, message).with_fact("limit_ms", limit)
}

fn report(ended: Ended, devices: &[DeviceStatus], group: &str) -> Outcome<Done> {
    let failures_of = |tally: &Tally| -> Vec<(String, Value)> {
        let failed = |it: &&DeviceStatus| tally.failed.contains(&it.device);
        status::table(&devices.iter().filter(failed).cloned().collect::<Vec<_>>())
    };
    match ended {
        Ended::Done(tally) => {
            let mut report = Report::new();
            report.add("devices", tally.devices);
            report.add("confirmed", tally.confirmed);
            report.add("failed", tally.failed.len());
            report.add_list("failures", failures_of(&tally));
            Ok(Done::new(report))
        }
        Ended::Paused(tally) => {
            let (lines, facts): (Vec<_>, Vec<_>) = failures_of(&tally).into_iter().unzip();
            let message = format!(
                "paused: {} of {} devices to which it was offered have failed, more than --error-threshold allows. `fleet resume` \
                 goes on in spite of that, `fleet abort` offers an older module. {}",
                tally.failed.len(),
                tally.targets,
                lines.join("; ")
            );
            Err(Failure::new(Kind::Device, message)
                .with_fact("devices", tally.devices)
                .with_fact("targets", tally.targets)
                .with_fact("confirmed", tally.confirmed)
                .with_fact("failures", facts))
        }
        Ended::Superseded => {
            let message =
                format!("another module was announced to group `{group}` meanwhile, with the same key");
            Err(Failure::new(Kind::Refused, message))
        }
    }
}

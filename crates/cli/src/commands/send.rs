//! `send`: sends a packed module to a device.

mod wait;

use super::done::Done;
use crate::args::SendArgs;
use crate::blob::Blob;
use crate::failure::{Failure, Kind, Outcome};
use crate::line::Line;
use crate::report::Report;
use aingle_wasm_manifest::Kind as BlobKind;
use aingle_wasm_update::{
    Answer, Finished, MAX_FRAME, Next, Progress, Report as DeviceReport, SendError, Sender, Stage,
    UpdateError,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::time::{Duration, Instant};

pub(super) fn run(args: &SendArgs, quiet: bool) -> Outcome<Done> {
    let blob = Blob::read(&args.blob)?;
    let manifest = blob.manifest()?;
    let mut line = Line::open(&args.port, args.baud, Duration::from_millis(args.timeout.into()))?;
    let sent = send(&mut line, &blob, args, quiet)?;
    let mut report = Report::new();
    report.add("sent", blob.bytes().len());
    report.add("resumed_at", sent.resumed_at);
    report.add("module_id", manifest.fields().module_id);
    report.add("sequence", manifest.fields().sequence);
    report_device(&mut report, "device_said_before", sent.before);
    let (is_list, finished) = (manifest.fields().kind == BlobKind::KeyList, sent.answer.finished);
    let answer = match (finished, is_list) {
        (Finished::OnTrial, false) => "verified; it runs on trial after a restart",
        (Finished::KeysChanged, true) => "keys taken over",
        (Finished::OnTrial, true) => return Err(wrong_answer("a module is on trial", "a list of keys")),
        (Finished::KeysChanged, false) => return Err(wrong_answer("it took over keys", "a module")),
    };
    report.add("answer", answer);
    if let (Some(patience), Finished::OnTrial) = (args.wait, finished) {
        let said = wait::confirmed(line, args, manifest.fields(), Duration::from_millis(patience.into()))?;
        report_device(&mut report, "device_says", Some(said));
    }
    Ok(Done::new(report))
}

/// Asks a device for the report of its last update. Returns `None` if it does not answer in time.
///
/// # Errors
/// [`Kind::Line`].
#[cfg(feature = "fleet")]
pub(super) fn ask(args: &SendArgs) -> Outcome<Option<DeviceReport>> {
    wait::said(args)
}

/// Sends a blob, and waits until the device has confirmed the module, if the arguments say so. Returns what the device says then.
///
/// # Errors
/// As the command.
#[cfg(feature = "fleet")]
pub(super) fn to_device(blob: &Blob, args: &SendArgs) -> Outcome<Option<DeviceReport>> {
    let mut line = Line::open(&args.port, args.baud, Duration::from_millis(args.timeout.into()))?;
    let sent = send(&mut line, blob, args, true)?;
    match (args.wait, sent.answer.finished) {
        (Some(patience), Finished::OnTrial) => {
            let patience = Duration::from_millis(patience.into());
            wait::confirmed(line, args, blob.manifest()?.fields(), patience).map(Some)
        }
        _ => ask(args),
    }
}

/// What came of a transfer.
struct Sent {
    answer: Answer,
    /// The first byte that the device did not have.
    resumed_at: u32,
    /// What the device said of its last update when it was greeted.
    before: Option<DeviceReport>,
}

fn send(line: &mut Line, blob: &Blob, args: &SendArgs, quiet: bool) -> Outcome<Sent> {
    let mut sender =
        Sender::new(blob.bytes(), args.timing()).map_err(|error| Failure::new(Kind::Input, error))?;
    let bar = bar(blob.bytes().len(), quiet);
    let (start, mut resumed_at) = (Instant::now(), None);
    let (mut frame, mut bytes) = ([0; MAX_FRAME], [0; 256]);
    let answer = loop {
        match sender.poll(start.elapsed().as_millis() as u64, &mut frame).map_err(failure)? {
            Next::Done(answer) => break answer,
            Next::Send(len) => line.write(&frame[..len])?,
            Next::WaitUntil(_) => {
                let len = line.read(&mut bytes)?;
                sender.receive(&bytes[..len]);
            }
        }
        let Progress { stage, sent, .. } = sender.progress();
        if matches!(stage, Stage::Sending | Stage::Finishing) {
            resumed_at.get_or_insert(sent);
        }
        bar.set_position(sent.into());
        bar.set_message(stage_name(stage));
    };
    bar.finish_and_clear();
    Ok(Sent { answer, resumed_at: resumed_at.unwrap_or_default(), before: sender.report() })
}

fn wrong_answer(said: &str, sent: &str) -> Failure {
    Failure::new(Kind::Device, format!("the device says that {said}, and was sent {sent}"))
}

fn failure(error: SendError) -> Failure {
    match error {
        SendError::Failed { code } => {
            let reason = UpdateError::describe(code).unwrap_or("a reason that this program does not know");
            let failure = Failure::new(Kind::Device, format!("the device says: {reason} [{code}]"));
            failure.with_refusals(u8::try_from(code).into_iter().collect())
        }
        SendError::Version { .. } => Failure::new(Kind::Device, error),
        SendError::NoAnswer { stage, tries } => {
            let doing = stage_name(stage);
            Failure::new(Kind::Line, format!("the device does not answer ({doing}, asked {tries} times)"))
        }
        SendError::Restarts { .. } | SendError::NoProgress { .. } => Failure::new(Kind::Line, error),
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Greeting => "greeting",
        Stage::Offering => "offering the manifest",
        Stage::Sending => "sending",
        Stage::Finishing => "waiting for the device to verify",
        Stage::Done => "done",
    }
}

fn report_device(report: &mut Report, key: &str, said: Option<DeviceReport>) {
    if let Some(said) = said {
        let DeviceReport { code, module_id, sequence, .. } = said;
        let outcome = format!("{:?}", said.outcome);
        let value = json!({ "outcome": outcome, "code": code, "module_id": module_id, "sequence": sequence });
        report.add_as(key, said.to_string(), value);
    }
}

/// A bar on standard error, if that is a terminal.
fn bar(len: usize, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(len as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {msg}") {
        bar.set_style(style);
    }
    bar
}

//! Waits until a device has restarted and has confirmed a module.

use crate::args::SendArgs;
use crate::failure::{Failure, Kind, Outcome};
use crate::line::Line;
use aingle_wasm_manifest::{Fields, OlderBuilder};
use aingle_wasm_update::{MAX_FRAME, Next, Outcome as Happened, Report, Sender, Timing};
use std::time::{Duration, Instant};

/// Longest pause between two greetings.
const PAUSE: Duration = Duration::from_secs(1);

/// Greets the device until it says that the module is confirmed, or is not. A line that breaks, as by the restart, is
/// opened again.
///
/// # Errors
/// [`Kind::Device`] when the device has reverted, [`Kind::Line`] when it does not say so in time.
pub(super) fn confirmed(
    line: Line,
    args: &SendArgs,
    fields: &Fields<'_>,
    patience: Duration,
) -> Outcome<Report> {
    let (start, mut line) = (Instant::now(), Some(line));
    let mut last = "it does not answer".to_owned();
    loop {
        let left = patience.saturating_sub(start.elapsed());
        if left.is_zero() {
            let message = format!("the device did not confirm the module in time; {last}");
            return Err(Failure::new(Kind::Line, message));
        }
        match ask(&mut line, args, left) {
            // It has had its time, as while it restarts.
            Ok(None) => continue,
            Ok(Some(report)) => {
                let ours = (report.module_id, report.sequence) == (fields.module_id, fields.sequence);
                match report.outcome {
                    Happened::Confirmed if ours => return Ok(report),
                    Happened::TrialEnded | Happened::TrialFailed | Happened::Damaged if ours => {
                        return Err(Failure::new(Kind::Device, format!("the device says: {report}")));
                    }
                    _ if ours => last = format!("it says: {report}"),
                    _ => {
                        last = format!(
                            "it answers, and the module can still be on trial: its last report is of an earlier \
                             time, `{report}`"
                        );
                    }
                }
            }
            Err(failure) if failure.kind() == Kind::Line => last = failure.to_string(),
            Err(failure) => return Err(failure),
        }
        let left = patience.saturating_sub(start.elapsed());
        std::thread::sleep(chunk(args, left).min(PAUSE));
    }
}

/// Asks a device for the report of its last update, over a line of its own. Returns `None` if it does not answer in time.
///
/// # Errors
/// [`Kind::Line`] when the line breaks.
#[cfg(feature = "fleet")]
pub(super) fn said(args: &SendArgs) -> Outcome<Option<Report>> {
    ask(&mut None, args, Duration::MAX)
}

/// Asks the device for its report, over a new line if there is none. Drops the line if it is broken.
fn ask(line: &mut Option<Line>, args: &SendArgs, left: Duration) -> Outcome<Option<Report>> {
    let mut open = match line.take() {
        Some(open) => open,
        None => Line::open(&args.port, args.baud, chunk(args, left))?,
    };
    let said = greeted(&mut open, args, left)?;
    *line = Some(open);
    Ok(said)
}

/// Asks the device for its report. Returns `None` if it does not answer in time.
fn greeted(line: &mut Line, args: &SendArgs, left: Duration) -> Outcome<Option<Report>> {
    // A sender greets before it offers anything, and this one is dropped then.
    let nothing = OlderBuilder::v1(0, "").build(&[], None);
    let nothing = nothing.map_err(|error| Failure::new(Kind::Input, error))?;
    let chunk = u32::try_from(chunk(args, left).as_millis()).unwrap_or(u32::MAX);
    let timing = Timing { tries: 1, chunk, ..args.timing() };
    let mut sender = Sender::new(&nothing, timing).map_err(|error| Failure::new(Kind::Input, error))?;
    let start = Instant::now();
    let (mut frame, mut bytes) = ([0; MAX_FRAME], [0; 256]);
    while sender.report().is_none() {
        match sender.poll(start.elapsed().as_millis() as u64, &mut frame) {
            Ok(Next::Send(len)) => line.write(&frame[..len])?,
            Ok(Next::WaitUntil(_)) => {
                let len = line.read(&mut bytes)?;
                sender.receive(&bytes[..len]);
            }
            Ok(Next::Done(_)) | Err(_) => return Ok(None),
        }
    }
    Ok(sender.report())
}

/// How long an answer may take: the time-out, or what is left if that is less.
fn chunk(args: &SendArgs, left: Duration) -> Duration {
    Duration::from_millis(args.timeout.into()).min(left)
}

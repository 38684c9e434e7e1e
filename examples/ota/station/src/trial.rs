//! Offers a case to the board, and compares what both sides say.

use crate::cases::{Case, End};
use crate::link::{self, Sent};
use crate::machine::{Files, Machine};
use aingle_wasm_host_embedded::native::NotNative;
use aingle_wasm_update::{Outcome, Report, UpdateError};
use anyhow::{Context, Result, ensure};

/// What both sides said, and what runs now.
pub struct Row {
    pub what: &'static str,
    /// The length of the blob, where it is known.
    pub bytes: Option<usize>,
    pub station: String,
    pub board: String,
    pub runs: String,
}

/// A board and its files.
pub struct Board {
    files: Files,
    pub machine: Machine,
    /// What it said runs.
    pub runs: String,
    /// Whether it takes native images, and if it does, what it said of that of the module.
    images: bool,
    image: String,
    /// The peaks that it said of its stack and its heap.
    pub stack: u64,
    pub heap: u64,
}

impl Board {
    /// Turns the power of a new board on.
    pub fn new(files: Files, images: bool) -> Result<Self> {
        let machine = Machine::start(&files)?;
        let (runs, image) = (String::new(), String::new());
        let mut board = Self { files, machine, runs, images, image, stack: 0, heap: 0 };
        board.wait_until_ready()?;
        Ok(board)
    }

    /// Cuts the power, and turns it on again.
    pub fn power_cycle(&mut self) -> Result<()> {
        self.machine.cut();
        self.machine = Machine::start(&self.files)?;
        self.wait_until_ready().map(drop)
    }

    /// Waits until a module runs, and returns the report that the board printed.
    pub fn wait_until_ready(&mut self) -> Result<String> {
        self.runs = self.machine.wait_for("runs ")?;
        let report = self.machine.wait_for("report ")?;
        self.note_figures()?;
        if self.images {
            self.image = self.machine.wait_for("image ")?;
        }
        self.machine.wait_for("ready")?;
        Ok(report)
    }

    /// Waits until the board has taken a blob and started again, and returns the report that it printed.
    pub fn wait_for_trial(&mut self) -> Result<String> {
        self.machine.wait_for("received")?;
        self.note_figures()?;
        self.wait_until_ready()
    }

    fn note_figures(&mut self) -> Result<()> {
        self.heap = self.heap.max(self.machine.wait_for("heap ")?.parse()?);
        self.stack = self.stack.max(self.machine.wait_for("stack ")?.parse()?);
        Ok(())
    }

    /// Offers a case, and checks what becomes of it.
    pub fn offer(&mut self, case: &Case) -> Result<Row> {
        let ran = self.runs.clone();
        if case.cut {
            link::send_part(&mut self.machine, &case.blob, case.blob.len() as u32 / 2)?;
            self.power_cycle()?;
            ensure!(self.runs == ran, "after the cut, {} runs, no longer {ran}", self.runs);
        }
        let sent = link::send(&mut self.machine, &case.blob)?;
        let (station, board) = match sent.refused {
            Some(code) => self.refused(case, code)?,
            None => self.tried(case)?,
        };
        match case.end {
            End::Runs(version, sequence) | End::RunsNative(version, sequence) => {
                let wanted = format!("version {version}, sequence {sequence}");
                ensure!(self.runs == wanted, "{} runs, and not {wanted}", self.runs);
            }
            _ => ensure!(self.runs == ran, "{} runs, no longer {ran}", self.runs),
        }
        let native = matches!(case.end, End::RunsNative(..));
        ensure!(!native || self.image == "native", "the image is not run: {}", self.image);
        if let End::Runs(..) | End::NotNative(_) = case.end {
            ensure!(self.image != "native", "an image runs");
        }
        let station = if case.cut { resumed(&sent, &station)? } else { station };
        let runs = self.running();
        Ok(Row { what: case.what, bytes: Some(case.blob.len()), station, board, runs })
    }

    /// Says what runs, and for a firmware that takes native images, how.
    pub fn running(&self) -> String {
        let runs = &self.runs;
        match (self.image.as_str(), self.image.parse()) {
            ("", _) => runs.clone(),
            ("native", _) => format!("{runs}, native"),
            (image, Err(_)) => format!("{runs}, {image}"),
            (_, Ok(code)) => {
                let why = NotNative::describe(code).map_or_else(|| format!("code {code}"), String::from);
                format!("{runs}, interpreted: {why}")
            }
        }
    }

    /// The board has refused a blob. It still does what it did, also after a power cut.
    fn refused(&mut self, case: &Case, code: u16) -> Result<(String, String)> {
        let board: u16 = self.machine.wait_for("refused ")?.parse()?;
        ensure!(board == code, "the board says {board}, and the station heard {code}");
        ensure!(matches!(case.end, End::Refused(wanted) if wanted == code), "refused with code {code}");
        let report = link::report(&mut self.machine, &case.blob)?;
        ensure!(report.outcome == Outcome::Refused && report.code == code, "the report says: {report}");
        self.power_cycle()?;
        let words = UpdateError::describe(code).context("a code without words")?;
        Ok((format!("refused: {words}"), format!("refused {board}")))
    }

    /// The board has tried a module. Both sides have to know the same report.
    fn tried(&mut self, case: &Case) -> Result<(String, String)> {
        let printed = self.wait_for_trial()?;
        let heard = link::report(&mut self.machine, &case.blob)?;
        let Report { outcome, code, sequence, .. } = heard;
        let words = format!("{} {code} {sequence}", outcome.code());
        ensure!(printed == words, "the board says {printed}, and the station heard {words}");
        let wanted = match case.end {
            End::Runs(..) | End::RunsNative(..) => (Outcome::Confirmed, 0),
            End::NotNative(code) => (Outcome::TrialFailed, code),
            End::Reverted(Some(code)) => (Outcome::TrialFailed, code),
            End::Reverted(None) => (Outcome::TrialEnded, 0),
            End::Refused(code) => (Outcome::Refused, code),
            End::KeysChanged => (Outcome::KeysChanged, 0),
        };
        ensure!((outcome, code) == wanted, "the report says: {heard}");
        Ok((heard.to_string(), format!("report {printed}")))
    }
}

/// A transfer that went on where it had stopped.
fn resumed(sent: &Sent, station: &str) -> Result<String> {
    let from = sent.from.filter(|from| *from > 0).context("the transfer began again")?;
    Ok(format!("resumed at byte {from}; {station}"))
}

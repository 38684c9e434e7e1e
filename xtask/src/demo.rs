//! The main job: one guest, built once, on every engine, with the same replies.

use crate::firmware::{self, BOARDS, Board, ENGINES};
use crate::project::Project;
use crate::report::Report;
use crate::table::{self, grouped};
use crate::{guest, setup};
use anyhow::{Context, Result, bail, ensure};
use std::path::Path;
use xshell::cmd;

/// The engines that run on this machine, as the package `weather_host` names them.
const HERE: [&str; 4] = ["wasmer", "wasm3", "spacewasm", "wasmi"];

/// An engine somewhere.
struct Place {
    engine: &'static str,
    board: Option<&'static Board>,
}

/// What came of a run there.
struct Outcome {
    place: Place,
    report: Report,
    flash: Option<u64>,
}

/// Where the server's example comes from.
#[derive(Clone, Copy)]
pub enum Server {
    /// It is built.
    Built,
    /// The tests have built it, with the features that all packages together ask for.
    Tested,
}

/// Runs the guest everywhere, or on one engine wherever it runs, and prints a table.
pub fn run(project: &Project, engine: Option<&str>, server: Server) -> Result<()> {
    setup::check(project)?;
    let places = places(engine)?;
    let wasm = guest::build(project)?;
    println!("one guest, {}: {} bytes\n", wasm.display(), grouped(std::fs::metadata(&wasm)?.len()));
    let mut outcomes = Vec::new();
    for place in places {
        eprintln!("running on {}", place.name());
        let name = place.name();
        outcomes.push(place.run(project, &wasm, server).with_context(|| format!("{name} failed"))?);
    }
    print(&outcomes);
    compare(&outcomes)
}

fn places(engine: Option<&str>) -> Result<Vec<Place>> {
    let here = HERE.into_iter().map(|engine| Place { engine, board: None });
    let boards = BOARDS
        .iter()
        .flat_map(|board| ENGINES.into_iter().map(|engine| Place { engine, board: Some(board) }));
    let places = here.chain(boards).filter(|place| engine.is_none_or(|engine| engine == place.engine));
    let places: Vec<_> = places.collect();
    match engine {
        Some(engine) if places.is_empty() => bail!("no engine `{engine}`: there are {}", HERE.join(", ")),
        _ => Ok(places),
    }
}

impl Place {
    fn name(&self) -> String {
        match self.board {
            Some(board) => format!("{} on {}", self.engine, board.name),
            None => self.engine.to_owned(),
        }
    }

    fn run(self, project: &Project, wasm: &Path, server: Server) -> Result<Outcome> {
        let Some(board) = self.board else {
            let report = run_here(project, self.engine, wasm, server)?;
            return Ok(Outcome { place: self, report, flash: None });
        };
        let image = firmware::build(project, board, self.engine, wasm)?;
        let report = firmware::run(project, board, &image)?;
        let flash = Some(firmware::flash(project, &image)?);
        Ok(Outcome { place: self, report, flash })
    }
}

fn run_here(project: &Project, engine: &str, wasm: &Path, server: Server) -> Result<Report> {
    let sh = &project.shell;
    if let Server::Built = server {
        cmd!(sh, "cargo build --package weather_host").quiet().run()?;
    }
    let host = project.target.join("debug/weather_host");
    let text = cmd!(sh, "{host} --engine {engine} {wasm}").quiet().read()?;
    Report::parse(&text).with_context(|| format!("it printed:\n{text}"))
}

/// What the table shows of each; `archive`, which the guest calls, is compared as well.
const EXPORTS: [&str; 3] = ["summarize", "correct", "echo"];

const HEADER: [&str; 11] = [
    "engine",
    "calls",
    "replies (SHA-256)",
    "summarize",
    "correct",
    "echo",
    "a call in",
    "guest",
    "host",
    "stack",
    "flash",
];

fn print(outcomes: &[Outcome]) {
    let rows: Vec<_> = outcomes.iter().map(Outcome::row).collect();
    println!();
    table::print(&HEADER, &rows);
    println!(
        "\nMemory is in bytes: the guest's linear memory; the host's, which is the peak of the heap on a board, and of the\n\
         whole process, compiler included, here; the stack's peak. Instructions are counted by QEMU.\n"
    );
}

impl Outcome {
    fn row(&self) -> Vec<String> {
        let calls: u64 = self.report.calls.values().map(|calls| calls.count).sum();
        let time = |export| {
            self.report.nanoseconds_per_call(export).map_or("-".into(), |time| grouped(time.round() as u64))
        };
        let unit = if self.place.board.is_some() { "instructions" } else { "ns" };
        let memory = |what| self.report.memory.get(what).map_or("-".into(), |bytes| grouped(*bytes));
        let mut row = vec![self.place.name(), grouped(calls), self.digest()];
        row.extend(EXPORTS.map(time));
        row.push(unit.into());
        let host = if self.place.board.is_some() { "heap" } else { "process" };
        row.extend(["guest", host, "stack"].map(memory));
        row.push(self.flash.map_or("-".into(), grouped));
        row
    }

    /// The beginning of each export's digest; the comparison looks at all of it.
    fn digest(&self) -> String {
        let start = |export: &&str| {
            self.report.calls.get(*export).map_or("-".into(), |calls| calls.digest.chars().take(6).collect())
        };
        EXPORTS.iter().map(start).collect::<Vec<String>>().join(" ")
    }
}

fn compare(outcomes: &[Outcome]) -> Result<()> {
    let Some((first, others)) = outcomes.split_first() else { return Ok(()) };
    for export in EXPORTS {
        ensure!(
            first.report.calls.contains_key(export),
            "{} reported no call of `{export}`",
            first.place.name()
        );
    }
    let differ: Vec<_> = others
        .iter()
        .filter_map(|other| {
            Some(format!("{} in {}", other.place.name(), first.report.difference(&other.report)?))
        })
        .collect();
    if !differ.is_empty() {
        bail!("replies differ from those of {}: {}", first.place.name(), differ.join("; "));
    }
    let bytes: u64 = first.report.calls.values().map(|calls| calls.bytes).sum();
    match outcomes.len() {
        1 => println!("One place, {} bytes of replies: nothing to compare them with.", grouped(bytes)),
        places => {
            println!(
                "All replies are equal byte for byte: {} bytes in each of {places} places.",
                grouped(bytes)
            );
        }
    }
    Ok(())
}

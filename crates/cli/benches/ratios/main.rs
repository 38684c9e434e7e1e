//! What `run` and `serve` cost, as ratios to the same work by hand: `cargo bench --package aingle_wasm_cli --bench ratios`. It prints a
//! table, and fails if a ratio is over its limit. Each side is a process of its own; they take turns, and a ratio is the median of those of
//! the rounds, so that other load on the machine affects both.

mod by_hand;
mod load;
mod module;
mod raw;

#[path = "../../tests/common/components.rs"]
mod components;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Rounds of starts, and of requests.
const STARTS: usize = 31;
const LOADS: usize = 21;
/// How old a file is before it is remembered as verified, and a little more.
const SETTLES: Duration = Duration::from_millis(2_500);
/// How long each side serves in a round.
const LOAD: Duration = Duration::from_millis(300);

/// One comparison.
struct Row {
    what: &'static str,
    ours: String,
    by_hand: String,
    ratio: f64,
    /// What the ratio may be.
    limit: Limit,
}

enum Limit {
    AtMost(f64),
    AtLeast(f64),
    /// It is shown.
    None,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["by-hand", ref rest @ ..] => {
            by_hand::run(rest);
            ExitCode::SUCCESS
        }
        ["measure", folder] => measure(Path::new(folder)),
        _ => {
            let folder = TempDir::new().expect("a folder");
            // It is built where Cargo is, which other users need not reach.
            std::fs::write(folder.path().join("handler.wasm"), components::component("handler_02"))
                .expect("a file");
            as_ordinary_user(folder.path()).unwrap_or_else(|| measure(folder.path()))
        }
    }
}

/// The superuser could write to what is mapped, so that code is copied for him. This program is run again as somebody else then, once: to change
/// the user takes time at each start.
#[cfg(unix)]
fn as_ordinary_user(folder: &Path) -> Option<ExitCode> {
    use std::os::unix::fs::{MetadataExt, chown};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    if std::fs::metadata(folder).expect("a folder").uid() != 0 {
        return None;
    }
    chown(folder, Some(NOBODY), Some(NOBODY)).expect("another owner");
    let mut again = Command::new(std::env::current_exe().expect("this program"));
    let status = again.arg("measure").arg(folder).uid(NOBODY).gid(NOBODY).status().expect("it runs");
    Some(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(not(unix))]
fn as_ordinary_user(_: &Path) -> Option<ExitCode> {
    None
}

fn measure(folder: &Path) -> ExitCode {
    let rows: Vec<Row> = starts(folder).into_iter().chain(loads(folder)).collect();
    println!("| | `aingle-wasm` | by hand | ratio | limit |\n|---|---:|---:|---:|---:|");
    let mut fits = true;
    for Row { what, ours, by_hand, ratio, limit } in &rows {
        let (fit, limit) = match limit {
            Limit::AtMost(limit) => (ratio <= limit, format!("at most {limit}")),
            Limit::AtLeast(limit) => (ratio >= limit, format!("at least {limit}")),
            Limit::None => (true, String::new()),
        };
        fits &= fit;
        println!(
            "| {what} | {ours} | {by_hand} | {ratio:.2} | {limit}{} |",
            if fit { "" } else { ": missed" }
        );
    }
    if fits { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The first start of a program, and a later one.
fn starts(folder: &Path) -> Vec<Row> {
    let at = |name: &str| folder.join(name).to_str().expect("a path").to_owned();
    let wasm = module::program();
    println!("a program of {} bytes, {STARTS} rounds\n", wasm.len());
    std::fs::write(at("program.wasm"), wasm).expect("a file");
    by_hand(&["keep", &at("program.wasm"), &at("code")]);
    let cold = alternate(
        STARTS,
        || time(|| ours(&["run", &at("program.wasm")])),
        || time(|| by_hand(&["compile", &at("program.wasm")])),
    );
    let kept = ["run", &at("program.wasm"), "--cache", &at("cache")];
    ours(&kept);
    // Code is verified when it is loaded first. It is not read again later: what changed it would have left a later time.
    let verified = alternate(STARTS, || time(|| ours(&kept)), || time(|| by_hand(&["load", &at("code")])));
    std::thread::sleep(SETTLES);
    ours(&kept);
    let warm = alternate(STARTS, || time(|| ours(&kept)), || time(|| by_hand(&["load", &at("code")])));
    vec![
        row("first start: compile and run", &cold, milliseconds, Limit::AtMost(1.1)),
        row("next start: load, verify and run", &verified, milliseconds, Limit::None),
        row("later start: load and run", &warm, milliseconds, Limit::AtMost(1.5)),
    ]
}

/// Requests of a second.
fn loads(folder: &Path) -> Vec<Row> {
    let at = |name: &str| folder.join(name).to_str().expect("a path").to_owned();
    std::fs::write(at("guest.wasm"), module::guest()).expect("a file");
    let pair = |ours: &[&str], by_hand: &[&str], method: &str, path: &str, body: &[u8]| {
        let ours = load::Server::new(Command::new(env!("CARGO_BIN_EXE_aingle-wasm")).arg("serve").args(ours));
        let by_hand = load::Server::new(hand(by_hand));
        // The first requests make instances.
        ours.load(LOAD, method, path, body);
        by_hand.load(LOAD, method, path, body);
        alternate(LOADS, || ours.load(LOAD, method, path, body), || by_hand.load(LOAD, method, path, body))
    };
    let any = ["--addr", "127.0.0.1:0"];
    let guest = at("guest.wasm");
    let functions =
        pair(&[&[guest.as_str()], &any[..]].concat(), &["serve", &guest], "POST", "/echo", &[7; 64]);
    let handler = at("handler.wasm");
    let ours = [&[handler.as_str(), "--interface", "wasi:http"], &any[..]].concat();
    let components = pair(&ours, &["serve-component", &handler], "GET", "/hello", b"");
    vec![
        row("functions of a guest: requests a second", &functions, whole, Limit::AtLeast(0.9)),
        row("a component: requests a second", &components, whole, Limit::AtLeast(0.9)),
    ]
}

/// Figures of both sides, round by round.
type Pairs = Vec<(f64, f64)>;

/// Lets both sides take turns, each of them first in every other round.
fn alternate(rounds: usize, mut ours: impl FnMut() -> f64, mut by_hand: impl FnMut() -> f64) -> Pairs {
    (0..rounds)
        .map(|round| {
            if round % 2 == 0 {
                let ours = ours();
                (ours, by_hand())
            } else {
                let by_hand = by_hand();
                (ours(), by_hand)
            }
        })
        .collect()
}

fn row(what: &'static str, pairs: &Pairs, shown: fn(f64) -> String, limit: Limit) -> Row {
    Row {
        what,
        ours: shown(median(pairs.iter().map(|(ours, _)| *ours))),
        by_hand: shown(median(pairs.iter().map(|(_, by_hand)| *by_hand))),
        ratio: median(pairs.iter().map(|(ours, by_hand)| ours / by_hand)),
        limit,
    }
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.1} ms", seconds * 1e3)
}

fn whole(figure: f64) -> String {
    format!("{figure:.0}")
}

fn time(act: impl FnOnce()) -> f64 {
    let began = Instant::now();
    act();
    began.elapsed().as_secs_f64()
}

fn ours(words: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_aingle-wasm")).args(words).status().expect("it runs");
    assert!(status.success(), "{words:?}");
}

fn by_hand(words: &[&str]) {
    assert!(hand(words).status().expect("it runs").success(), "{words:?}");
}

/// This program, which does something by hand.
fn hand(words: &[&str]) -> &'static mut Command {
    let program = std::env::current_exe().expect("this program");
    let command = Box::leak(Box::new(Command::new(program)));
    command.arg("by-hand").args(words)
}

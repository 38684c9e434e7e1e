//! The figures as tables, for the terminal and for the document.

use super::budgets::BudgetResult;
use super::figures::Figures;
use super::participants::Absent;
use super::quantity::quantity;
use super::{firmware, flash, modules, profile, traced};
use crate::table;
use std::collections::BTreeSet;

/// A work's name in the candidates, and in words.
pub type Work = (&'static str, &'static str);
/// A way's name, and in words.
pub type Way = (&'static str, &'static str);

/// The ways to call a guest. The first is what the others are compared with.
pub const WAYS: [Way; 14] = [
    ("aingle", "`call_raw`"),
    ("in-place", "in place"),
    ("checked", "checked"),
    ("checked-server", "checked, server build"),
    ("unmetered", "unmetered"),
    ("portable", "portable guest"),
    ("plain", "plain guest"),
    ("by-hand", "older style"),
    ("wasmer", "Wasmer by hand"),
    ("prototype", "prototype"),
    ("components", "components"),
    ("extism", "Extism"),
    ("holochain", "Holochain"),
    ("wapc", "waPC"),
];

/// What is compared across all ways.
pub const CALLS: [Work; 15] = [
    ("echo-0", "echo, 0 B"),
    ("echo-64", "echo, 64 B"),
    ("echo-1k", "echo, 1 KiB"),
    ("echo-64k", "echo, 64 KiB"),
    ("echo-1m", "echo, 1 MiB"),
    ("echo-16m", "echo, 16 MiB"),
    ("sum-0", "sum, 0 B"),
    ("sum-64", "sum, 64 B"),
    ("sum-1k", "sum, 1 KiB"),
    ("sum-64k", "sum, 64 KiB"),
    ("sum-1m", "sum, 1 MiB"),
    ("sum-16m", "sum, 16 MiB"),
    ("struct", "a small struct, typed"),
    ("readings", "1,000 readings, typed"),
    ("host-call", "guest calls host, 64 B"),
];

/// What is compared with one other way: the work, what it is called, the way, the other way and what that is called.
pub const PAIRS: [(&str, &str, &str, &str, &str); 14] = [
    ("nothing", "Wasmer's call of an empty function", "wasmer", "wasmer", ""),
    ("instance", "a new instance and a call", "aingle", "wasmer", "Wasmer by hand"),
    ("instance", "a pooled one, fresh, and a call", "pool-fresh", "aingle", "a new one"),
    ("instance", "a pooled one, kept, and a call", "pool-kept", "aingle", "a new one"),
    ("compile", "compiling a large module", "aingle", "wasmer", "Wasmer, unmetered"),
    ("load", "loading it from the disk cache", "aingle", "wasmer", "Wasmer's deserialise"),
    ("sha256", "SHA-256 of 1 MiB, metered", "aingle", "unmetered", "unmetered"),
    ("fib", "fib(27), metered", "aingle", "unmetered", "unmetered"),
    ("sieve", "primes up to 65,535, metered", "aingle", "unmetered", "unmetered"),
    ("weather", "weather guest, a day, metered", "aingle", "unmetered", "unmetered"),
    ("text-64k", "echo of 64 KiB of text by LZ4", "lz4", "aingle", "uncompressed"),
    ("threads-2", "echo of 64 B on two threads at once", "aingle", "aingle", ""),
    ("live", "memory of each of 1,000 instances", "aingle", "wasmer", "Wasmer by hand"),
    ("million", "growth of memory over a million calls", "aingle", "aingle", ""),
];

/// Prints everything.
pub fn print(figures: &Figures, results: &[BudgetResult], absent: &[Absent]) {
    let tables = [
        calls(figures),
        pairs(figures),
        modules::rows(figures),
        instructions(figures),
        firmware(figures),
        kernels(figures),
        flash(figures),
        traced(figures),
        budgets(results),
    ];
    tables.iter().for_each(|rows| print_table(rows));
    println!("\nMedians of {} rounds; ratios are medians of the rounds' ratios.", figures.rounds());
    for peer in absent {
        println!("without {}: {}", peer.name, peer.reason);
    }
    for result in results.iter().filter(|result| result.fell_short()) {
        let over = (result.used.unwrap_or_default() - 1.0) * 100.0;
        println!("budget not kept: {} ({}): {over:.0} % over", result.budget.what, result.budget.bound());
    }
}

/// Prints rows, of which the first is the header; nothing where there are no others.
pub fn print_table(rows: &[Vec<String>]) {
    if let Some((header, rows @ [_, ..])) = rows.split_first() {
        let header: Vec<_> = header.iter().map(String::as_str).collect();
        println!();
        table::print(&header, rows);
    }
}

/// Whose the instructions of a call are.
pub fn instructions(figures: &Figures) -> Vec<Vec<String>> {
    let of = |work: &str, owner: &str| figures.median(&format!("{work}/{}{owner}", profile::OF));
    let header =
        ["instructions"].into_iter().chain(profile::OWNERS).chain(["all"]).map(String::from).collect();
    let mut rows = vec![header];
    for (work, words) in profile::WORK {
        let found = profile::OWNERS.map(|owner| of(work, owner));
        let all: f64 = found.iter().flatten().sum();
        if all > 0.0 {
            let cells = found.into_iter().map(|found| Some(found.unwrap_or(0.0))).chain([Some(all)]);
            rows.push([words.to_owned()].into_iter().chain(cells.map(count)).collect());
        }
    }
    rows
}

/// Times of the first way, and how many times as long the others take.
pub fn calls(figures: &Figures) -> Vec<Vec<String>> {
    let ways: Vec<_> = WAYS.iter().filter(|(way, _)| measured(figures, way)).collect();
    let header = ["work"].into_iter().chain(ways.iter().map(|(_, words)| *words)).map(String::from).collect();
    let mut rows = vec![header];
    for (work, words) in CALLS {
        let own = format!("{}/{work}", WAYS[0].0);
        let Some(time) = figures.median(&own) else { continue };
        let others = ways.iter().skip(1).map(|(way, _)| times(figures.ratio(&format!("{way}/{work}"), &own)));
        rows.push([words.to_owned(), quantity(time, "ns")].into_iter().chain(others).collect());
    }
    rows
}

/// The same in times, for all ways.
pub fn times_of_calls(figures: &Figures) -> Vec<Vec<String>> {
    let mut rows = calls(figures);
    let ways: Vec<_> = WAYS.iter().filter(|(way, _)| measured(figures, way)).collect();
    for row in rows.iter_mut().skip(1) {
        let Some((work, _)) = CALLS.iter().find(|(_, words)| *words == row[0]) else { continue };
        for (cell, (way, _)) in row[1..].iter_mut().zip(&ways) {
            let time = figures.median(&format!("{way}/{work}"));
            *cell = time.map_or("-".into(), |time| quantity(time, "ns"));
        }
    }
    rows
}

/// How far rounds and runs of each work are from one another: the default call's ratio to the others, in the middle, at the quarters of
/// the rounds, and of the runs with the least and the most.
pub fn spread(figures: &Figures) -> Vec<Vec<String>> {
    let mut rows = vec![
        [
            "work",
            "to",
            "ratio",
            "a quarter of the rounds below",
            "a quarter above",
            "least of the runs",
            "most",
        ]
        .map(String::from)
        .into(),
    ];
    for (work, words) in CALLS {
        for (way, way_words) in [("wasmer", "Wasmer by hand"), ("components", "components")] {
            let (own, other) = (format!("aingle/{work}"), format!("{way}/{work}"));
            let at = |share| times(figures.ratio_at(&own, &other, share));
            if figures.ratio(&own, &other).is_some() {
                let (least, most) = figures.medians_of_runs(|of| Some(of(&own)? / of(&other)?)).unzip();
                let row = [at(0.5), at(0.25), at(0.75), times(least), times(most)];
                rows.push([words.to_owned(), way_words.to_owned()].into_iter().chain(row).collect());
            }
        }
    }
    rows
}

fn measured(figures: &Figures, way: &str) -> bool {
    CALLS.iter().any(|(work, _)| figures.get(&format!("{way}/{work}")).is_some())
}

/// Each figure beside the one that it is compared with.
pub fn pairs(figures: &Figures) -> Vec<Vec<String>> {
    let mut rows = vec![["what", "figure", "compared with", "its figure", "ratio"].map(String::from).into()];
    for (work, words, way, other, other_words) in PAIRS {
        let (case, other) = (format!("{way}/{work}"), format!("{other}/{work}"));
        let Some(found) = figures.get(&case) else { continue };
        let show =
            |name: &str| figures.median(name).map_or("-".into(), |figure| quantity(figure, &found.unit));
        let compared = match other_words {
            "" => [String::new(), String::new(), String::new()],
            _ => [other_words.to_owned(), show(&other), times(figures.ratio(&case, &other))],
        };
        rows.push([words.to_owned(), show(&case)].into_iter().chain(compared).collect());
    }
    rows
}

/// The firmware's figures; nothing where there are none.
pub fn firmware(figures: &Figures) -> Vec<Vec<String>> {
    let ways: Vec<_> = firmware::ways().collect();
    let header = ["on a Cortex-M3"].iter().chain(&ways).map(ToString::to_string).collect();
    let mut rows = vec![header];
    for (what, words) in firmware::ROWS {
        let found: Vec<_> = ways.iter().map(|way| figures.median(&format!("{way}/{what}"))).collect();
        if found.iter().any(Option::is_some) {
            rows.push([words.to_owned()].into_iter().chain(found.into_iter().map(count)).collect());
        }
    }
    rows
}

/// Computations on a Cortex-M3, compiled with the firmware, in a native image and on wasm3.
pub fn kernels(figures: &Figures) -> Vec<Vec<String>> {
    const COLUMNS: [&str; 7] = [
        "instructions on a Cortex-M3",
        "compiled with the firmware",
        "native image",
        "with limits",
        "to without",
        "wasm3",
        "with limits",
    ];
    let mut rows = vec![COLUMNS.map(String::from).to_vec()];
    for (name, words) in firmware::COMPUTATIONS {
        let of = |way: &str, prefix: &str| {
            figures.median(&format!("{way}/{}{prefix}{name}", firmware::KERNELS_OF))
        };
        let native = of("native", "native-");
        let (image, limited, wasm3) = (of("native", ""), of("native", "limited-"), of("wasm3", ""));
        let ratio = |a: Option<f64>, b: Option<f64>| times(a.zip(b).map(|(a, b)| a / b));
        let with_ratio = |a| format!("{} ({})", count(a), ratio(a, native));
        if native.is_some() {
            rows.push(vec![
                words.to_owned(),
                count(native),
                with_ratio(image),
                count(limited),
                ratio(limited, image),
                with_ratio(wasm3),
                count(of("wasm3", "limited-")),
            ]);
        }
    }
    rows
}

/// What each crate takes of the flash.
pub fn flash(figures: &Figures) -> Vec<Vec<String>> {
    by_crate(figures, "flash by crate, in bytes", flash::OF)
}

/// How many instructions of an echo each crate executes.
pub fn traced(figures: &Figures) -> Vec<Vec<String>> {
    by_crate(figures, "instructions of an echo, by crate", traced::OF)
}

/// The figures that begin so, and end with a crate's name; the greatest first.
fn by_crate(figures: &Figures, title: &str, of: &str) -> Vec<Vec<String>> {
    let ways: Vec<_> = firmware::ways().collect();
    let header = [title].iter().chain(&ways).map(ToString::to_string).collect();
    let owners: BTreeSet<_> = ways.iter().flat_map(|way| figures.names_behind(way, of)).collect();
    let found = |owner: &str| ways.iter().map(|way| figures.median(&format!("{way}/{of}{owner}"))).collect();
    let mut rows: Vec<(&str, Vec<Option<f64>>)> =
        owners.into_iter().map(|owner| (owner, found(owner))).collect();
    let most = |row: &[Option<f64>]| row.iter().flatten().fold(0.0, |most: f64, bytes| most.max(*bytes));
    rows.sort_by(|(_, a), (_, b)| most(b).total_cmp(&most(a)));
    let shown = rows
        .into_iter()
        .map(|(owner, row)| [owner.to_owned()].into_iter().chain(row.into_iter().map(count)).collect());
    [header].into_iter().chain(shown).collect()
}

/// A number that is not measured in a unit of its own.
fn count(figure: Option<f64>) -> String {
    figure.map_or("-".into(), |figure| table::grouped(figure as u64))
}

/// Each budget, and what share of it is used.
pub fn budgets(results: &[BudgetResult]) -> Vec<Vec<String>> {
    let mut rows = vec![["budget", "at most", "used", "", "runs"].map(String::from).into()];
    rows.extend(results.iter().map(|result| {
        let (used, word) = match result.used {
            None => ("-".into(), "not measured"),
            Some(used) => (format!("{:.0} %", used * 100.0), if used > 1.0 { "not kept" } else { "kept" }),
        };
        let runs = result
            .runs
            .map_or("-".into(), |(least, most)| format!("{:.0} to {:.0} %", least * 100.0, most * 100.0));
        vec![result.budget.what.into(), result.budget.bound(), used, word.into(), runs]
    }));
    rows
}

fn times(ratio: Option<f64>) -> String {
    match ratio {
        None => "-".into(),
        Some(ratio) if ratio < 9.95 => format!("{ratio:.2} x"),
        Some(ratio) => format!("{ratio:.0} x"),
    }
}

//! `docs/BENCHMARKS.md` and its pictures, written anew by each whole run.

use super::budgets::BudgetResult;
use super::figures::Figures;
use super::lines::{self, Line};
use super::participants::Absent;
use super::plot::{self, Bar};
use super::quantity::quantity;
use super::show::{self, WAYS};
use super::{firmware, modules};
use crate::project::Project;
use crate::table;
use anyhow::Result;
use std::fmt::Write as _;
use xshell::cmd;

/// The sizes of the picture of calls: a name, and bytes.
const SIZES: [(&str, f64); 5] =
    [("64", 64.0), ("1k", 1024.0), ("64k", 65_536.0), ("1m", 1_048_576.0), ("16m", 16_777_216.0)];

/// The ways of the picture of calls; the first two are this project's own.
const LINES: [&str; 7] = ["aingle", "checked", "wasmer", "components", "extism", "holochain", "wapc"];

/// The bars of the picture of instances and loading: a case, what it is, and whether it is this project's own.
const INSTANCES: [(&str, &str, bool); 7] = [
    ("pool-kept/instance", "pooled, kept", true),
    ("pool-fresh/instance", "pooled, fresh", true),
    ("aingle/instance", "new instance", true),
    ("wasmer/instance", "new, Wasmer alone", false),
    ("wasmer/load", "1.2 MB, Wasmer's file", false),
    ("aingle/load", "1.2 MB, disk cache", true),
    ("aingle/compile", "1.2 MB, compiled", true),
];

/// Writes the document and its pictures.
pub fn write(
    project: &Project,
    figures: &Figures,
    results: &[BudgetResult],
    absent: &[Absent],
) -> Result<()> {
    let folder = project.root.join("docs/benchmarks");
    for (file, picture) in
        [("calls", calls(figures)), ("firmware", firmware(figures)), ("instances", instances(figures))]
    {
        project.shell.write_file(folder.join(file).with_extension("svg"), picture)?;
    }
    let path = project.root.join("docs/BENCHMARKS.md");
    project.shell.write_file(&path, text(project, figures, results, absent)?)?;
    println!("\nwritten: docs/BENCHMARKS.md, docs/benchmarks/*.svg");
    Ok(())
}

/// An echo over sizes, this project's default call and the others'.
fn calls(figures: &Figures) -> String {
    let line = |(at, way): (usize, &&str)| {
        let point =
            |(name, size): &(&str, f64)| Some((*size, figures.median(&format!("{way}/echo-{name}"))?));
        let words = WAYS.iter().find(|(name, _)| name == way).map_or(*way, |(_, words)| words);
        Line { label: words.to_owned(), points: SIZES.iter().filter_map(point).collect(), own: at < 2 }
    };
    let lines: Vec<_> = LINES.iter().enumerate().map(line).filter(|line| !line.points.is_empty()).collect();
    let marks = SIZES.map(|(_, size)| size);
    lines::lines("An echo over the size of its payload, a call", &lines, &marks, size, short)
}

/// An echo of 64 bytes on a Cortex-M3, by engine.
fn firmware(figures: &Figures) -> String {
    let bar = |way: &'static str| {
        let value = figures.median(&format!("{way}/echo"))?;
        Some(Bar { label: way.to_owned(), value, own: !way.starts_with("bare-") })
    };
    let bars = firmware::ways().filter_map(bar).collect();
    let words = |value: f64| table::grouped(value.round() as u64);
    plot::bars("An echo of 64 bytes on a Cortex-M3, instructions (logarithmic)", bars, words)
}

fn instances(figures: &Figures) -> String {
    let bar = |(case, words, own): (&str, &str, bool)| {
        Some(Bar { label: words.to_owned(), value: figures.median(case)?, own })
    };
    let bars = INSTANCES.into_iter().filter_map(bar).collect();
    plot::bars("Instances, each with a call, and loading (logarithmic)", bars, short)
}

fn size(bytes: f64) -> String {
    quantity(bytes, "bytes").replace(".00 ", " ").replace(".0 ", " ")
}

/// A time in words, without zeros that say nothing.
fn short(time: f64) -> String {
    quantity(time, "ns").replace(".00 ", " ").replace(".0 ", " ")
}

fn text(project: &Project, figures: &Figures, results: &[BudgetResult], absent: &[Absent]) -> Result<String> {
    let mut text = String::from(include_str!("document.md"));
    for (mark, value) in [
        ("{machine}", machine(project)?),
        ("{rounds}", figures.rounds().to_string()),
        ("{runs}", figures.rounds().div_ceil(figures.rounds_of_run.max(1)).to_string()),
        ("{absent}", absent.iter().map(|one| without(project, one)).collect()),
        ("{calls}", markdown(&show::calls(figures))),
        ("{times}", markdown(&show::times_of_calls(figures))),
        ("{spread}", markdown(&show::spread(figures))),
        ("{pairs}", markdown(&show::pairs(figures))),
        ("{modules}", markdown(&modules::rows(figures))),
        ("{profile}", markdown(&show::instructions(figures))),
        ("{firmware}", markdown(&show::firmware(figures))),
        ("{kernels}", markdown(&show::kernels(figures))),
        ("{flash}", markdown(&show::flash(figures))),
        ("{traced}", markdown(&show::traced(figures))),
        ("{budgets}", markdown(&show::budgets(results))),
    ] {
        text = text.replace(mark, &value);
    }
    Ok(text)
}

/// Who is missing, and why, without the folders of this machine.
fn without(project: &Project, absent: &Absent) -> String {
    let reason = absent.reason.lines().next().unwrap_or_default();
    let reason = reason.replace(&*project.target.to_string_lossy(), "target");
    format!("Without {}: {}.\n", absent.name, reason.replace(&*project.root.to_string_lossy(), "."))
}

/// What the figures were measured on.
fn machine(project: &Project) -> Result<String> {
    let sh = &project.shell;
    let processor = sh.read_file("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = processor.lines().filter(|line| line.starts_with("processor")).count();
    let system = cmd!(sh, "uname -sr").quiet().read()?;
    let rustc = cmd!(sh, "rustc --version").quiet().read()?;
    let commit = cmd!(sh, "git rev-parse --short HEAD").quiet().read()?;
    let model = model.map_or("an unknown processor", |(_, model)| model);
    Ok(format!("{model}, {cores} cores, {system}, {rustc}, commit {commit}"))
}

/// Rows as a table; the first is the header.
fn markdown(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        let _ = writeln!(text, "| {} |", row.join(" | "));
        if at == 0 {
            let _ = writeln!(text, "|---|{}", "---:|".repeat(row.len() - 1));
        }
    }
    text
}

//! `docs/BENCHMARKS.md` and its pictures, written anew by each whole run.

use super::budgets::BudgetResult;
use super::figures::Figures;
use super::participants::Absent;
use super::plot::{self, Bar};
use super::quantity::quantity;
use super::show::{self, WAYS};
use crate::project::Project;
use anyhow::Result;
use std::fmt::Write as _;
use xshell::cmd;

/// The pictures: file, title, work.
const PLOTS: [(&str, &str, &str); 3] = [
    ("echo-64", "Echo of 64 bytes, a call (logarithmic)", "echo-64"),
    ("echo-1m", "Echo of 1 MiB, a call (logarithmic)", "echo-1m"),
    ("host-call", "A guest calls its host with 64 bytes (logarithmic)", "host-call"),
];

/// Writes the document and its pictures.
pub fn write(
    project: &Project,
    figures: &Figures,
    results: &[BudgetResult],
    absent: &[Absent],
) -> Result<()> {
    let folder = project.root.join("docs/benchmarks");
    for (file, title, work) in PLOTS {
        project.shell.write_file(
            folder.join(file).with_extension("svg"),
            plot::bars(title, bars(figures, work), short),
        )?;
    }
    let path = project.root.join("docs/BENCHMARKS.md");
    project.shell.write_file(&path, text(project, figures, results, absent)?)?;
    println!("\nwritten: docs/BENCHMARKS.md, docs/benchmarks/*.svg");
    Ok(())
}

fn bars(figures: &Figures, work: &str) -> Vec<Bar> {
    let bar = |(at, (way, words)): (usize, &(&str, &str))| {
        let value = figures.median(&format!("{way}/{work}"))?;
        Some(Bar { label: (*words).to_owned(), value, own: at < 5 })
    };
    WAYS.iter().enumerate().filter_map(bar).collect()
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
        ("{absent}", absent.iter().map(|one| without(project, one)).collect()),
        ("{calls}", markdown(&show::calls(figures))),
        ("{times}", markdown(&show::times_of_calls(figures))),
        ("{pairs}", markdown(&show::pairs(figures))),
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

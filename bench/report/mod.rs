//! The benchmarks: the SDK, Wasmer by hand and peers in one run, their rounds interleaved.

mod budgets;
mod candidate;
pub mod counts;
mod document;
mod figures;
mod firmware;
mod flash;
mod guests;
mod lines;
mod modules;
mod participants;
mod plot;
mod profile;
mod quantity;
mod rounds;
mod show;
mod traced;

use crate::project::Project;
use anyhow::{Result, bail};
use candidate::Program;
use clap::Args;
use figures::Figures;
use rounds::Effort;
use std::path::Path;

/// What a run does.
#[derive(Args)]
pub struct Options {
    /// Fail when a budget is not kept, and say by how much. Writes no document.
    #[arg(long)]
    check: bool,
    /// Fewer and shorter rounds: for a first look. Writes no document.
    #[arg(long)]
    quick: bool,
    /// Leave the peers out.
    #[arg(long)]
    no_peers: bool,
    /// Of the peers, only this one; may be given more than once. Writes no document.
    #[arg(long, value_name = "NAME", value_parser = participants::PEERS)]
    peer: Vec<String>,
    /// Only work whose name contains this text. Writes no document.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Only count where the instructions of calls go.
    #[arg(long)]
    profile: bool,
    /// Only build the firmware, run it, and compare it with its budgets.
    #[arg(long)]
    firmware: bool,
    /// Only build the guests, and print their folder.
    #[arg(long)]
    guests: bool,
}

impl Options {
    fn wants(&self, peer: &str) -> bool {
        !self.no_peers && (self.peer.is_empty() || self.peer.iter().any(|name| name == peer))
    }
}

/// Measures, prints, and writes the document or compares with the budgets.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    let guests = guests::build(project)?;
    if options.guests {
        println!("{}", guests.display());
        return Ok(());
    }
    if options.profile {
        let mut figures = Figures::default();
        count(&participants::own_program(project, &guests)?, project, options, &mut figures)?;
        show::print_table(&show::instructions(&figures));
        return Ok(());
    }
    if options.firmware {
        return run_firmware(project, &guests);
    }
    let modules = modules::fetch(project, &guests);
    let (mut participants, mut absent) = participants::enter(project, &guests, |name| options.wants(name))?;
    if let Err(error) = modules {
        absent.push(participants::Absent { name: "modules of packages", reason: format!("{error:#}") });
    }
    let effort = if options.quick { Effort::QUICK } else { Effort::WHOLE };
    let mut figures = rounds::run(&mut participants, effort, options.only.as_deref())?;
    if options.only.is_none()
        && let Err(error) = firmware::measure(project, &guests, |_| true, &mut figures)
    {
        absent.push(participants::Absent { name: "the firmware", reason: format!("{error:#}") });
    }
    if options.only.is_none()
        && let Err(error) = count(&participants[0].program, project, options, &mut figures)
    {
        absent.push(participants::Absent { name: "the profile", reason: format!("{error:#}") });
    }
    let results = budgets::judge(&figures);
    show::print(&figures, &results, &absent);
    if options.check {
        return check(&results);
    }
    let whole = !options.quick && options.only.is_none() && !options.no_peers && options.peer.is_empty();
    if whole { document::write(project, &figures, &results, &absent) } else { Ok(()) }
}

/// Measures the firmware alone.
fn run_firmware(project: &Project, guests: &Path) -> Result<()> {
    let mut figures = Figures::default();
    firmware::measure(project, guests, |_| true, &mut figures)?;
    let measured: Vec<_> =
        budgets::judge(&figures).into_iter().filter(|result| result.used.is_some()).collect();
    let tables = [
        show::firmware(&figures),
        show::kernels(&figures),
        show::flash(&figures),
        show::traced(&figures),
        show::budgets(&measured),
    ];
    tables.iter().for_each(|rows| show::print_table(rows));
    Ok(())
}

/// Counts the instructions of this project's own program.
fn count(program: &Program, project: &Project, options: &Options, figures: &mut Figures) -> Result<()> {
    let wanted = |work: &str| options.only.as_deref().is_none_or(|text| work.contains(text));
    profile::measure(project, program, wanted, |name, found| figures.note(name, "instructions", 0, found))
}

/// Fails when a budget is not kept, or none was measured.
fn check(results: &[budgets::BudgetResult]) -> Result<()> {
    let (all, measured) = (results.len(), results.iter().filter(|result| result.used.is_some()).count());
    let short = results.iter().filter(|result| result.fell_short()).count();
    println!("{measured} of {all} budgets were measured, {} of them are kept", measured - short);
    match (measured, short) {
        (0, _) => bail!("no budget was measured"),
        (_, 0) => Ok(()),
        _ => bail!("{short} budgets are not kept"),
    }
}

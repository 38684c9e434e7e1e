//! `completions` and `man`: what is made from the command line's own description.

use super::done::Done;
use crate::args::{Arguments, CompletionsArgs, ManArgs};
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use clap::CommandFactory;
use std::path::Path;

/// Prints the completions of a shell.
pub(super) fn completions(args: &CompletionsArgs) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "aingle-wasm", &mut script);
    let script = String::from_utf8_lossy(&script).trim_end().to_owned();
    let mut report = Report::new();
    report.add("shell", args.shell.to_string());
    report.add("script", script.clone());
    Done::answered(report, script)
}

/// Writes a manual page for the program, and one for each command.
pub(super) fn man(args: &ManArgs) -> Outcome<Done> {
    let mut command = Arguments::command();
    command.build();
    let mut written = Vec::new();
    page(&args.folder, command.clone(), &mut written)?;
    for subcommand in command.get_subcommands().filter(|command| command.get_name() != "help") {
        page(&args.folder, subcommand.clone(), &mut written)?;
    }
    let mut report = Report::new();
    report.add_list("pages", written.into_iter().map(|page| (page.clone(), page.into())).collect());
    Ok(Done::new(report))
}

fn page(folder: &Path, command: clap::Command, written: &mut Vec<String>) -> Outcome<()> {
    let (page, mut text) = (clap_mangen::Man::new(command), Vec::new());
    let rendered = page.render(&mut text);
    rendered.map_err(|error| Failure::new(Kind::Io, format!("the page cannot be made: {error}")))?;
    let path = folder.join(page.get_filename());
    files::write(&path, &text)?;
    written.push(path.display().to_string());
    Ok(())
}

#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod args;
mod blob;
mod boards;
mod commands;
mod engines;
mod facts;
mod failure;
mod files;
#[cfg(feature = "fleet")]
mod fleet_args;
mod function_names;
mod hex;
#[cfg(any(feature = "serve", feature = "fleet"))]
mod http_args;
mod image_info;
mod key_args;
mod keys;
#[cfg(any(feature = "serve", feature = "fleet"))]
mod limit_args;
mod line;
mod module_info;
#[cfg(feature = "fleet")]
mod nats_args;
mod numbers;
mod older;
mod policy_args;
mod recipe;
mod report;
#[cfg(feature = "run")]
mod run_args;
#[cfg(feature = "serve")]
mod serve_args;
mod uf2;
#[cfg(feature = "wasi")]
mod wasi_args;
mod wasm_info;

pub use failure::{Failure, Kind, Outcome};

use clap::Parser;
use clap::error::ErrorKind;
use std::ffi::OsString;
use std::io::{Write, stderr, stdout};

/// Runs a command line, the name of the program first, and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let words = older::with_command(arguments.into_iter().collect());
    let arguments = match parsed(&words) {
        Ok(arguments) => arguments,
        Err(error) => return unparsed(&error, &words),
    };
    let json = arguments.json;
    let printed = commands::run(arguments).and_then(|done| {
        if let Some(status) = done.status {
            // Standard output is the guest's.
            return if json { files::print(stderr(), &done.report.json()) } else { Ok(()) }.map(|()| status);
        }
        let is_answer = done.answer.is_some();
        let text = match done.answer {
            _ if json => done.report.json(),
            Some(answer) => answer + "\n",
            None => done.report.lines(),
        };
        // What a command writes to standard output is not mixed with what it says.
        let elsewhere = done.output_is_standard && (json || !is_answer);
        if elsewhere { files::print(stderr(), &text) } else { files::print(stdout(), &text) }?;
        Ok(0)
    });
    match printed {
        Ok(status) => status,
        Err(failure) => failed(&failure, json, &words),
    }
}

fn parsed(words: &[OsString]) -> Result<args::Arguments, clap::Error> {
    #[cfg(feature = "run")]
    if words.get(1).is_some_and(|word| word == "run")
        && let Ok(arguments) = args::RunArguments::try_parse_from(words)
    {
        return Ok(arguments.into());
    }
    // Also where that failed: what is said of it is said by the whole command line.
    args::Arguments::try_parse_from(words)
}

/// Prints a failure, and returns its exit code.
fn failed(failure: &Failure, json: bool, words: &[OsString]) -> u8 {
    // With an output on standard output, standard error has only one of the two: the object, which has the message.
    let to_stderr = failure.is_of_guest_output() || names_standard_output(words);
    if json {
        let object = report::failure_json(failure);
        // A failure to print a failure has no place to go.
        let _ = if to_stderr { write!(stderr(), "{object}") } else { write!(stdout(), "{object}") };
    }
    if !(json && to_stderr) {
        let _ = writeln!(stderr(), "error: {}", report::printable(&failure.to_string()));
    }
    failure.kind().code()
}

/// Prints why a command line is none, or the help that it asks for, and returns the exit code.
fn unparsed(error: &clap::Error, words: &[OsString]) -> u8 {
    if let ErrorKind::DisplayHelp | ErrorKind::DisplayVersion = error.kind() {
        let printed = error.print().and_then(|()| stdout().flush());
        return if printed.is_ok() { 0 } else { Kind::Io.code() };
    }
    let json = words.iter().any(|word| word == "--json");
    if !json {
        let _ = error.print();
        return Kind::Usage.code();
    }
    // The names of missing arguments and the possible values are in lines of their own.
    let text = error.to_string();
    let facts = text.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let facts: Vec<&str> = facts.map(str::trim).filter(|line| !line.is_empty()).collect();
    let message = facts.join(" ");
    failed(&Failure::new(Kind::Usage, message.trim_start_matches("error: ")), json, words)
}

/// Returns whether a command line has `-` as an output. It need not be a right one.
fn names_standard_output(words: &[OsString]) -> bool {
    let options = ["-o", "--output", "--public", "--image"];
    let apart =
        |pair: &[OsString]| options.iter().any(|option| pair[0] == *option) && pair[1] == files::STANDARD;
    let joined = ["-o-", "-o=-", "--output=-", "--public=-", "--image=-"];
    words.windows(2).any(apart) || words.iter().any(|word| joined.iter().any(|joined| word == joined))
}

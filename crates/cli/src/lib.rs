#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod args;
mod blob;
mod commands;
mod engines;
mod failure;
mod files;
mod hex;
mod keys;
mod line;
mod module_info;
mod numbers;
mod policy_args;
mod report;
mod uf2;

pub use failure::{Failure, Kind, Outcome};

use clap::Parser;
use clap::error::ErrorKind;
use std::ffi::OsString;
use std::io::Write;

/// Runs a command line, the name of the program first, and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let wants_json = arguments.iter().any(|argument| argument == "--json");
    let arguments = match args::Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return unparsed(&error, wants_json),
    };
    let json = arguments.json;
    match commands::run(arguments) {
        Ok(done) => {
            let text = if json { done.report.json() } else { done.report.lines() };
            // What a command writes to standard output is not mixed with what it says.
            if done.output_is_standard {
                let _ = write!(std::io::stderr(), "{text}");
            } else {
                let _ = write!(std::io::stdout(), "{text}");
            }
            0
        }
        Err(failure) => {
            if json {
                let _ = write!(std::io::stdout(), "{}", report::failure_json(&failure));
            }
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            failure.kind().code()
        }
    }
}

/// Prints why a command line is none, or the help that it asks for, and returns the exit code.
fn unparsed(error: &clap::Error, json: bool) -> u8 {
    let _ = error.print();
    if let ErrorKind::DisplayHelp | ErrorKind::DisplayVersion = error.kind() {
        return 0;
    }
    if json {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let _ = write!(std::io::stdout(), "{}", report::failure_json(&Failure::new(Kind::Usage, message)));
    }
    Kind::Usage.code()
}

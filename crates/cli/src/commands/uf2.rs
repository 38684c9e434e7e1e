//! `uf2`: wraps a file for boards that take UF2 files.

use super::done::Done;
use crate::args::Uf2Args;
use crate::failure::Outcome;
use crate::report::Report;
use crate::{files, uf2};

pub(super) fn run(args: &Uf2Args) -> Outcome<Done> {
    let family = uf2::family(&args.family)?;
    let wrapped = uf2::wrap(&files::read_some(&args.file)?, args.base, family)?;
    files::write(&args.output, &wrapped)?;
    let mut report = Report::new();
    report.add("output", args.output.display().to_string());
    report.add("length", wrapped.len());
    report.add_as("family", format!("{family:#010x}"), family);
    report.add_as("base", format!("{:#010x}", args.base), args.base);
    Ok(Done::written(report, &args.output))
}

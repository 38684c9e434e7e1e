//! `pad`: pads a file to a whole number of erase blocks.

use super::done::Done;
use crate::args::PadArgs;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;

/// Longest erase block, in bytes. Those of flash chips have at most 256 KiB.
const MAX_ERASE_BLOCK: u32 = 16 << 20;

pub(super) fn run(args: &PadArgs) -> Outcome<Done> {
    if args.erase_block == 0 {
        return Err(Failure::new(Kind::Usage, "an erase block has at least one byte"));
    }
    if args.erase_block > MAX_ERASE_BLOCK {
        let found = args.erase_block;
        let message = format!("--erase-block has {found} bytes, the limit is {MAX_ERASE_BLOCK}");
        return Err(Failure::new(Kind::Usage, message));
    }
    let mut bytes = files::read_some(&args.file)?;
    let len = bytes.len();
    bytes.resize(len.next_multiple_of(args.erase_block as usize), 0xff);
    files::write(&args.output, &bytes)?;
    let mut report = Report::new();
    report.add("output", args.output.display().to_string());
    report.add("length", bytes.len());
    report.add("padding", bytes.len() - len);
    Ok(Done::written(report, &args.output))
}

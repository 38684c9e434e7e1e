//! `validate`: what a file needs, and which engines run it. Nothing of it runs.

use super::done::Done;
use crate::args::ValidateArgs;
use crate::blob::Blob;
use crate::boards::BOARDS;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::module_info::{engine_item, engines_of_any};
use crate::report::Report;
use crate::wasm_info::WasmInfo;

pub(super) fn run(args: &ValidateArgs) -> Outcome<Done> {
    let wasm = files::read_some(&args.file)?;
    let in_file = |failure: Failure| failure.in_file(files::name(&args.file));
    if Blob::is_one(&wasm) {
        let message = "a packed module: `inspect` says what is in it, and `verify` whom it is from";
        return Err(in_file(Failure::new(Kind::Input, message)));
    }
    let info = WasmInfo::of(&wasm).map_err(in_file)?;
    let mut report = Report::new();
    report.add("kind", info.what());
    report.add("valid", true);
    info.report_interface(&mut report);
    let engines = engines_of_any(&wasm);
    report.add_list(
        "engines",
        engines.iter().map(|(name, reason)| engine_item(name, reason.as_deref())).collect(),
    );
    report.add_list("boards", BOARDS.iter().map(|board| board.item(&wasm)).collect());
    let wanted = |name: &str| args.engines.is_empty() || args.engines.iter().any(|wanted| wanted == name);
    let asked: Vec<_> = engines.iter().filter(|(name, _)| wanted(name)).collect();
    let refused: Vec<String> =
        asked.iter().filter_map(|(name, reason)| Some(format!("{name}: {}", reason.as_ref()?))).collect();
    // All that are named have to run it; of all that there are, one is enough.
    let bad = if args.engines.is_empty() { refused.len() == asked.len() } else { !refused.is_empty() };
    if bad {
        let message = format!("{}. {}", info.what(), refused.join("; "));
        return Err(in_file(Failure::new(Kind::Refused, message)).with_facts(report.facts()));
    }
    Ok(Done::new(report))
}

//! `meter`: puts fuel and depth into a module, for engines that do not count.

use super::done::Done;
use crate::args::MeterArgs;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use aingle_wasm_metering::{Meter, MeterError, inspect};
use aingle_wasm_module::Foreign;

pub(super) fn run(args: &MeterArgs) -> Outcome<Done> {
    files::check_apart(Some(args.output.as_path()), [args.module.as_path()])?;
    let wasm = files::read_some(&args.module)?;
    if let Some(foreign) = Foreign::of_head(&wasm) {
        let message = format!("not a module: {foreign}: {}", foreign.advice());
        // A component is valid, and is not what limits are put into.
        let kind = if foreign == Foreign::Component { Kind::Refused } else { Kind::Input };
        return Err(Failure::new(kind, message).in_file(files::name(&args.module)));
    }
    if let Some(foreign @ Foreign::Wasi) = Foreign::of(&wasm) {
        let message =
            format!("{foreign}: Wasmtime counts what it runs, `run --fuel`, and sets no limits of a module");
        return Err(Failure::new(Kind::Refused, message).in_file(files::name(&args.module)));
    }
    let meter = Meter::default();
    let meter = if args.no_interrupts { meter } else { meter.interruptible() };
    let limited = meter.instrument(&wasm).map_err(|error| {
        let kind = match error {
            MeterError::Invalid { .. } => Kind::Input,
            _ => Kind::Refused,
        };
        Failure::new(kind, error).in_file(files::name(&args.module))
    })?;
    files::write(&args.output, &limited)?;
    let mut report = Report::new();
    report.add("output", args.output.display().to_string());
    report.add("length", limited.len());
    report.add("length_before", wasm.len());
    if let Some(carried) = inspect(&limited) {
        report.add("rules", carried.rules);
        report.add("fixed_depth", carried.fixed_depth);
        report.add("price_hash", format!("{:016x}", carried.price_hash));
    }
    Ok(Done::written(report, &args.output))
}

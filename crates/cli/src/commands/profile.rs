//! `profile`: where the fuel of a call goes.

use super::done::Done;
use super::run::{Profiled, profiled};
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::function_names::FunctionNames;
use crate::report::{Report, printable};
use crate::run_args::ProfileArgs;
use aingle_wasm_host::Profile;
use aingle_wasm_module::Module;
use serde_json::json;
use std::collections::HashMap;
use std::io::stdout;

pub(super) fn run(args: &ProfileArgs, json: bool) -> Outcome<Done> {
    let outputs = [args.flame.as_deref(), args.folded.as_deref()].into_iter().flatten();
    files::check_apart(outputs, [args.run.module.as_path()])?;
    let Profiled { wasm, profile, outcome } = profiled(&args.run)?;
    let names = FunctionNames::of(Module::parsed(&wasm));
    if let Some(path) = &args.folded {
        files::write(path, (folded(&profile, &names).join("\n") + "\n").as_bytes())?;
    }
    if let Some(path) = &args.flame {
        files::write(path, &flame(&profile, &names)?)?;
    }
    let mut report = Report::new();
    report_functions(&profile, &names, args.top, &mut report);
    match outcome {
        Ok(done) => {
            report.extend(done.report);
            Ok(Done::new(report))
        }
        Err(failure) => {
            // Where the fuel went until then is what the command is for.
            if !json {
                files::print(stdout(), &report.lines())?;
            }
            Err(failure.with_facts(report.facts()))
        }
    }
}

/// What one function used, in all ways in which it was called.
#[derive(Default)]
struct Function {
    calls: u64,
    own: u64,
    /// With the functions that it called. Recursion counts once.
    total: u64,
}

fn report_functions(profile: &Profile, names: &FunctionNames<'_>, top: usize, report: &mut Report) {
    let used: u64 = profile.host_fuel + profile.nodes.iter().map(|node| node.fuel).sum::<u64>();
    let mut all: Vec<(u32, Function)> = functions(profile).into_iter().collect();
    all.sort_by_key(|(index, function)| (u64::MAX - function.own, *index));
    let share = |fuel: u64| 100.0 * fuel as f64 / used.max(1) as f64;
    report.add("fuel", used);
    let items = all.iter().take(top).map(|(index, function)| {
        let Function { calls, own, total } = *function;
        let name = readable(names, *index);
        let line = format!(
            "{own:>14} {:>5.1} %  total {total:>14} {:>5.1} %  {calls:>10} calls  {}",
            share(own),
            share(total),
            printable(&name)
        );
        (
            line,
            json!({ "name": name, "index": index, "calls": calls, "fuel": own, "fuel_with_callees": total }),
        )
    });
    report.add_list("functions", items.collect());
    report.add("fuel_of_the_host", profile.host_fuel);
    report.add("is_cut", profile.is_cut);
}

fn functions(profile: &Profile) -> HashMap<u32, Function> {
    let mut totals: Vec<u64> = profile.nodes.iter().map(|node| node.fuel).collect();
    // Whom a node calls comes behind it.
    for at in (0..profile.nodes.len()).rev() {
        if let Some(caller) = profile.nodes[at].caller {
            totals[caller] += totals[at];
        }
    }
    let mut functions: HashMap<u32, Function> = HashMap::new();
    for (at, node) in profile.nodes.iter().enumerate() {
        let function = functions.entry(node.function).or_default();
        function.calls += node.calls;
        function.own += node.fuel;
        let callers = std::iter::successors(node.caller, |caller| profile.nodes[*caller].caller);
        if !callers.into_iter().any(|caller| profile.nodes[caller].function == node.function) {
            function.total += totals[at];
        }
    }
    functions
}

/// The lines that programs for flame graphs read: callers, separated by semicolons, and the fuel.
fn folded(profile: &Profile, names: &FunctionNames<'_>) -> Vec<String> {
    let frame = |at: usize| readable(names, profile.nodes[at].function).replace([';', '\n', '\r'], ",");
    let lines = profile.nodes.iter().enumerate().filter(|(_, node)| node.fuel > 0).map(|(at, node)| {
        let mut frames: Vec<String> =
            std::iter::successors(Some(at), |at| profile.nodes[*at].caller).map(frame).collect();
        frames.reverse();
        format!("{} {}", frames.join(";"), node.fuel)
    });
    let host = (profile.host_fuel > 0).then(|| format!("(host) {}", profile.host_fuel));
    lines.chain(host).collect()
}

fn flame(profile: &Profile, names: &FunctionNames<'_>) -> Outcome<Vec<u8>> {
    let lines = folded(profile, names);
    if lines.is_empty() {
        return Err(Failure::new(Kind::Input, "the call used no fuel, so there is nothing to draw"));
    }
    let mut options = inferno::flamegraph::Options::default();
    options.title = "Fuel by function".into();
    options.count_name = "fuel".into();
    options.deterministic = true;
    let mut svg = Vec::new();
    inferno::flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .map_err(|error| Failure::new(Kind::Input, format!("the flame graph cannot be drawn: {error}")))?;
    Ok(svg)
}

/// The name of a function, without the hash that compilers of Rust put behind it.
fn readable(names: &FunctionNames<'_>, index: u32) -> String {
    format!("{:#}", rustc_demangle::demangle(&names.name(index)))
}

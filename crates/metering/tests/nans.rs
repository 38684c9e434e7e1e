//! One NaN for all: the pass against the compiler that replaces the result of every operation.
#![allow(missing_docs)]

use aingle_wasm_generator::{self as random, Config};
use aingle_wasm_metering::{Meter, canonical_nans};
use std::borrow::Cow;
use wasmer::sys::{Cranelift, EngineBuilder};
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

const HOST: &str = r#"(module (import "env" "ask" (func (param i32 i32) (result i64)))
    (import "env" "mix" (func (param f64 i64) (result f32))) (import "env" "odd" (func (result f64))))"#;

/// A module on Wasmer, whose imported functions answer with nothing but numbers.
/// None if one of its segments does not fit.
fn instance(wasm: &[u8], every_result: bool) -> Option<(Store, Instance)> {
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
    let instance = Instance::new(&mut store, &module, &imports).ok()?;
    Some((store, instance))
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

/// What a module did.
struct Done {
    /// What each call returned, in bits; nothing for a trap.
    results: Vec<Option<Vec<u128>>>,
    /// The bytes of memories and globals afterwards.
    left: Vec<Vec<u8>>,
    /// How many results were NaNs.
    nans: usize,
}

/// What all exported functions return for odd floats, and what they leave in the memory and in globals.
fn outcome(wasm: &[u8], every_result: bool) -> Option<Done> {
    let (mut store, instance) = instance(wasm, every_result)?;
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
    Some(Done { results, left, nans })
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
            available_imports: Some(wat(HOST)),
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
        let (Some(expected), Some(found)) = (expected, found) else { continue };
        assert_eq!(found.results, expected.results, "seed {seed}");
        assert!(found.left == expected.left, "seed {seed}: what is left differs");
        modules += 1;
        nans += found.nans;
    }
    println!("{modules} modules, {nans} results were NaNs");
    assert!(modules > count / 2 && nans > 0, "{modules} modules, {nans} NaNs");
}

/// Random expressions of floats, in both widths, that compute and move bits.
struct Expressions(u64);

impl Expressions {
    fn below(&mut self, count: usize) -> usize {
        // By Marsaglia's generator of 64 bits.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % count as u64) as usize
    }

    fn one_of(&mut self, words: &[&str]) -> String {
        words[self.below(words.len())].to_owned()
    }

    /// One of a width: `f32` or `f64`, whose integers are `i32` or `i64`.
    fn float(&mut self, [own, int, other]: [&str; 3], depth: usize) -> String {
        let again = |this: &mut Self| this.float([own, int, other], depth.saturating_sub(1));
        if depth == 0 {
            let odd = if own == "f32" { "nan:0x200001" } else { "nan:0x4000000000001" };
            let number = self.one_of(&["inf", "-inf", "0", "-0", "1.5", "-3e30", odd, "-nan"]);
            return match self.below(2) {
                0 => format!("(local.get ${own})"),
                _ => format!("({own}.const {number})"),
            };
        }
        match self.below(10) {
            0..5 => {
                let operation = self.one_of(&["add", "sub", "mul", "div", "min", "max"]);
                format!("({own}.{operation} {} {})", again(self), again(self))
            }
            5 => {
                let operation = self.one_of(&["sqrt", "ceil", "floor", "trunc", "nearest", "neg", "abs"]);
                format!("({own}.{operation} {})", again(self))
            }
            6 => match self.below(3) {
                0 => format!("({own}.copysign {} {})", again(self), again(self)),
                1 => format!("(select {} {} (local.get $i))", again(self), again(self)),
                _ => format!("(local.tee ${own} {})", again(self)),
            },
            7 => format!("({own}.reinterpret_{int} ({int}.reinterpret_{own} {}))", again(self)),
            8 => format!("(block (result {own}) {})", again(self)),
            _ => {
                let from = if other == "f64" { [other, "i64", own] } else { [other, "i32", own] };
                let convert = if own == "f32" { "f32.demote_f64" } else { "f64.promote_f32" };
                format!("({convert} {})", self.float(from, depth - 1))
            }
        }
    }
}

#[test]
fn random_expressions_give_what_they_give_where_every_result_is_replaced() {
    const WIDTHS: [[&str; 3]; 2] = [["f32", "i32", "f64"], ["f64", "i64", "f32"]];
    let mut random = Expressions(0x9e37_79b9_7f4a_7c15);
    let functions: String = (0..2000)
        .map(|number| {
            let expression = random.float(WIDTHS[number % 2], 1 + number % 6);
            let result = WIDTHS[number % 2][0];
            format!(
                r#"(func (export "f{number}") (param $f32 f32) (param $f64 f64) (param $i i32) (result {result}) {expression})"#
            )
        })
        .collect();
    let limited =
        Meter::default().instrument(&wat(&format!("(module {functions})"))).expect("a valid module");
    let pass = canonical_nans(&limited).expect("a valid module");
    let (expected, found) = (outcome(&limited, true), outcome(&pass, false));
    let (expected, found) = (expected.expect("it starts"), found.expect("it starts"));
    assert_eq!(found.results.len(), 4 * 2000);
    for (number, (found, expected)) in found.results.iter().zip(&expected.results).enumerate() {
        assert_eq!(found, expected, "{number}");
    }
    println!("{} of {} results were NaNs", found.nans, found.results.len());
    assert!(found.nans > 1000, "{}", found.nans);
}

//! Functions of components, by their own types.

use aingle_wasm_components::{CallError, Exports, Functions, ReturnedBytes, Unfit};
use aingle_wasm_values::{Limits as Read, Reply};
use aingle_wasm_wasi::{Cancel, Error, ErrorKind, Grants, Limits, Program, RunOptions};
use std::sync::OnceLock;
use std::time::Duration;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Makes a component of a module that is written as text, and of its world.
pub fn component(wit: &str, module: &str) -> Vec<u8> {
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    let package = resolve.push_str("functions.wit", wit).expect("WIT");
    let world = resolve.select_world(&[package], None).expect("a world");
    let mut wasm = wat::parse_str(module).expect("a module");
    embed_component_metadata(&mut wasm, &resolve, world, StringEncoding::UTF8, false).expect("a world");
    ComponentEncoder::default()
        .validate(true)
        .module(&wasm)
        .and_then(|encoder| encoder.encode())
        .unwrap_or_else(|error| panic!("{error:?}"))
}

fn compiled(limits: &Limits) -> Program {
    let wasm = component(include_str!("guests/functions.wit"), include_str!("guests/functions.wat"));
    Program::compile_library(&wasm, limits).unwrap_or_else(|error| panic!("{error}"))
}

fn program() -> &'static Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    PROGRAM.get_or_init(|| compiled(&Limits { fuel: Some(10_000_000), ..Limits::default() }))
}

fn exported(program: &Program) -> Functions {
    Exports::of(program).functions()
}

fn call_bytes(
    program: &Program,
    name: &str,
    args: &[u8],
    options: &RunOptions,
) -> Result<ReturnedBytes, CallError> {
    Exports::of(program).call(program, name, args, &Grants::default(), options)
}

/// Calls a function with JSON, and returns JSON or the error that it returned.
fn call(program: &Program, name: &str, json: &str, options: &RunOptions) -> Result<String, Error> {
    let functions = exported(program).callable;
    let function = functions.iter().find(|function| function.name() == name).expect("the function");
    let arguments = function.encode_arguments(json).unwrap_or_else(|error| panic!("{name}{json}: {error}"));
    let returned = call_bytes(program, name, &arguments, options).map_err(run)?;
    match function.decode_reply(&returned.result, Read::default()).expect("a reply") {
        Reply::Value(json) => Ok(json),
        Reply::Error(json) => Ok(format!("error {json}")),
    }
}

/// Returns the error of a function that can be called.
fn run(error: CallError) -> Error {
    match error {
        CallError::Run(error) => error,
        CallError::Uncallable(refused) => panic!("{refused}"),
    }
}

fn answer(name: &str, json: &str) -> String {
    call(program(), name, json, &RunOptions::default())
        .unwrap_or_else(|error| panic!("{name}{json}: {error}"))
}

fn stopped(name: &str, json: &str, options: &RunOptions) -> Error {
    call(program(), name, json, options).expect_err("it is stopped")
}

#[test]
fn functions_are_listed_with_their_types_and_others_with_the_reason() {
    let functions = exported(program());
    let signatures: Vec<_> = functions.callable.iter().map(ToString::to_string).collect();
    for wanted in [
        "add(left: u8, right: i64) -> i64",
        "divide(left: u32, right: u32) -> Result<u32, str>",
        "later(value: u32) -> u32",
        "nothing() -> ()",
        "test:all/api@0.1.0#look(at: {x: i32, y: f64}, where: enum {north, south}) -> u32",
        "test:all/blobs@0.1.0#[static]blob.count() -> u32",
    ] {
        assert!(signatures.iter().any(|found| found == wanted), "{wanted} in {signatures:#?}");
    }
    assert!(signatures.is_sorted(), "{signatures:#?}");
    let refused: Vec<_> = functions.refused.iter().map(ToString::to_string).collect();
    assert_eq!(
        refused,
        [
            "`test:all/blobs@0.1.0#[constructor]blob` cannot be called: its result has a resource, and a resource is no value",
            "`test:all/blobs@0.1.0#len` cannot be called: its parameter `of` has a resource, and a resource is no value",
            "`test:all/blobs@0.1.0#open` cannot be called: its result has a resource, and a resource is no value",
        ]
    );
    let call = |name: &str| call_bytes(program(), name, &[], &RunOptions::default());
    let error = call("test:all/blobs@0.1.0#len").expect_err("refused");
    assert!(matches!(&error, CallError::Uncallable(refused) if refused.reason == Unfit::Resource), "{error}");
    for name in ["other", "look", "test:all/api#look", "test:all/api@0.1.0", ""] {
        let error = run(call(name).expect_err("there is none"));
        assert!(matches!(error.kind(), ErrorKind::NoFunction { .. }), "{name}: {error}");
    }
    let core = wat::parse_str("(module (func (export \"_start\")))").expect("a module");
    let core = Program::compile(&core, &Limits::default()).expect("a program");
    assert!(exported(&core).callable.is_empty());
}

/// A value of every type.
const EVERYTHING: &str = r#"{"yes":true,"tiny":-128,"small":-300,"middle":-2147483648,"large":-9223372036854775808,"utiny":255,"usmall":65535,"umiddle":4294967295,"ularge":18446744073709551615,"single":0.1,"double":-0.0,"letter":"é","text":"Zürich\n","blob":{"base64":"AQL/"},"numbers":[9007199254740993],"texts":["","a"],"points":[{"x":1,"y":"Infinity"},{"x":-1,"y":5e-324}],"pair":[7,"b"],"side":"south","shape":{"line":[{"x":1,"y":2.5},{"x":3,"y":4.0}]},"shapes":["empty",{"circle":1.5},{"named":"n"}],"maybe":null,"nested":{"Some":null},"outcome":{"Err":"no"},"bare":{"Ok":null},"access":{"read":true,"write-all":false,"run":true},"accesses":[{"read":false,"write-all":true,"run":false}]}"#;

#[test]
fn values_of_every_type_come_back_as_they_were() {
    assert_eq!(answer("test:all/api@0.1.0#same", &format!("[{EVERYTHING}]")), EVERYTHING);
    let other = EVERYTHING
        .replace(r#""maybe":null"#, r#""maybe":7"#)
        .replace(r#"{"Some":null}"#, r#"{"Some":"x"}"#)
        .replace(r#"{"Err":"no"}"#, r#"{"Ok":5}"#)
        .replace(r#"{"Ok":null}"#, r#"{"Err":null}"#)
        .replace(r#""single":0.1"#, r#""single":"NaN""#)
        .replace(r#"{"base64":"AQL/"}"#, r#"{"base64":""}"#);
    assert_eq!(answer("test:all/api@0.1.0#same", &format!(r#"{{"all":{other}}}"#)), other);
    assert_eq!(answer("test:all/api@0.1.0#look", r#"{"where":"south","at":{"y":1,"x":2}}"#), "1");
    assert_eq!(answer("add", "[255, -256]"), "-1");
    assert_eq!(answer("divide", "[7, 2]"), "3");
    assert_eq!(answer("divide", "[7, 0]"), r#"error "by zero""#);
    assert_eq!(answer("nothing", "[]"), "null");
    // Its type is imported, and nothing else of that interface.
    assert_eq!(answer("move-by", r#"[{"x":1,"y":0.5},2]"#), r#"{"x":3,"y":0.5}"#);
    assert_eq!(answer("later", "41"), "42");
    for _ in 0..2 {
        assert_eq!(answer("count", "[]"), "1", "each call has a new instance");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    let functions = exported(program()).callable;
    let refused = |name: &str, json: &str| {
        let function = functions.iter().find(|function| function.name() == name).expect("the function");
        function.encode_arguments(json).expect_err("it does not fit").to_string()
    };
    let look = |json: &str| refused("test:all/api@0.1.0#look", json);
    for (found, wanted) in [
        (
            refused("add", "[256, 0]"),
            "argument 1 `left`: out of range: expected u8, an integer from 0 to 255, found 256",
        ),
        (refused("add", "[1]"), "argument 2 `right` is missing"),
        (look(r#"[{"x":1.5,"y":1},"north"]"#), "argument 1 `at`.x: expected i32, found 1.5"),
        (
            look(r#"[{"x":1,"y":1},"west"]"#),
            "argument 2 `where`: unknown name `west`, expected one of: `north`, `south`",
        ),
    ] {
        assert_eq!(found, wanted);
    }
    let flags = EVERYTHING.replace(r#","run":true}"#, "}");
    let found = refused("test:all/api@0.1.0#same", &format!("[{flags}]"));
    assert_eq!(found, "argument 1 `all`.access.run is missing");
    // Bytes that are no arguments.
    for bytes in [&[][..], &[1], &[1, 1, 1], &[0xff; 40]] {
        let error = call_bytes(program(), "add", bytes, &RunOptions::default());
        let error = run(error.expect_err("refused"));
        assert!(
            matches!(error.kind(), ErrorKind::Arguments { expected, .. } if expected == "add(left: u8, right: i64) -> i64")
        );
    }
}

#[test]
fn limits_stop_a_function() {
    let fuel = RunOptions { fuel: Some(10_000), ..RunOptions::default() };
    let error = stopped("spin", "[]", &fuel);
    assert!(
        matches!(error.kind(), ErrorKind::OutOfFuel { limit: 10_000, .. }) && error.usage().is_some(),
        "{error}"
    );
    let none = RunOptions::default();
    assert!(matches!(stopped("deep", "[]", &none).kind(), ErrorKind::StackExhausted { .. }));
    assert!(matches!(stopped("crash", "[]", &none).kind(), ErrorKind::Trap { .. }));
    assert!(matches!(stopped("outside", "[]", &none).kind(), ErrorKind::Trap { .. }));
    let unlimited = compiled(&Limits { memory: 3 << 16, ..Limits::default() });
    let time = RunOptions { timeout: Some(Duration::from_millis(20)), ..RunOptions::default() };
    let error = call(&unlimited, "spin", "[]", &time).expect_err("it is stopped");
    assert!(matches!(error.kind(), ErrorKind::Timeout { .. }), "{error}");
    assert_eq!(call(&unlimited, "grow", "1", &none).expect("it returns"), "2");
    assert_eq!(call(&unlimited, "grow", "2", &none).expect("it returns"), "-1");
    let cancel = Cancel::new();
    let later = cancel.clone();
    let options = RunOptions { cancel, ..RunOptions::default() };
    let error = std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            later.cancel();
        });
        call(&unlimited, "spin", "[]", &options).expect_err("it is stopped")
    });
    assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error}");
}

/// An item of a list is a record, whose names are copied for each: some hundred times what the guest has.
#[test]
fn what_a_reply_takes_on_the_host_is_bounded() {
    let rows = answer("test:all/wide@0.1.0#rows", "1000");
    assert_eq!(rows.matches("letters-3").count(), 1000);
    // All of them are in its memory, or a little less.
    let large = compiled(&Limits::default());
    let grown = component(
        include_str!("guests/functions.wit"),
        &include_str!("guests/functions.wat").replace("\"memory\") 2", "\"memory\") 30"),
    );
    let grown = Program::compile_library(&grown, &Limits::default()).expect("a program");
    let none = RunOptions::default();
    let error = call(&grown, "test:all/wide@0.1.0#rows", "300000", &none).expect_err("it is too much");
    assert!(error.to_string().contains("too much data"), "{error}");
    let error = call(&large, "test:all/wide@0.1.0#rows", "4294967295", &none).expect_err("it is outside");
    assert!(error.to_string().contains("out of bounds"), "{error}");
}

#[test]
fn types_that_are_too_long_or_too_deep_are_refused() {
    let nested = |levels: usize| {
        let ty = format!("{}u8{}", "option<".repeat(levels), ">".repeat(levels));
        format!("package a:b; world w {{ export f: func() -> {ty}; export g: func() -> u8; }}")
    };
    let module = |result: &str| {
        format!(
            r#"(module (memory (export "memory") 1)
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
                (func (export "f") {result} (unreachable)) (func (export "g") (result i32) (i32.const 1)))"#
        )
    };
    let read = |wit: &str| {
        let wasm = component(wit, &module("(result i32)"));
        exported(&Program::compile_library(&wasm, &Limits::default()).expect("a component"))
    };
    assert_eq!(read(&nested(60)).callable.len(), 2);
    let deep = read(&nested(80));
    assert_eq!(deep.callable.len(), 1);
    assert!(matches!(deep.refused[0].reason, Unfit::TooDeep { limit: 64 }), "{}", deep.refused[0]);
    // Each record has the one before it four times.
    let records: String = (1..9)
        .map(|at| {
            let of = at - 1;
            format!("record r{at} {{ a: r{of}, b: r{of}, c: r{of}, d: r{of} }}\n")
        })
        .collect();
    let wit = format!(
        "package a:b; world w {{ record r0 {{ a: u8 }} {records} export f: func() -> r8; export g: func() -> u8; }}"
    );
    let long = read(&wit);
    assert_eq!(long.callable.len(), 1);
    assert!(matches!(long.refused[0].reason, Unfit::TooLong { limit: 65_535 }), "{}", long.refused[0]);
}

/// A component can export one function under many names, and each is kept.
#[test]
fn names_of_functions_are_bounded_all_together() {
    let exports: String =
        (0..1_000).map(|at| format!(r#"(export "f{at}-{}" (func $f))"#, "a".repeat(2_000))).collect();
    let text = format!(
        r#"(component
            (core module $m (func (export "f")))
            (core instance $c (instantiate $m))
            (func $f (canon lift (core func $c "f")))
            (instance $i {exports})
            (export "a:b/c" (instance $i)))"#
    );
    let wasm = wat::parse_str(text).expect("a component");
    let program = Program::compile_library(&wasm, &Limits::default()).expect("a component");
    let functions = exported(&program);
    let [more] = &functions.refused[..] else { panic!("{:?}", functions.refused.len()) };
    assert!(matches!(more.reason, Unfit::Names { .. }), "{more}");
    assert!((200..300).contains(&functions.callable.len()), "{}", functions.callable.len());
    let left = 1_000 - functions.callable.len();
    assert_eq!(
        more.to_string(),
        format!(
            "{left} more functions cannot be called: the names of all functions are too long (limit 1048560 bytes)"
        )
    );
}

/// A byte of an argument can be a record, into which its names are copied.
#[test]
fn what_arguments_take_on_the_host_is_bounded() {
    let name = format!("a{}", "b".repeat(30_000));
    let wit = format!(
        "package a:b; world w {{ record r {{ {name}: bool }} export f: func(all: list<r>); export g: func() -> list<r>; }}"
    );
    let module = r#"(module (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "f") (param i32 i32)) (func (export "g") (result i32) (unreachable)))"#;
    let program =
        Program::compile_library(&component(&wit, module), &Limits::default()).expect("a component");
    let call = |count: u16| {
        let mut bytes = vec![count as u8 | 0x80, (count >> 7) as u8];
        bytes.extend(vec![0; count.into()]);
        call_bytes(&program, "f", &bytes, &RunOptions::default())
    };
    assert!(call(1_000).is_ok());
    let error = call(10_000).expect_err("it is too much").to_string();
    assert!(error.contains("at most 134217728 bytes"), "{}", &error[error.len() - 100..]);
    // A reply of such items would be too much at once.
    let functions = exported(&program);
    assert!(matches!(functions.refused[0].reason, Unfit::TooHeavy { .. }), "{}", functions.refused[0]);
}

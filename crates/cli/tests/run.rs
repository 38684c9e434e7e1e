//! `run`: every exit code, and what is printed.
#![cfg(feature = "run")]

mod common;

use aingle_wasm_types::description::{Form, schema_hash};
use common::Bench;

/// More functions of the guest, in text.
const MORE: &str = r#"
    (func (export "spin") (param i32 i32) (result i64) (loop (br 0)) (unreachable))
    (func $dive (export "dive") (param i32 i32) (result i64) (call $dive (local.get 0) (local.get 1)))
    (func (export "abort") (param i32 i32) (result i64) (unreachable))
    (func (export "nothing") (param i32 i32) (result i64) (i64.const 0))"#;

/// A record of the section `aingle.abi`: a typed export.
fn record(name: &str, params: &str, args: &str, result: &str) -> Vec<u8> {
    let mut record = vec![1, Form::Typed as u8];
    record.extend(schema_hash(args, result).to_le_bytes());
    let texts = [name, params, args, result];
    texts.iter().for_each(|text| record.extend((text.len() as u16).to_le_bytes()));
    texts.iter().for_each(|text| record.extend(text.as_bytes()));
    [&(record.len() as u32).to_le_bytes()[..], &record].concat()
}

/// The example guest with `MORE`, without descriptions.
fn undescribed() -> Vec<u8> {
    common::guest_with(MORE)
}

/// The same guest, whose `echo` is described with these types.
fn guest(params: &str, args: &str, result: &str) -> Vec<u8> {
    let mut wasm = undescribed();
    let (name, section) = ("aingle.abi", record("echo", params, args, result));
    let len = 1 + name.len() + section.len();
    assert!(len < 128, "a length of one byte");
    wasm.extend([0, len as u8, name.len() as u8]);
    wasm.extend(name.as_bytes());
    wasm.extend(section);
    wasm
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("guest", &guest("id,list", "(u8, [u16])", "(u8, [u16])"));
    bench
}

#[test]
fn w1_arguments_and_results_are_json() {
    let bench = bench();
    let run = bench.run("run guest --invoke echo -- 7 [1,300]");
    assert_eq!((run.code, String::from_utf8(run.stdout).unwrap()), (0, "[7,[1,300]]\n".into()));
    assert_eq!(run.stderr, "");
    let json = bench.succeed(r#"run guest --invoke echo --args {"list":[],"id":0}"#);
    assert_eq!(json["result"].to_string(), "[0,[]]");
    assert!(json["fuel_used"].as_u64().unwrap() > 0 && json["memory"].as_u64().unwrap() >= 65_536);
    for (arguments, said) in [
        ("-- 7", "`list`"),
        ("-- 7 [1] 2", "surplus"),
        ("-- 300 []", "`id`"),
        ("-- 7 [1.0]", "`list`[0]"),
        ("-- 7 roof", "double quotes"),
        ("-- 1,2", "one JSON value"),
        (r#"--args {"id":1,"lists":[]}"#, "lists"),
        ("--args 7", "array"),
        ("--input guest", "bytes"),
    ] {
        let error = bench.fail(&format!("run guest --invoke echo {arguments}"), 9);
        assert!(error.contains(said), "{arguments}: {error}");
    }
}

#[test]
fn w1_a_guests_error_is_its_own() {
    let bench = bench();
    bench.write("fallible", &guest("", "(Result<u8, str>)", "Result<u8, str>"));
    assert_eq!(bench.run(r#"run fallible --invoke echo -- {"Ok":3}"#).stdout, b"3\n");
    let run = bench.run(r#"run fallible --invoke echo --json -- {"Err":"cold"}"#);
    assert_eq!((run.code, run.json()["error"]["value"].as_str()), (1, Some("cold")));
    assert!(run.json()["error"]["fuel_used"].as_u64().is_some(), "what was used is told");
}

#[test]
fn w1_functions_of_bytes_take_files() {
    let bench = bench();
    bench.write("bytes", &undescribed());
    bench.write("in", b"abc");
    assert_eq!(bench.run("run bytes --invoke echo --input in").stdout, b"{\"base64\":\"YWJj\"}\n");
    let json = bench.succeed("run bytes --invoke echo --input in -o out");
    assert_eq!((bench.read("out"), json["length"].as_u64()), (b"abc".to_vec(), Some(3)));
    assert_eq!(bench.run_with("run bytes --invoke echo --input - -o -", b"xyz").stdout, b"xyz");
    bench.fail("run bytes --invoke echo -- 1", 9);
    bench.fail("run bytes --invoke echo -o bytes", 2);
}

#[test]
fn w2_each_limit_has_its_code() {
    let bench = bench();
    for (line, code, fact) in [
        ("run guest --invoke spin --fuel 1000", 11, "used"),
        ("run guest --invoke spin --timeout 50ms", 14, "elapsed_ms"),
        ("run guest --invoke dive", 13, "limit"),
        ("run guest --invoke echo --memory 4K -- 1 []", 12, "needed"),
        ("run guest --invoke abort", 10, "message"),
        ("run guest --invoke nothing", 4, "message"),
    ] {
        let run = bench.run(&line.replacen("run ", "run --json ", 1));
        assert_eq!(run.code, code, "{line}: {}", run.stderr);
        assert!(!run.json()["error"][fact].is_null(), "{line}: {}", run.json());
    }
    assert_eq!(bench.run("run guest --invoke spin --fuel 1000").stdout, b"", "a failure prints no result");
}

/// A guest writes the size that it could not have into its control block, which is at 16 here, at 28.
#[test]
fn w2_a_guest_without_memory_is_told_from_one_that_panicked_on_every_engine() {
    let bench = bench();
    let hoard = r#"(func (export "hoard") (param i32 i32) (result i64)
        (i32.store (i32.const 44) (i32.const 16384)) (unreachable))"#;
    bench.write("hoards", &common::guest_with(hoard));
    for engine in ["server", "wasmi", "spacewasm", "wasm3"] {
        let run = bench.run(&format!("run hoards --invoke hoard --memory 128K --json --engine {engine}"));
        assert_eq!(run.code, 12, "{engine}: {}", run.stderr);
        let error = &run.json()["error"];
        assert_eq!(
            (error["limit"].as_u64(), error["asked"].as_u64()),
            (Some(131_072), Some(16_384)),
            "{engine}"
        );
    }
}

#[test]
fn w7_what_is_wrong_is_told_before_anything_runs() {
    let bench = bench();
    let error = bench.fail("run guest --invoke nope", 2);
    assert!(error.contains("echo, ") && error.contains("spin"), "{error}");
    bench.fail("run guest", 2);
    bench.fail("run guest --invoke echo --fuel lots -- 1 []", 2);
    bench.fail("run guest --invoke echo --fuell 1", 2);
    bench.fail("run guest --invoke echo --timeout 0 -- 1 []", 2);
    bench.fail("run missing --invoke echo", 3);
    bench.write("noise", b"noise");
    bench.fail("run noise --invoke echo", 4);
    let error = bench.fail("run module.wasm --invoke echo", 15);
    assert!(error.contains("`lookup`"), "{error}");
}

#[test]
fn packed_modules_run_and_other_files_are_named() {
    let bench = bench();
    bench.succeed("pack guest -o packed --module-id 1 --entry echo --sequence 7");
    assert_eq!(bench.run("run packed --invoke echo -- 7 [1]").stdout, b"[7,[1]]\n");
    let mut damaged = bench.read("packed");
    *damaged.last_mut().unwrap() ^= 1;
    bench.write("damaged", &damaged);
    bench.fail("run damaged --invoke echo -- 7 [1]", 4);
    bench.succeed("delta guest module.wasm -o delta --module-id 1 --entry echo --sequence 8");
    assert!(bench.fail("run delta --invoke echo", 4).contains("expected a packed module, found delta"));
}

#[test]
fn a_cache_is_used_the_second_time() {
    let bench = bench();
    let hit =
        || bench.run("run guest --json --invoke echo --cache kept -- 1 []").json()["cache_hit"].as_bool();
    assert_eq!((hit(), hit()), (Some(false), Some(true)));
}

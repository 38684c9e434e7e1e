//! `profile`: where the fuel goes.
#![cfg(feature = "run")]

mod common;

use common::Bench;

fn bench() -> Bench {
    let bench = Bench::new();
    let module = r#"(module
        (func $work (param i32) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
        (func $_ZN4core3fmt5write17h0123456789abcdefE (call $work (i32.const 100)))
        (func (export "main") (result i32) (call $_ZN4core3fmt5write17h0123456789abcdefE) (call $work (i32.const 1000)) (i32.const 7))
        (func (export "fail") (call $work (i32.const 10)) (unreachable)))"#;
    bench.write("module", &wat::parse_str(module).unwrap());
    bench
}

#[test]
fn fuel_is_listed_by_function_and_drawn() {
    let bench = bench();
    let json = bench.succeed("profile module --invoke main --flame flame.svg --folded stacks");
    let functions = json["functions"].as_array().unwrap();
    assert_eq!((functions[0]["name"].as_str(), functions[0]["calls"].as_u64()), (Some("work"), Some(2)));
    let sum: u64 = functions.iter().map(|function| function["fuel"].as_u64().unwrap()).sum();
    assert_eq!((Some(sum), json["fuel"].as_u64()), (json["fuel_used"].as_u64(), Some(sum)));
    let main = functions.iter().find(|function| function["name"] == "main").unwrap();
    assert_eq!(main["fuel_with_callees"].as_u64(), Some(sum));
    assert_eq!(json["result"], 7);
    let stacks = String::from_utf8(bench.read("stacks")).unwrap();
    assert!(stacks.contains("main;core::fmt::write;work "), "{stacks}");
    let svg = String::from_utf8(bench.read("flame.svg")).unwrap();
    assert!(svg.starts_with("<?xml") && svg.contains("core::fmt::write") && svg.contains("fuel"), "{svg}");
    // The same picture each time.
    bench.succeed("profile module --invoke main --flame again.svg");
    assert_eq!(bench.read("again.svg"), bench.read("flame.svg"));
    let table = String::from_utf8(bench.run("profile module --invoke main").stdout).unwrap();
    assert!(table.contains("core::fmt::write") && table.contains('%'), "{table}");
}

#[test]
fn a_call_that_is_stopped_has_its_code_and_a_profile_until_then() {
    let bench = bench();
    let run = bench.run("profile module --invoke main --fuel 500 --folded stacks");
    assert_eq!(run.code, 11, "{}", run.stderr);
    assert!(String::from_utf8(run.stdout).unwrap().contains("work"));
    assert!(bench.has("stacks"));
    let run = bench.run("profile module --invoke fail --json");
    assert_eq!((run.code, &run.json()["error"]["functions"][0]["name"]), (10, &"work".into()));
    bench.fail("profile module --invoke main --engine wasm3", 2);
    bench.fail("profile module --invoke main --flame module", 2);
    assert!(bench.fail("profile module --invoke main -- 1", 9).contains("surplus"));
}

//! `compose`: components that are linked.
#![cfg(feature = "compose")]

mod common;

use common::Bench;

/// A component that exports a function made of one that it imports.
const SOCKET: &str = r#"(component
    (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
    (import "log" (func $log (param "code" u32)))
    (core func $lowered (canon lower (func $add)))
    (core module $m (import "" "add" (func $add (param i32 i32) (result i32)))
        (func (export "twice") (param i32) (result i32) (call $add (local.get 0) (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance (export "add" (func $lowered))))))
    (func (export "twice") (param "x" u32) (result u32) (canon lift (core func $i "twice"))))"#;

fn exporting(name: &str, params: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            (core module $m (func (export "f") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
            (core instance $i (instantiate $m))
            (func (export "{name}") {params} (result u32) (canon lift (core func $i "f"))))"#
    );
    wat::parse_str(text).unwrap()
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("socket", &wat::parse_str(SOCKET).unwrap());
    bench.write("adds", &exporting("add", r#"(param "a" u32) (param "b" u32)"#));
    bench.write("signed", &exporting("add", r#"(param "a" s32) (param "b" s32)"#));
    bench.write("other", &exporting("subtract", r#"(param "a" u32) (param "b" u32)"#));
    bench
}

#[test]
fn exports_are_linked_to_imports_and_the_rest_is_told() {
    let bench = bench();
    let facts = bench.succeed("compose socket --plug adds -o out");
    assert_eq!(facts["links"][0], serde_json::json!({ "import": "add", "export": "add", "file": "`adds`" }));
    assert_eq!((&facts["open_imports"][0], &facts["exports"][0]), (&"log".into(), &"twice".into()));
    let out = bench.succeed("inspect out");
    assert_eq!(out["what"], "a WebAssembly component");
    let imports: Vec<_> =
        out["imports"].as_array().unwrap().iter().map(|import| import["name"].clone()).collect();
    assert_eq!(imports, ["log"]);
    bench.succeed("compose socket --plug adds -o again");
    assert_eq!(bench.read("again"), bench.read("out"));
}

/// A command of WASI whose exit status is what a part says.
const COMMAND: &str = r#"(component
    (import "status" (func $status (result u32)))
    (core func $lowered (canon lower (func $status)))
    (core module $m (import "" "status" (func $status (result i32)))
        (func (export "run") (result i32) (call $status)))
    (core instance $i (instantiate $m (with "" (instance (export "status" (func $lowered))))))
    (func $run (result (result)) (canon lift (core func $i "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.2.0" (instance $run)))"#;

#[test]
#[cfg(feature = "wasi")]
fn a_composed_program_runs() {
    let bench = Bench::new();
    bench.write("command", &wat::parse_str(COMMAND).unwrap());
    assert!(bench.fail("run command", 15).contains("`status`"), "one of two is none");
    for status in [0, 1] {
        let part = format!(
            r#"(component
                (core module $m (func (export "f") (result i32) (i32.const {status})))
                (core instance $i (instantiate $m))
                (func (export "status") (result u32) (canon lift (core func $i "f"))))"#
        );
        bench.write("part", &wat::parse_str(part).unwrap());
        bench.succeed("compose command --plug part -o composed");
        assert_eq!(bench.run("run composed").code, status);
    }
}

#[test]
fn what_cannot_be_linked_is_an_error_that_names_it() {
    let bench = bench();
    let error = bench.fail("compose socket --plug other -o out", 4);
    assert!(error.contains("exports `subtract`") && error.contains("imports `add`, `log`"), "{error}");
    // Other types are no silent gap.
    let error = bench.fail("compose socket --plug signed -o out", 4);
    assert!(error.contains("export `add` has other types"), "{error}");
    assert!(bench.fail("compose socket --plug adds --plug adds -o out", 4).contains("add"));
    assert!(bench.fail("compose module.wasm --plug adds -o out", 4).contains("expected a component"));
    bench.fail("compose socket -o out", 2);
    bench.fail("compose socket --plug adds -o adds", 2);
    assert!(!bench.has("out"));
}

//! `inspect` and `validate` of files of every kind, `meter`, and what is generated from the command line.

mod common;

use common::Bench;
use serde_json::Value;

fn bench() -> Bench {
    let bench = Bench::new();
    let plain = r#"(module (memory (export "memory") 2 4) (table 3 funcref)
        (func $add (export "add") (param $left i32) (param $right i64) (result f32 f64) (unreachable))
        (func $begin) (start $begin) (@custom "note" "abc"))"#;
    let wasi = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
        (memory (export "memory") 1) (func (export "_start")))"#;
    for (name, text) in [("plain", plain), ("wasi", wasi), ("component", "(component (core module))")] {
        bench.write(name, &wat::parse_str(text).unwrap());
    }
    bench
}

fn lines(value: &Value, key: &str) -> Vec<String> {
    value.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn w6_inspect_says_what_any_webassembly_file_has() {
    let bench = bench();
    let facts = bench.succeed("inspect plain");
    assert_eq!(facts["what"], "a module without the ABI's exports");
    assert_eq!(lines(&facts["exports"], "signature"), ["", "add(left: i32, right: i64) -> (f32, f64)"]);
    assert_eq!(facts["memory"][0], serde_json::json!({ "bytes": 131_072, "maximum": 262_144 }));
    assert_eq!(facts["start_function"], "begin");
    assert!(lines(&facts["sections"], "name").contains(&"custom `note`".into()), "{facts}");
    assert_eq!(facts["functions"], 2);
    let largest = &facts["largest_functions"][0];
    assert_eq!((largest["name"].as_str(), largest["length"].as_u64()), (Some("add"), Some(3)));
    assert_eq!(bench.succeed("inspect wasi")["what"], "a module for WASI");
    assert_eq!(bench.succeed("inspect component")["what"], "a WebAssembly component");
    let guest = bench.succeed("inspect module.wasm");
    assert_eq!(guest["what"], "a guest of the SDK");
    assert!(guest["largest_functions"].as_array().unwrap().len() > 3 && guest["module_abi"] == 2, "{guest}");
}

#[test]
fn w6_validate_says_which_engines_run_a_module_and_why_not() {
    let bench = bench();
    let facts = bench.succeed("validate plain");
    assert_eq!(facts["engines"][3], serde_json::json!({ "name": "server", "runs": true }));
    // Several results are no part of what devices run.
    let error = bench.fail("validate plain --engine wasm3", 5);
    assert!(error.contains("wasm3: ") && error.contains("at byte"), "{error}");
    bench.succeed("validate module.wasm --engine wasm3 --engine server");
    let boards = bench.succeed("validate module.wasm")["boards"].clone();
    assert_eq!((&boards[0]["name"], &boards[0]["fits"]), (&"lm3s6965evb".into(), &true.into()));
    let boards = bench.succeed("validate plain")["boards"].clone();
    assert_eq!(boards[1]["fits"], false);
    assert!(boards[1]["reason"].as_str().unwrap().contains("at byte"), "{boards}");
    bench.write("threads", &wat::parse_str("(module (memory 1 1 shared))").unwrap());
    let run = bench.run("validate threads --json");
    assert_eq!((run.code, run.json()["error"]["kind"].as_str()), (5, Some("refused")));
    assert_eq!(run.json()["error"]["engines"].as_array().unwrap().len(), 5);
    let runs = if cfg!(feature = "wasi") { 0 } else { 5 };
    for (name, code) in [("wasi", runs), ("component", runs), ("plain", 5)] {
        assert_eq!(bench.run(&format!("validate {name} --engine wasi")).code, code, "{name}");
    }
    // A body that leaves a value behind.
    bench.write("invalid", b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x06\x01\x04\0\x41\0\x0b");
    assert!(bench.fail("validate invalid", 4).contains("not valid at byte"));
    bench.write("text", b"(module)");
    assert!(bench.fail("validate text", 4).contains("WebAssembly text"));
}

#[test]
fn meter_puts_limits_in_once() {
    let bench = bench();
    let facts = bench.succeed("meter plain -o limited");
    assert!(facts["length"].as_u64() > facts["length_before"].as_u64());
    bench.succeed("meter plain -o again");
    assert_eq!(bench.read("limited"), bench.read("again"));
    bench.succeed("meter plain -o shorter --no-interrupts");
    assert!(bench.fail("meter limited -o twice", 5).contains("limits already"));
    assert!(!bench.has("twice"));
    bench.fail("meter plain -o plain", 2);
    bench.fail("meter component -o out", 5);
    bench.succeed("pack module.wasm -o packed --module-id 1 --entry echo --sequence 7 --key key");
    assert!(bench.fail("validate packed", 4).contains("`inspect`"));
}

#[test]
fn completions_and_manual_pages_have_every_command() {
    let bench = bench();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = bench.run(&format!("completions {shell}"));
        let script = String::from_utf8(run.stdout).unwrap();
        assert!(run.code == 0 && run.stderr.is_empty(), "{shell}: {}", run.stderr);
        assert!(script.contains("key-list") && script.contains("high-water"), "{shell}");
    }
    bench.fail("completions tcsh", 2);
    std::fs::create_dir(bench.path("man")).unwrap();
    let pages = bench.succeed("man man");
    assert!(pages["pages"].as_array().unwrap().len() > 12);
    let page = String::from_utf8(bench.read("man/aingle-wasm-pack.1")).unwrap();
    assert!(page.contains("\\-\\-module\\-id") && page.contains(".TH aingle-wasm-pack 1"), "{page}");
    bench.fail("man missing", 3);
}

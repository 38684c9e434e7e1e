//! The older command line, `wrtd`.
#![cfg(all(unix, feature = "wasi"))]

mod common;

use common::Bench;
use std::process::{Command, Output};

/// A bench with `wrtd`, and a program of preview 1 that ends with the number of its arguments.
fn bench() -> Bench {
    let bench = Bench::new();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_aingle-wasm"), bench.path("wrtd")).unwrap();
    let program = r#"(module
        (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_sizes_get" (func $variables (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_start")
            (drop (call $sizes (i32.const 0) (i32.const 4)))
            (drop (call $variables (i32.const 8) (i32.const 12)))
            (call $exit (i32.add
                (i32.add (i32.load (i32.const 0)) (i32.mul (i32.load (i32.const 8)) (i32.const 10)))
                (i32.mul (i32.eqz (call $prestat (i32.const 3) (i32.const 16))) (i32.const 100))))))"#;
    bench.write("program", &wat::parse_str(program).unwrap());
    bench.write(
        "plain",
        &wat::parse_str("(module (memory 2) (func (export \"main\") (result i32) (i32.const 7)))").unwrap(),
    );
    bench
}

fn wrtd(bench: &Bench, line: &str) -> Output {
    let mut command = Command::new(bench.path("wrtd"));
    command.args(line.split(' ')).current_dir(bench.path("")).env("NAME", "value").output().unwrap()
}

#[test]
fn older_options_mean_the_present_ones() {
    let bench = bench();
    for (line, code) in [
        ("program --wasi", 1),
        ("program --function main --wasi --wasi-version preview1", 1),
        ("program --wasi --wasi-arg --flag --wasi-arg b -- c", 4),
        ("program --wasi --wasi-env NAME", 11),
        ("program --wasi --wasi-env NAME --wasi-env B=1 --wasi-fs .", 121),
        ("program --wasi --no-std", 1),
        ("program --component", 4),
        ("program --interface wasi:cli", 1),
        ("program --unknown", 2),
        ("missing", 3),
    ] {
        let output = wrtd(&bench, line);
        assert_eq!(output.status.code(), Some(code), "{line}: {output:?}");
    }
    let said = String::from_utf8(wrtd(&bench, "program --no-std").stderr).unwrap();
    assert_eq!(said, "note: --no-std changes nothing\n");
    let output = wrtd(&bench, "plain --function main");
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(0), &b"7\n"[..]));
}

#[test]
fn w3_the_memory_that_a_module_had_is_said() {
    let bench = bench();
    for (line, said) in [
        ("program --wasi --memory-profile", "memory: 65536 bytes at most, 65536 at the end\n"),
        ("plain --memory-profile", "memory: 131072 bytes at most, 131072 at the end\n"),
    ] {
        assert_eq!(String::from_utf8(wrtd(&bench, line).stderr).unwrap(), said, "{line}");
    }
    let said = String::from_utf8(wrtd(&bench, "missing --memory-profile").stderr).unwrap();
    assert!(said.contains("memory: not available\n"), "{said}");
}

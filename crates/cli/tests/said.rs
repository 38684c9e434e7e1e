//! What the program says, on which stream, and what of it is escaped.

mod common;

use common::Bench;
use serde_json::Value;

const PACK: &str = "pack module.wasm --module-id 1 --entry echo --sequence 7";

#[cfg(target_os = "linux")]
#[test]
fn a_stream_that_takes_nothing_is_a_failure() {
    use std::process::{Command, Stdio};
    let bench = Bench::new();
    bench.succeed(&format!("{PACK} -o out --key key"));
    for line in [
        "inspect out",
        "inspect out --json",
        "verify out --key key.pub",
        "pad out -o -",
        "keygen --from key --public -",
        "--help",
        "--version",
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_aingle-wasm"))
            .args(line.split(' '))
            .current_dir(bench.path(""))
            .stdout(Stdio::from(full))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{line}");
    }
    assert!(bench.fail("pad out -o /dev/full", 3).contains("cannot write"));
}

#[test]
fn with_an_output_on_standard_output_a_failure_is_on_standard_error() {
    let bench = Bench::new();
    for (line, kind) in [
        ("pack missing -o - --module-id 1 --entry echo --sequence 7 --json", "io"),
        ("pad missing --output=- --json", "io"),
        ("pack module.wasm -o - --json", "usage"),
    ] {
        let run = bench.run(line);
        assert!(run.stdout.is_empty(), "{line}");
        let said: Value = serde_json::from_str(&run.stderr).unwrap();
        assert_eq!(said["error"]["kind"], kind, "{line}");
    }
    let run = bench.run("pad missing -o out --json");
    assert_eq!(run.json()["error"]["kind"], "io");
    assert!(run.stderr.starts_with("error: cannot read"));
}

#[test]
fn a_wrong_command_line_is_said_whole_in_json() {
    let bench = Bench::new();
    for (line, words) in [
        ("pack module.wasm --json", &["--output <FILE>", "--module-id <N>", "--entry <NAME>"][..]),
        ("keygen -o out --format rsa --json", &["pem", "der", "openssh", "hex"]),
        ("pck --json", &["pack"]),
    ] {
        let run = bench.run(line);
        let json = run.json();
        let message = json["error"]["message"].as_str().unwrap();
        for word in words {
            assert!(message.contains(word), "{line}: {message}");
        }
        assert!(!message.contains("Usage:") && !message.contains('\n'), "{message}");
    }
}

#[test]
fn control_characters_of_a_packed_module_are_escaped() {
    let bench = Bench::new();
    let entry = "a\u{1b}[2J\r\n\u{202e}é";
    let blob = aingle_wasm_manifest::Builder::module(1, 1, entry).target("\u{7}").build(b"x", None).unwrap();
    bench.write("out", &blob);
    let run = bench.run("inspect out");
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
    assert!(said.contains(r"a\u{1b}[2J\r\n\u{202e}é"), "{said}");
    let error = bench.fail("verify out --allow-unsigned --target b", 5);
    assert!(error.trim_end().chars().all(|c| !c.is_control()), "{error:?}");
}

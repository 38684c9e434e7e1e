//! Help and messages, word by word. `INSTA_UPDATE=always cargo test -p aingle_wasm_cli --test messages` takes the new ones.
#![cfg(all(feature = "run", feature = "wasi", feature = "compose", feature = "fleet"))]

mod common;

use common::Bench;

fn snapshot(name: &str, text: String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("messages");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn help_is_what_it_was() {
    let bench = Bench::new();
    let help = |line: &str| String::from_utf8(bench.run(line).stdout).unwrap();
    let main = help("--help");
    let listed = main.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap();
    let mut commands = Vec::new();
    // A long line goes on below, further in.
    for line in listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        commands.extend(line.split_whitespace().next().map(String::from));
    }
    snapshot("help", main.clone());
    for command in commands.iter().filter(|command| *command != "help") {
        snapshot(&format!("help-{command}"), help(&format!("{command} --help")));
    }
    for command in ["publish", "rollout", "status", "pause", "gateway", "host", "call", "store", "accounts"] {
        snapshot(&format!("help-fleet-{command}"), help(&format!("fleet {command} --help")));
    }
}

#[test]
fn w7_messages_are_what_they_were() {
    let bench = Bench::new();
    let plain = r#"(module (import "js" "now" (func (result f64))) (func (export "f") (param $n i32)))"#;
    bench.write("imports", &wat::parse_str(plain).unwrap());
    let numbers = r#"(module (memory 2) (func (export "add") (param $left i32) (param $right i32) (result i32) (i32.const 0))
        (func (export "spin") (loop $l (br $l))) (func $dive (export "dive") (call $dive))
        (func (export "trap") (unreachable)))"#;
    bench.write("numbers", &wat::parse_str(numbers).unwrap());
    bench.write("noise", b"noise");
    let lines = [
        "",
        "rnu numbers",
        "run",
        "run numbers --fule 5",
        "run numbers --fuel many",
        "run numbers --memory 5TB",
        "run numbers --engine wasmtime",
        "run numbers",
        "run numbers --invoke sub",
        "run numbers --invoke add",
        "run numbers --invoke add -- 1 two",
        "run numbers --invoke add -- 1 1099511627776",
        "run numbers --invoke spin --fuel 1000",
        "run numbers --invoke dive --depth 10",
        "run numbers --invoke trap",
        "run numbers --memory 64K --invoke trap",
        "run imports",
        "run noise",
        "run missing",
        "inspect noise",
        "validate noise",
        "pack module.wasm -o out",
        "build --native z80 -o out",
    ];
    let said = lines.map(|line| {
        let run = bench.run(line);
        format!("$ aingle-wasm {line}\n[{}]\n{}", run.code, run.stderr)
    });
    snapshot("messages", said.join("\n"));
}

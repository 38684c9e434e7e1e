//! The example runs on every engine that it knows, with equal replies.

use std::path::Path;
use std::process::Command;

/// What an engine printed of its calls, without what differs: the engine's name, times, memory.
fn replies(engine: &str, wasm: &Path) -> Vec<String> {
    let run = Command::new(env!("CARGO_BIN_EXE_weather_host")).args(["--engine", engine]).arg(wasm).output();
    let run = run.expect("it runs");
    assert!(run.status.success(), "{engine}: {}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).expect("text");
    let digests = |line: &str| line.split_whitespace().find(|word| word.len() == 64).map(str::to_owned);
    text.lines().filter_map(digests).collect()
}

#[test]
fn all_engines_reply_alike() {
    let wasm = Path::new(env!("CARGO_TARGET_TMPDIR")).join("weather_guest.wasm");
    std::fs::write(&wasm, aingle_wasm_tests::guest("weather_guest")).expect("written");
    let wasmer = replies("wasmer", &wasm);
    assert!(wasmer.len() >= 3, "a digest for each export: {wasmer:?}");
    for engine in ["wasm3", "spacewasm", "wasmi"] {
        assert_eq!(replies(engine, &wasm), wasmer, "{engine}");
    }
}

//! `new`: what it makes builds and runs.

mod common;

use common::Bench;
use std::path::Path;
use std::process::Command;

const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn the_guest_of_a_new_project_builds_and_answers() {
    let bench = Bench::new();
    let facts = bench.succeed(&format!("new my-sensor --sdk {SDK}"));
    assert_eq!(facts["files"].as_array().map(Vec::len), Some(10));
    let build = "build my-sensor --manifest-path my-sensor/Cargo.toml -o sensor.wasm --no-wasm-opt";
    let facts = bench.succeed(build);
    assert_eq!(facts["exports"].as_array().map(Vec::len), Some(1), "{facts}");
    // Not of a megabyte of stack, as linkers make it: a device can have it.
    assert!(facts["memory"].as_u64().is_none_or(|memory| memory <= 64 << 10), "{facts}");
    let boards = bench.succeed("validate sensor.wasm")["boards"].to_string();
    assert!(!boards.contains("its data reaches"), "{boards}");
    if cfg!(feature = "run") {
        assert_eq!(bench.run("run sensor.wasm --invoke mean -- [20,21]").stdout, b"20.5\n");
        let run = bench.run("run sensor.wasm --invoke mean --json -- []");
        assert_eq!((run.code, run.json()["error"]["value"]["expected"].as_u64()), (1, Some(1)));
    }
}

#[test]
fn nothing_is_overwritten_and_names_are_those_of_packages() {
    let bench = Bench::new();
    bench.succeed("new sensor");
    let manifest = String::from_utf8(bench.read("sensor/Cargo.toml")).unwrap();
    assert!(
        manifest.contains(&format!("aingle_wasm_host = {{ version = \"{}\" }}", env!("CARGO_PKG_VERSION")))
    );
    assert!(!manifest.contains('@'), "{manifest}");
    assert!(bench.fail("new sensor", 2).contains("not empty"));
    for name in ["Sensor", "1sensor", "sen.sor", ".."] {
        bench.fail(&format!("new {name}"), 2);
    }
    bench.fail("new other --sdk sensor", 2);
    assert!(!bench.has("other") && !Path::new(&bench.path("Sensor")).exists());
}

/// It compiles the host from nothing, which takes minutes: `cargo test -p aingle_wasm_cli --test new -- --ignored`.
#[test]
#[ignore = "it compiles the host from nothing"]
fn the_whole_new_project_passes_its_test() {
    let bench = Bench::new();
    bench.succeed(&format!("new my-sensor --sdk {SDK}"));
    let tested = Command::new(env!("CARGO"))
        .arg("test")
        .current_dir(bench.path("my-sensor"))
        .env_remove("CARGO_TARGET_DIR")
        .status()
        .unwrap();
    assert!(tested.success());
}

/// No file may be longer than 1,024 bytes, and the host's is.
#[cfg(target_os = "linux")]
#[test]
fn a_project_that_cannot_be_written_leaves_nothing() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("empty")).unwrap();
    for name in ["sensor", "empty"] {
        let script = format!("trap '' XFSZ; ulimit -f 2; exec \"$0\" new {name}");
        let mut command = Command::new("bash");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_aingle-wasm")]).env("POSIXLY_CORRECT", "1");
        let output = command.current_dir(bench.path("")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains("host/src/main.rs"), "{said}");
        let left = std::fs::read_dir(bench.path(name)).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{name}");
        bench.succeed(&format!("new {name}"));
    }
}

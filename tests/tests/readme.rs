//! The README's snippets are whole files of `examples/quickstart`, which are built and run.

use aingle_wasm_tests::guest;
use std::fs;
use std::path::Path;
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn every_snippet_is_a_file_that_is_built() {
    let readme = read("README.md");
    let snippets: Vec<_> =
        readme.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    let files = ["guest/src/lib.rs", "host/src/main.rs", "device/src/lib.rs"];
    assert_eq!(snippets, files.map(|file| read(&format!("examples/quickstart/{file}"))));
}

#[test]
fn the_server_runs_the_guest() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::write(folder.join("drift.wasm"), guest("drift")).expect("written");
    let host = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--manifest-path", &format!("{ROOT}/Cargo.toml"), "--package", "drift_host"])
        .current_dir(folder)
        .output()
        .expect("cargo runs");
    assert!(host.status.success(), "{}", String::from_utf8_lossy(&host.stderr));
    // 21.5 less the means of 20 and 21, and of 20: an `Ok` before a float.
    assert_eq!(String::from_utf8_lossy(&host.stdout), "Ok(1.0)\n[0, 0, 0, 192, 63]\n");
}

#[test]
fn the_device_runs_the_guest() {
    let drift = drift_device::drift_now(guest("drift"), &[20.0, 21.0]);
    assert_eq!(drift.map(Result::ok), Ok(Some(1.0)));
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).expect("a file of the repository")
}

//! The README's snippets are whole files of `examples/quickstart`, which are built and run; the server runs in a test of
//! its own package.

use aingle_wasm_tests::guest;
use std::fs;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn every_snippet_is_a_file_that_is_built() {
    let readme = read("README.md");
    let snippets: Vec<_> =
        readme.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    let files = ["guest/src/lib.rs", "host/src/main.rs", "device/src/lib.rs"];
    assert_eq!(snippets, files.map(|file| read(&format!("examples/quickstart/{file}"))));
}

#[test]
fn the_device_runs_the_guest() {
    let drift = drift_device::drift_now(guest("drift"), &[20.0, 21.0]);
    assert_eq!(drift.map(Result::ok), Ok(Some(1.0)));
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).expect("a file of the repository")
}

//! Packages, built as small guests.

mod common;

use common::Bench;

const MANIFEST: &str = r#"[package]
name = "small"
version = "0.1.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]

[features]
loud = []

[workspace]
"#;

/// A guest of the older ABI, which needs no crate.
const SOURCE: &str = r#"#![no_std]

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

#[unsafe(no_mangle)]
extern "C" fn __hc__allocate_1(_: u32) -> u32 {
    1024
}

#[unsafe(no_mangle)]
extern "C" fn echo(at: u32, len: u32) -> u64 {
    u64::from(at) << 32 | u64::from(len)
}

#[unsafe(no_mangle)]
extern "C" fn copy(at: u32, len: u32) -> u64 {
    let (from, to) = (at as *const u8, (at + 65_536) as *mut u8);
    // SAFETY: whoever calls it has put both there.
    unsafe { core::ptr::copy_nonoverlapping(from, to, len as usize) };
    echo(at, len)
}

#[cfg(feature = "loud")]
#[unsafe(no_mangle)]
extern "C" fn loud(at: u32, len: u32) -> u64 {
    echo(at, len)
}
"#;

fn package(bench: &Bench, manifest: &str, source: &str) {
    std::fs::create_dir_all(bench.path("small/src")).unwrap();
    bench.write("small/Cargo.toml", manifest.as_bytes());
    bench.write("small/src/lib.rs", source.as_bytes());
}

#[test]
fn a_package_becomes_a_small_guest_and_an_image_of_it() {
    let bench = Bench::new();
    package(&bench, MANIFEST, SOURCE);
    let build = "build small --manifest-path small/Cargo.toml";
    let facts = bench.succeed(&format!("{build} -o plain.wasm --no-wasm-opt"));
    assert_eq!(facts["exports"].as_array().map(Vec::len), Some(2), "{facts}");
    assert_eq!(facts["module_limits"], serde_json::Value::Null);
    let named = |line: &str| {
        bench.succeed(&format!("{build} -o named.wasm {line}"));
        let sections = bench.succeed("inspect named.wasm")["sections"].clone();
        sections.as_array().unwrap().iter().any(|section| section["name"] == "custom `name`")
    };
    assert!(named("--names") && named("--names --no-wasm-opt") && !named(""));
    // Copies become one instruction, which devices have not.
    let runs = |line: &str| -> Vec<bool> {
        bench.succeed(&format!("{build} -o server.wasm {line}"));
        let facts = bench.succeed("inspect server.wasm");
        facts["engines"].as_array().unwrap().iter().map(|engine| engine["runs"] == true).collect()
    };
    assert_eq!((runs(""), runs("--server")), (vec![true; 4], vec![false, false, false, true]));
    bench.fail(&format!("{build} -o out.wasm --server --limits"), 2);
    let facts = bench.succeed(&format!(
        "{build} -o guest.wasm --features loud --limits --native thumbv7m --memory 4K --image guest.image"
    ));
    assert_eq!(facts["exports"].as_array().map(Vec::len), Some(3), "{facts}");
    assert!(facts["module_limits"].is_number(), "{facts}");
    assert_eq!(facts["image_memory"], 4096);
    assert_eq!(bench.succeed("native guest.wasm --compare guest.image")["same"], true);
    let first = bench.read("guest.wasm");
    bench.succeed(&format!("{build} -o guest.wasm --features loud --limits"));
    assert_eq!(bench.read("guest.wasm"), first);
}

#[test]
fn what_cannot_be_built_is_said() {
    let bench = Bench::new();
    package(&bench, &MANIFEST.replace("crate-type = [\"cdylib\"]", ""), SOURCE);
    let build = "build small --manifest-path small/Cargo.toml -o out.wasm --no-wasm-opt";
    assert!(bench.fail(build, 4).contains("cdylib"));
    package(&bench, MANIFEST, "fn");
    assert!(bench.fail(build, 4).contains("did not build"));
    package(&bench, MANIFEST, &SOURCE.replace("__hc__allocate_1", "other"));
    let error = bench.fail(build, 5);
    assert!(error.contains("not a guest"), "{error}");
    assert!(
        bench.fail("build other --manifest-path none/Cargo.toml -o out.wasm", 4).contains("none/Cargo.toml")
    );
    bench.fail(&format!("{build} --native thumbv7m"), 2);
    bench.fail(&format!("{build} --native thumbv7m --image out.wasm"), 2);
    assert!(!bench.has("out.wasm"));
}

#[test]
fn only_the_package_that_was_asked_for_is_written() {
    let bench = Bench::new();
    package(&bench, MANIFEST, SOURCE);
    std::fs::create_dir_all(bench.path("user/src")).unwrap();
    bench.write("user/src/lib.rs", b"#![no_std]");
    let cdylib = "crate-type = [\"cdylib\"]";
    bench.write(
        "small/Cargo.toml",
        MANIFEST.replace(cdylib, "crate-type = [\"cdylib\", \"rlib\"]").as_bytes(),
    );
    let user = MANIFEST.replace("name = \"small\"", "name = \"user\"").replace(cdylib, "");
    bench.write(
        "user/Cargo.toml",
        format!("{user}[dependencies]\nsmall = {{ path = \"../small\" }}\n").as_bytes(),
    );
    let build = "build user --manifest-path user/Cargo.toml -o out.wasm --no-wasm-opt";
    assert!(bench.fail(build, 4).contains("cdylib"));
    bench.write("Cargo.toml", b"[workspace]\nmembers = [\"small\"]\nresolver = \"3\"\n");
    bench.write("small/Cargo.toml", MANIFEST.replace("[workspace]\n", "").as_bytes());
    assert!(bench.fail("build -o out.wasm --no-wasm-opt", 2).contains("which package"));
    assert!(!bench.has("out.wasm"));
    bench.succeed("build small -o out.wasm --no-wasm-opt");
}

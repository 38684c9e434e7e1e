//! Records of imports in a library: none is lost where a guest is linked, in whatever way it is built.

use aingle_wasm_types::description::{Form, Kind, Record};
use aingle_wasm_types::names::{DESCRIPTION_SECTION, RESERVED_PREFIX};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmparser::{Parser, Payload, Validator};

/// What a module imports, and what its records say of its imports.
#[derive(Debug, Default, PartialEq)]
struct Found {
    imports: Vec<String>,
    records: BTreeMap<String, String>,
}

fn found(wasm: &[u8]) -> Found {
    let mut found = Found::default();
    for payload in Parser::new(0).parse_all(wasm).map(Result::unwrap) {
        match payload {
            Payload::ImportSection(section) => {
                let names = section.into_imports().map(|import| import.unwrap().name.to_owned());
                found.imports.extend(names.filter(|name| !name.starts_with(RESERVED_PREFIX)));
            }
            Payload::CustomSection(section) if section.name() == DESCRIPTION_SECTION => {
                records(section.data(), &mut found.records);
            }
            _ => {}
        }
    }
    found.imports.sort_unstable();
    found
}

fn records(mut bytes: &[u8], into: &mut BTreeMap<String, String>) {
    while !bytes.is_empty() {
        let (record, rest) = Record::split_first(bytes).unwrap();
        bytes = rest;
        if record.kind == Kind::Import {
            let types = if record.form == Form::Raw { "bytes" } else { record.args };
            into.insert(record.name.into(), types.into());
        }
    }
}

/// The guest of `tests/records`, in a package of its own beside its libraries.
fn build(profile: &str) -> Vec<u8> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/records");
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("records");
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("target");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let dependency = format!("aingle_wasm_guest = {{ path = {:?} }}\n", root.join("guest"));
    const LIBRARIES: [&str; 2] = ["library", "typed"];
    let manifest = |name: &str, source: &str, kind: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             [lib]\npath = {:?}\ncrate-type = [\"{kind}\"]\n[dependencies]\n{dependency}",
            sources.join(source)
        )
    };
    let libraries = LIBRARIES.map(|name| format!("{name} = {{ path = \"{name}\" }}\n")).concat();
    for name in LIBRARIES {
        fs::create_dir_all(package.join(name)).unwrap();
        fs::write(package.join(name).join("Cargo.toml"), manifest(name, &format!("{name}.rs"), "rlib"))
            .unwrap();
    }
    let guest = manifest("records", "guest.rs", "cdylib") + &libraries + "[workspace]\n";
    fs::write(package.join("Cargo.toml"), guest).unwrap();
    // The same versions as everywhere in the workspace, and nothing to ask the registry for.
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--target", "wasm32v1-none", "--profile", profile, "--target-dir"])
        .arg(&target)
        .env_remove("RUSTFLAGS")
        .current_dir(&package)
        .status()
        .unwrap();
    assert!(status.success(), "the guest does not build");
    let folder = if profile == "dev" { "debug" } else { profile };
    fs::read(target.join("wasm32v1-none").join(folder).join("records.wasm")).unwrap()
}

/// Of these thirty, a plain release build lost the inlined and the raw ones.
fn assert_every_import_is_described(profile: &str) {
    let wasm = build(profile);
    Validator::new().validate_all(&wasm).unwrap();
    let mut expected = Found::default();
    for at in 0..10 {
        let integer = format!("(u{})", 8 << (at % 4));
        expected.records.insert(format!("typed_{at}"), integer.clone());
        expected.records.insert(format!("inline_{at}"), integer);
        expected.records.insert(format!("raw_{at}"), "bytes".into());
    }
    expected.imports.extend(expected.records.keys().cloned());
    assert_eq!(found(&wasm), expected, "{profile}");
}

#[test]
fn records_of_imports_in_a_library_survive_a_dev_build() {
    assert_every_import_is_described("dev");
}

#[test]
fn records_of_imports_in_a_library_survive_a_release_build() {
    assert_every_import_is_described("release");
}

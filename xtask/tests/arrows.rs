//! The arrows of `ARCHITECTURE.md`: which crate may depend on which.

use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// The crates of the SDK, each with those that it may depend on, tests excepted.
const ARROWS: [(&str, &[&str]); 22] = [
    ("wasm3_sys", &[]),
    ("types", &[]),
    ("codec", &["types", "guest_macros"]),
    ("module", &["types"]),
    ("guest_macros", &["types"]),
    ("guest", &["types", "codec", "guest_macros"]),
    ("host_core", &["types", "codec", "module"]),
    ("metering", &["types", "module"]),
    ("image", &[]),
    ("values", &["types", "codec"]),
    ("wasi", &[]),
    ("components", &["codec", "values", "wasi"]),
    ("aot", &["types", "module", "metering", "image"]),
    ("manifest", &["types"]),
    ("delta", &[]),
    ("nano", &[]),
    ("update", &["manifest", "delta"]),
    ("fleet", &["types", "codec", "manifest", "update"]),
    (
        "cli",
        &[
            "types",
            "module",
            "host_core",
            "metering",
            "image",
            "aot",
            "manifest",
            "delta",
            "update",
            "host",
            "host_embedded",
            "runtime",
            "values",
            "wasi",
            "components",
            "fleet",
        ],
    ),
    ("runtime", &["types", "module", "host", "values", "wasi", "components"]),
    ("host", &["types", "codec", "module", "host_core", "metering", "guest_macros"]),
    (
        "host_embedded",
        &["types", "codec", "module", "host_core", "guest_macros", "wasm3_sys", "image", "manifest"],
    ),
];

/// Crates of others that only these of ours may depend on.
const OWNED: [(&str, &[&str]); 9] = [
    ("wasmer", &["host"]),
    ("wasmi", &["host_embedded"]),
    ("wasm3x-sys", &["wasm3_sys"]),
    ("spacewasm", &["host_embedded"]),
    ("wasmtime", &["components", "wasi"]),
    ("wasmtime-wasi", &["wasi"]),
    ("async-nats", &["fleet"]),
    ("rumqttc", &["fleet"]),
    ("tokio", &["cli", "fleet", "runtime", "wasi"]),
];

/// The dependencies of each crate of the SDK, tests excepted; ours without their prefix.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&cargo.stdout).expect("JSON");
    let short = |name: &Value| {
        let name = name.as_str().expect("a name");
        name.strip_prefix("aingle_wasm_").unwrap_or(name).to_owned()
    };
    let packages = metadata["packages"].as_array().expect("packages").iter();
    let found = packages.map(|package| {
        let all = package["dependencies"].as_array().expect("dependencies").iter();
        let normal = all.filter(|dependency| dependency["kind"].is_null());
        (short(&package["name"]), normal.map(|dependency| short(&dependency["name"])).collect())
    });
    found.filter(|(name, _)| ARROWS.iter().any(|(known, _)| known == name)).collect()
}

#[test]
fn crates_of_the_sdk_depend_only_on_what_lies_below_them() {
    let dependencies = dependencies();
    let ours: Vec<_> = dependencies.keys().collect();
    for (name, allowed) in ARROWS {
        let found = dependencies.get(name).unwrap_or_else(|| panic!("no crate is called `{name}`"));
        let others: Vec<_> =
            found.iter().filter(|other| ours.contains(other) && !allowed.contains(&other.as_str())).collect();
        assert!(others.is_empty(), "`{name}` must not depend on {others:?}");
    }
}

#[test]
fn every_crate_at_the_root_and_in_crates_has_its_arrows() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let folders = [root.to_owned(), format!("{root}/crates")];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).expect("a folder")).flatten();
    for path in entries.map(|entry| entry.path()).filter(|path| path.join("Cargo.toml").exists()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().replace('-', "_");
        let tool = ["xtask", "bench", "fuzz"].contains(&name.as_str());
        assert!(tool || ARROWS.iter().any(|(known, _)| *known == name), "`{name}` has no arrows here");
    }
}

#[test]
fn every_engine_belongs_to_one_crate() {
    for (name, found) in dependencies() {
        for (dependency, owners) in OWNED {
            assert!(
                owners.contains(&name.as_str()) || !found.iter().any(|found| found == dependency),
                "`{name}` knows {dependency}"
            );
        }
    }
}

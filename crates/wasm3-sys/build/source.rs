//! Where the sources in C are, and whether they are the ones that this crate was written for.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The package that brings them.
const PACKAGE: &str = "wasm3x-sys";
const VERSION: &str = "0.2.1";
/// Their folder in it.
const FOLDER: &str = "wasm3/source";
/// A variable of the environment that names their folder.
const OVERRIDE: &str = "AINGLE_WASM3_SOURCE";

/// Lines of a digest in hexadecimal and a file's name.
const DIGESTS: &str = include_str!("../sources.sha256");

/// Copies every file that is compiled, after comparing it with its digest.
pub fn copy_checked(to: &Path) {
    println!("cargo::rerun-if-env-changed={OVERRIDE}");
    println!("cargo::rerun-if-changed=sources.sha256");
    let from = find();
    fs::create_dir_all(to).expect("OUT_DIR can be written");
    for line in DIGESTS.lines() {
        let (wanted, name) = line.split_once("  ").expect("a digest and a name");
        let path = from.join(name);
        println!("cargo::rerun-if-changed={}", path.display());
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(
            digest == wanted,
            "{} has the SHA-256 {digest}, and {wanted} is wanted, that of {PACKAGE} {VERSION}: let {OVERRIDE} name the \
             folder `{FOLDER}` of that package, or remove the variable and the damaged copy and run `cargo fetch`",
            path.display()
        );
        fs::write(to.join(name), bytes).expect("OUT_DIR can be written");
    }
}

fn find() -> PathBuf {
    if let Some(folder) = env::var_os(OVERRIDE) {
        return PathBuf::from(folder);
    }
    if let Some(found) = search() {
        return found;
    }
    // `cargo build` downloads only what it compiles.
    let fetched = fetch();
    search().unwrap_or_else(|| {
        panic!(
            "the sources of wasm3 are not there ({fetched}): run `cargo fetch`, which downloads the package {PACKAGE} \
             {VERSION}, or let {OVERRIDE} name the folder `{FOLDER}` of that package"
        )
    })
}

/// Looks beside this package, where cargo has unpacked or vendored both, in cargo's home, and in folders `vendor`.
fn search() -> Option<PathBuf> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let registries = cargo_home().map(|home| home.join("registry/src"));
    let registries = registries.and_then(|all| fs::read_dir(all).ok()).into_iter().flatten().flatten();
    let vendored = here.ancestors().chain(out.ancestors()).map(|folder| folder.join("vendor"));
    let folders = here.parent().map(Path::to_owned).into_iter().chain(registries.map(|entry| entry.path()));
    folders.chain(vendored).find_map(|folder| {
        let names = [format!("{PACKAGE}-{VERSION}"), PACKAGE.to_owned()];
        names.map(|name| folder.join(name).join(FOLDER)).into_iter().find(|sources| sources.is_dir())
    })
}

fn cargo_home() -> Option<PathBuf> {
    let home = || env::home_dir().map(|home| home.join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
}

/// Has cargo download the package, as it does all others.
fn fetch() -> String {
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("fetch");
    let manifest = format!(
        "[workspace]\n[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n\
         [target.'cfg(any())'.dependencies]\n{PACKAGE} = \"={VERSION}\"\n"
    );
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let written = fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("Cargo.toml"), manifest))
        .and_then(|()| fs::write(folder.join("lib.rs"), ""));
    match written.and_then(|()| Command::new(cargo).arg("fetch").current_dir(&folder).output()) {
        Ok(output) if output.status.success() => "cargo has fetched them".to_owned(),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    }
}

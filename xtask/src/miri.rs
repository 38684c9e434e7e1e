//! The guest crate's tests in Miri, which sees what Rust's rules forbid: here, memory that the host writes while
//! the guest holds a reference to it.

use crate::project::Project;
use anyhow::{Result, bail};
use xshell::cmd;

/// Addresses have 32 bits, as in WebAssembly.
const TARGET: &str = "i686-unknown-linux-gnu";

/// The two models of what references allow. Neither is decided on.
const MODELS: [(&str, &str); 2] = [("stacked borrows", ""), ("tree borrows", " -Zmiri-tree-borrows")];

/// A host knows addresses, not pointers. Miri would warn at each of them.
const FLAGS: &str = "-Zmiri-permissive-provenance";

/// Runs the tests under each model.
pub fn run(project: &Project) -> Result<()> {
    check(project)?;
    let sh = &project.shell;
    for (name, model) in MODELS {
        println!("== Miri, {name}");
        let _flags = sh.push_env("MIRIFLAGS", format!("{FLAGS}{model}"));
        cmd!(sh, "cargo +nightly miri test --quiet --package aingle_wasm_guest --lib --all-features")
            .args(["--target", TARGET])
            .quiet()
            .run()?;
    }
    Ok(())
}

/// Miri is a part of the nightly toolchain, and builds the standard library from its source.
fn check(project: &Project) -> Result<()> {
    let sh = &project.shell;
    let by_hand = "rustup toolchain install nightly --profile minimal --component miri,rust-src";
    if !project.has_program("rustup") {
        bail!("Miri comes with a nightly toolchain of rustup, and there is no rustup here");
    }
    let listed = cmd!(sh, "rustup component list --installed --toolchain nightly");
    let installed = listed.quiet().ignore_stderr().ignore_status().read()?;
    let has = |name: &str| installed.lines().any(|line| line.starts_with(name));
    let missing: Vec<_> = ["miri", "rust-src"].into_iter().filter(|name| !has(name)).collect();
    match &*missing {
        [] => Ok(()),
        missing => bail!("the nightly toolchain has no {}. Install it: {by_hand}", missing.join(" and no ")),
    }
}

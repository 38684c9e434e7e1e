//! The Rust targets. They are not listed in a `rust-toolchain.toml`, because machines with automatic
//! installation switched off would refuse to build anything at all.

use super::missing::Missing;
use crate::project::Project;
use anyhow::{Context, Result, bail};
use std::path::Path;
use xshell::cmd;

/// Target and what needs it.
const TARGETS: [(&str, &str); 10] = [
    ("wasm32v1-none", "guests"),
    ("wasm32-wasip1", "programs of WASI"),
    ("wasm32-wasip2", "components of WASI"),
    ("thumbv6m-none-eabi", "firmware for Cortex-M0"),
    ("thumbv7m-none-eabi", "firmware for Cortex-M3"),
    ("thumbv7em-none-eabihf", "firmware for Cortex-M4F"),
    ("riscv32imac-unknown-none-elf", "firmware for RISC-V"),
    ("thumbv7em-none-eabi", "native images for Cortex-M4"),
    ("thumbv8m.main-none-eabi", "native images for Cortex-M33"),
    ("riscv32imc-unknown-none-elf", "native images for RISC-V without atomics"),
];

/// What is not there.
pub fn missing(project: &Project) -> Result<Vec<Missing>> {
    missing_of(project, &TARGETS)
}

/// Which of these targets are not there.
pub fn missing_of(project: &Project, targets: &[(&'static str, &'static str)]) -> Result<Vec<Missing>> {
    let sysroot = cmd!(project.shell, "rustc --print sysroot").quiet().read()?;
    let lib = Path::new(&sysroot).join("lib/rustlib");
    let missing = targets.iter().filter(|(name, _)| !lib.join(name).join("lib").is_dir());
    Ok(missing.map(|&(name, why)| Missing { name, why }).collect())
}

pub fn install(project: &Project) -> Result<()> {
    let missing = missing(project)?;
    if missing.is_empty() {
        return Ok(());
    }
    for Missing { name, why } in &missing {
        println!("setup: installing the Rust target {name}: {why}");
    }
    let names: Vec<_> = missing.iter().map(|missing| missing.name).collect();
    let list = names.join(" ");
    if !project.has_program("rustup") {
        bail!("there is no rustup here. Install these targets by hand: {list}");
    }
    let by_hand = || format!("could not add the targets. By hand: rustup target add {list}");
    cmd!(project.shell, "rustup --quiet target add {names...}").quiet().run().with_context(by_hand)
}

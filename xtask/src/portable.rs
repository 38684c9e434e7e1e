//! Row S9: the embedded host builds for every kind of part, with every engine.

use crate::project::Project;
use anyhow::{Result, ensure};
use xshell::cmd;

/// Each kind of part, and the engines that build for it. wasmi wants atomics, which thumbv6m has not.
const TARGETS: [(&str, &[&str]); 4] = [
    ("thumbv6m-none-eabi", &["wasm3", "spacewasm", "native"]),
    ("thumbv7m-none-eabi", &["wasm3", "spacewasm", "wasmi", "native"]),
    ("thumbv7em-none-eabihf", &["wasm3", "spacewasm,defmt", "wasmi", "native,defmt"]),
    (RISCV, &["wasm3", "spacewasm", "wasmi", "native"]),
];

const RISCV: &str = "riscv32imac-unknown-none-elf";

/// How wasm3's C code is compiled for it. The headers are those of Debian's C library for ARM, which leave to the
/// compiler what depends on the processor; a program that links for RISC-V brings a library of its own.
const RISCV_C: [(&str, &str); 2] = [
    ("CC_riscv32imac_unknown_none_elf", "clang"),
    ("CFLAGS_riscv32imac_unknown_none_elf", "-I/usr/include/newlib"),
];

/// Crates that promise to build without std; `types` even without alloc.
const LOWER: [&str; 9] = [
    "aingle_wasm_types",
    "aingle_wasm_codec",
    "aingle_wasm_host_core",
    "aingle_wasm_image",
    "aingle_wasm_manifest",
    "aingle_wasm_delta",
    "aingle_wasm_update",
    "aingle_wasm_fleet",
    "aingle_wasm_nano",
];

/// The packages of `examples/flash-drivers`, and what they are for.
const FLASH_DRIVERS: [(&str, &str); 4] = [
    ("flash_rp", "thumbv6m-none-eabi"),
    ("flash_nrf", "thumbv7em-none-eabihf"),
    ("flash_stm32", "thumbv7m-none-eabi"),
    ("flash_esp", RISCV),
];

/// Builds each engine for each target.
pub fn build_all(project: &Project) -> Result<()> {
    each(project, "build")
}

/// Builds the lower crates and the first engine for each target, and checks the other engines, whose code takes minutes to
/// generate: what a part lacks is an error of the types. The firmware of other steps links them for the Cortex-M3.
pub fn build_first(project: &Project) -> Result<()> {
    each(project, "check")
}

/// Builds the first engine for each target, and does this with the others.
fn each(project: &Project, others: &str) -> Result<()> {
    let sh = &project.shell;
    let target_dir = project.target_for("firmware");
    // The same settings as the firmware's own.
    let config = "examples/firmware/.cargo/config.toml";
    for (target, engines) in TARGETS {
        let options = RISCV_C.iter().filter(|_| target == RISCV);
        let _options: Vec<_> = options.map(|(name, value)| sh.push_env(name, value)).collect();
        let lower = LOWER.iter().flat_map(|name| ["--package", *name]);
        cmd!(sh, "cargo build --quiet --config {config} --target-dir {target_dir} --target {target}")
            .args(["--no-default-features"])
            .args(lower)
            .quiet()
            .run()?;
        for (at, engine) in engines.iter().enumerate() {
            let verb = if at == 0 { "build" } else { others };
            cmd!(sh, "cargo {verb} --quiet --config {config} --target-dir {target_dir} --target {target}")
                .args([
                    "--package",
                    "aingle_wasm_host_embedded",
                    "--no-default-features",
                    "--features",
                    engine,
                ])
                .quiet()
                .run()?;
            println!("{target}: {engine}");
        }
    }
    build_quickstart(project)?;
    check_flash_drivers(project)
}

/// Checks updates over the flash drivers of HALs.
fn check_flash_drivers(project: &Project) -> Result<()> {
    let sh = &project.shell;
    let target_dir = project.target_for("flash-drivers");
    let _dir = sh.push_dir(project.root.join("examples/flash-drivers"));
    for (package, target) in FLASH_DRIVERS {
        cmd!(
            sh,
            "cargo check --quiet --release --target-dir {target_dir} --target {target} --package {package}"
        )
        .quiet()
        .run()?;
        println!("{target}: {package}");
    }
    Ok(())
}

/// Builds the firmware of the README, which must not be warned of anything: a guest that firmware took its types from
/// would be, because a target without dynamic libraries has no crate type `cdylib`.
fn build_quickstart(project: &Project) -> Result<()> {
    let sh = &project.shell;
    let (target_dir, target) = (project.target_for("firmware"), "thumbv7em-none-eabihf");
    let config = "examples/firmware/.cargo/config.toml";
    let built = cmd!(
        sh,
        "cargo build --config {config} --target-dir {target_dir} --target {target} --package drift_device"
    )
    .quiet()
    .read_stderr()?;
    ensure!(!built.contains("warning"), "the firmware of the quick start builds with warnings:\n{built}");
    println!("{target}: quick start");
    Ok(())
}

//! Modules over the air: the firmware of `examples/ota` in QEMU, and a station at the other end of its UART.

use crate::command_line::CommandLine;
use crate::project::Project;
use crate::recipe::LLVM;
use crate::setup;
use anyhow::Result;
use std::path::{Path, PathBuf};
use xshell::cmd;

/// The versions of the module: the name of the file, and the features.
const VERSIONS: [(&str, &str); 5] =
    [("v1", ""), ("v2", "v2"), ("v3", "v3"), ("traps", "traps"), ("hangs", "hangs")];

/// At level "z", hardly anything is inlined. With a little more of it, the firmware is 2 KB smaller.
const FEWER_CALLS: &str = "-Cllvm-args=--inline-threshold=50";

const TARGET: &str = "thumbv7m-none-eabi";

/// Features of the firmware: modules over its UART and as deltas, with native images too, from anywhere and whole, as a fleet's devices get them, or none.
pub const ALL: &str = "serial,delta";
const NATIVE: &str = "serial,delta,native";
pub const WHOLE: &str = "update";
pub const FLEET: &str = "fleet";
pub const WITHOUT: &str = "";

/// Sends the firmware good modules and others, prints what became of each, and fails if that is not as it should be. Then it cuts the
/// power at so many random moments of updates.
pub fn demo(project: &Project, cuts: u32) -> Result<()> {
    setup::check_firmware(project)?;
    let modules = modules(project)?;
    let image = firmware(project, NATIVE, &modules)?;
    let command_line = CommandLine::build(project)?;
    println!("{}", station(project, &image, &modules, cuts, Some(command_line.path()))?.trim_end());
    Ok(())
}

/// Runs the station against a firmware, and returns what it printed. With the command line of the SDK, that sends too, and
/// translates native images for a firmware that takes them.
pub fn station(
    project: &Project,
    image: &Path,
    modules: &Path,
    cuts: u32,
    command_line: Option<&Path>,
) -> Result<String> {
    let sh = &project.shell;
    let program = station_program(project)?;
    let cuts = cuts.to_string();
    Ok(cmd!(sh, "{program} offer {image} {modules} {cuts}").args(command_line).quiet().read()?)
}

/// Has the station make the patch from version 2 to version 3, and returns where it is.
pub fn patch(project: &Project, modules: &Path) -> Result<PathBuf> {
    let program = station_program(project)?;
    let patch = modules.join("v3.patch");
    cmd!(project.shell, "{program} patch {modules} {patch}").quiet().run()?;
    Ok(patch)
}

/// Has the station sign a payload of this length, and returns where the blob is.
pub fn blob(project: &Project, len: u32) -> Result<PathBuf> {
    let program = station_program(project)?;
    let (len, blob) = (len.to_string(), project.target_for("ota").join("payload.smny"));
    cmd!(project.shell, "{program} blob {len} {blob}").quiet().run()?;
    Ok(blob)
}

fn station_program(project: &Project) -> Result<PathBuf> {
    let sh = &project.shell;
    let target_dir = project.target_for("ota");
    let _dir = sh.push_dir(project.root.join("examples/ota"));
    cmd!(sh, "cargo build --quiet --package ota_station --target-dir {target_dir}").quiet().run()?;
    Ok(target_dir.join("debug/ota_station"))
}

/// Builds all versions of the module, and returns their folder.
pub fn modules(project: &Project) -> Result<PathBuf> {
    let sh = &project.shell;
    let target_dir = project.target_for("ota");
    let folder = target_dir.join("modules");
    sh.create_dir(&folder)?;
    let mut flags = project.short_paths();
    flags.extend(LLVM.iter().map(|option| format!("-Cllvm-args={option}")));
    let _rustflags = sh.push_env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    let _dir = sh.push_dir(project.root.join("examples/ota"));
    for (name, features) in VERSIONS {
        cmd!(sh, "cargo build --quiet --package thermostat --target wasm32v1-none --profile guest")
            .args(["--features", features, "--target-dir"])
            .arg(&target_dir)
            .quiet()
            .run()?;
        let built = target_dir.join("wasm32v1-none/guest/thermostat.wasm");
        sh.copy_file(built, folder.join(name).with_extension("wasm"))?;
    }
    Ok(folder)
}

/// Builds the firmware with these features, and returns the image.
pub fn firmware(project: &Project, features: &str, modules: &Path) -> Result<PathBuf> {
    let sh = &project.shell;
    let (module, blob) = (modules.join("v1.wasm"), modules.join("v1.smny"));
    let program = station_program(project)?;
    let announcement = modules.join("v1.announcement");
    cmd!(sh, "{program} sign {module} {blob} {announcement}").quiet().run()?;
    let _announcement = sh.push_env("ANNOUNCEMENT", &announcement);
    let _module = sh.push_env("MODULE", module);
    let _blob = sh.push_env("BLOB", blob);
    let name = match features {
        WITHOUT => "without-updates",
        WHOLE => "whole-modules",
        FLEET => "of-a-fleet",
        NATIVE => "with-native-images",
        _ => "with-updates",
    };
    build(project, "ota_firmware", features, name)
}

/// Builds the firmware that counts what verifying a blob takes, and returns the image.
pub fn verifier(project: &Project, features: &str, blob: &Path) -> Result<PathBuf> {
    let _blob = project.shell.push_env("BLOB", blob);
    build(project, "ota_verify", features, "verifier")
}

fn build(project: &Project, package: &str, features: &str, name: &str) -> Result<PathBuf> {
    let sh = &project.shell;
    let target_dir = project.target_for("ota");
    let mut flags = project.short_paths();
    flags.push(FEWER_CALLS.into());
    let _rustflags = sh.push_env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    let _dir = sh.push_dir(project.root.join("examples/ota"));
    cmd!(sh, "cargo build --quiet --release --package {package} --target {TARGET} --no-default-features")
        .args(["--features", features, "--target-dir"])
        .arg(&target_dir)
        .quiet()
        .run()?;
    let image = target_dir.join(name).with_extension("elf");
    sh.copy_file(target_dir.join(TARGET).join("release").join(package), &image)?;
    Ok(image)
}

//! The smallest node: the failsafe as a native image in firmware with 8 KB of RAM, its flight controller, and what stands between them.

use crate::project::Project;
use crate::{firmware, guest, setup};
use anyhow::Result;
use std::path::PathBuf;
use xshell::cmd;

const TARGET: &str = "thumbv7m-none-eabi";
/// The node's memory in bytes: the stack of `examples/failsafe/guest/build.rs`, and the data.
const MEMORY: &str = "2480";

/// Flies the node in QEMU: its link is cut and attacked, both sides are restarted. Fails if anything is not as it should be.
pub fn demo(project: &Project) -> Result<()> {
    setup::check_firmware(project)?;
    let folder = firmware(project)?;
    let [node, controller] = ["node", "controller"].map(|name| folder.join(name));
    let variables = firmware::variables(project, &node)?.to_string();
    let sh = &project.shell;
    let target_dir = project.target_for("failsafe");
    {
        let _dir = sh.push_dir(project.root.join("examples/failsafe/firmware"));
        cmd!(sh, "cargo build --quiet --package failsafe_station --target-dir {target_dir}").quiet().run()?;
    }
    let station = target_dir.join("debug/failsafe_station");
    Ok(cmd!(sh, "{station} {node} {controller} {variables}").quiet().run()?)
}

/// Builds the module, translates it, and returns the image.
///
/// Limits are not merged in: `run` does not return, so that no budget of a call fits it.
pub fn image(project: &Project) -> Result<PathBuf> {
    let small = project.shell.push_env("CARGO_PROFILE_GUEST_OPT_LEVEL", "z");
    let module = guest::build_package(project, "failsafe_guest")?;
    drop(small);
    let folder = project.target_for("failsafe");
    let image = folder.join("node.image");
    let sh = &project.shell;
    sh.create_dir(&folder)?;
    cmd!(sh, "cargo build --quiet --package aingle_wasm_cli").quiet().run()?;
    let program = project.target.join("debug/aingle-wasm");
    cmd!(sh, "{program} native {module} --target thumbv7m --no-limits --memory {MEMORY} --output {image}")
        .quiet()
        .ignore_stdout()
        .run()?;
    Ok(image)
}

/// Builds the firmware of node and controller, and returns their folder.
fn firmware(project: &Project) -> Result<PathBuf> {
    let sh = &project.shell;
    let _image = sh.push_env("NODE_IMAGE", image(project)?);
    let target_dir = project.target_for("failsafe");
    let _rustflags = sh.push_env("CARGO_ENCODED_RUSTFLAGS", project.short_paths().join("\x1f"));
    let _dir = sh.push_dir(project.root.join("examples/failsafe/firmware"));
    cmd!(sh, "cargo build --quiet --release --package failsafe_firmware --features slow --target {TARGET}")
        .arg("--target-dir")
        .arg(&target_dir)
        .quiet()
        .run()?;
    Ok(target_dir.join(TARGET).join("release"))
}

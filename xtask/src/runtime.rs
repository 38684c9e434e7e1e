//! The JSON runtime beside Extism, and its service beside one without modules: `bench/peers/runtime`.

use crate::project::Project;
use anyhow::Result;
use xshell::cmd;

/// What the guests are built for.
const TARGET: &str = "wasm32-unknown-unknown";

/// Builds both guests and the program that compares, and runs it.
pub fn compare(project: &Project) -> Result<()> {
    let sh = &project.shell;
    let target = project.target_for("peers").join("runtime");
    let _dir = sh.push_dir(project.root.join("bench/peers/runtime"));
    cmd!(sh, "rustup --quiet target add {TARGET}").quiet().ignore_stderr().run()?;
    let build = "--quiet --locked --target-dir".split(' ');
    cmd!(sh, "cargo build")
        .args(build.clone())
        .arg(&target)
        .args(["--profile", "guest", "--target", TARGET, "--package", "sum_guest", "--package", "sum_plugin"])
        .quiet()
        .run()?;
    cmd!(sh, "cargo build")
        .args(build)
        .arg(&target)
        .args(["--release", "--package", "peer_runtime"])
        .quiet()
        .run()?;
    let guests = target.join(TARGET).join("guest");
    let (guest, plugin) = (guests.join("sum_guest.wasm"), guests.join("sum_plugin.wasm"));
    let program = target.join("release/peer_runtime");
    cmd!(sh, "{program} {guest} {plugin}").quiet().run()?;
    Ok(())
}

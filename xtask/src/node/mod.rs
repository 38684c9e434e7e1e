//! The smallest node: the failsafe as a native image in firmware with 8 KB of RAM, its flight controller, and what stands between them.

mod build;
mod figures;
mod translators;

pub use build::{alike, image};
pub use translators::compare;

use crate::project::Project;
use crate::{firmware, setup};
use anyhow::Result;
use std::path::Path;
use xshell::cmd;

/// Prints what the node takes, and flies it in QEMU: its link is cut and attacked, both sides are restarted. Fails if anything is not as it
/// should be.
pub fn demo(project: &Project) -> Result<()> {
    setup::check_firmware(project)?;
    let image = build::image(project)?;
    let folder = {
        let _image = project.shell.push_env("NODE_IMAGE", &image);
        build::firmware(project, "failsafe_firmware", "slow")?
    };
    let [node, controller] = ["node", "controller"].map(|name| folder.join(name));
    figures::print(project, &image, &node)?;
    println!();
    fly(project, &node, &controller)
}

fn fly(project: &Project, node: &Path, controller: &Path) -> Result<()> {
    let sh = &project.shell;
    let variables = firmware::variables(project, node)?.to_string();
    let target_dir = project.target_for(build::FOLDER);
    let dir = sh.push_dir(project.root.join("examples/failsafe/firmware"));
    cmd!(sh, "cargo build --quiet --package failsafe_station --target-dir {target_dir}").quiet().run()?;
    drop(dir);
    let station = target_dir.join("debug/failsafe_station");
    Ok(cmd!(sh, "{station} {node} {controller} {variables}").quiet().run()?)
}

//! What another translator, synth, makes of the node's code: how much of it it takes, and whether that does the same.

use super::build;
use crate::project::Project;
use crate::table;
use crate::{qemu, setup};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version that was looked at.
const VERSION: &str = "0.89.0";
/// The modules. All of the last one has to be taken: it is run.
const MODULES: [&str; 3] = ["failsafe_guest", "failsafe_counts", "failsafe_histories"];
/// What synth is told: an object for a Cortex-M3 that checks each access, and for whose data, globals and table its embedder cares.
const OPTIONS: [&str; 9] = [
    "--target",
    "cortex-m3",
    "--relocatable",
    "--safety-bounds",
    "software",
    "--embedder-data-init",
    "--embedder-global-init",
    "--all-exports",
    "--output",
];
/// Far more than the histories take.
const SECONDS: u64 = 120;

/// What synth said of a module.
struct Answer {
    functions: usize,
    refused: usize,
    /// The object, if there is one.
    object: Option<PathBuf>,
}

/// Compiles the modules with synth, runs what it makes of the histories and of the mixer, and fails if that differs.
pub fn compare(project: &Project, synth: &Path) -> Result<()> {
    setup::check_firmware(project)?;
    let mut rows = Vec::new();
    let mut last = None;
    for package in MODULES {
        let module = build::module(project, package)?;
        let answer = compile(project, synth, package, &module)?;
        let taken = answer.functions - answer.refused;
        let object = if answer.object.is_some() { "an object" } else { "no object" };
        rows.push(vec![package.into(), answer.functions.to_string(), taken.to_string(), object.into()]);
        last = answer.object.map(|object| (module, object));
    }
    table::print(&["module", "functions", "taken", "made"], &rows);
    let Some((module, object)) = last else {
        bail!("synth refuses the module of the histories; {VERSION} took all of it")
    };
    let sh = &project.shell;
    let _variables = [sh.push_env("SYNTH_OBJECT", object), sh.push_env("SYNTH_MODULE", module)];
    let folder = build::firmware(project, "failsafe_translators", "")?;
    let text = qemu::run(project, super::figures::BOARD, &folder.join("failsafe_translators"), SECONDS)?;
    println!("\n{}", text.trim_end());
    Ok(())
}

fn compile(project: &Project, synth: &Path, package: &str, module: &Path) -> Result<Answer> {
    let object = project.target_for(build::FOLDER).join(package).with_extension("o");
    project.shell.remove_path(&object)?;
    let output = Command::new(synth).arg("compile").args(OPTIONS).arg(&object).arg(module).output();
    let output = output.with_context(|| {
        format!("no `{}`: `cargo install synth-cli --version {VERSION}` makes it", synth.display())
    })?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let lines = |part: &str| text.lines().filter(|line| line.contains(part)).count();
    let (functions, refused) = (lines("Compiling function "), lines("skipping function "));
    if functions == 0 {
        bail!("synth said of {package}:\n{text}");
    }
    let made = output.status.success() && object.exists();
    Ok(Answer { functions, refused, object: made.then_some(object) })
}

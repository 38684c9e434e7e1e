//! Guests, each built once: the same bytes run on every engine.

use crate::project::Project;
use anyhow::{Context, Result};
use std::env;
use std::path::PathBuf;
use xshell::cmd;

const TARGET: &str = "wasm32v1-none";

/// Code as small as it gets: only what is hardly more than a call is inlined, and no loop is unrolled.
const SMALL: [&str; 3] = [
    "-Cllvm-args=--inline-threshold=25",
    "-Cllvm-args=--unroll-threshold=0",
    "-Cllvm-args=--unroll-runtime=false",
];

/// The package of the example guest.
pub const EXAMPLE: &str = "weather_guest";

/// Builds the example guest and returns where it is.
pub fn build(project: &Project) -> Result<PathBuf> {
    build_package(project, EXAMPLE)
}

/// Builds the guest of a package and returns where it is.
pub fn build_package(project: &Project, package: &str) -> Result<PathBuf> {
    let sh = &project.shell;
    let target = project.target_for("wasm");
    let flags = [SMALL.map(str::to_owned).to_vec(), remap(project)].concat();
    let _rustflags = sh.push_env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    cmd!(sh, "cargo build --quiet --package {package} --lib --target {TARGET} --profile guest")
        .arg("--target-dir")
        .arg(&target)
        .run()?;
    let built = target.join(TARGET).join("guest").join(package).with_extension("wasm");
    let wanted = project.target.join("guest").join(package).with_extension("wasm");
    sh.create_dir(project.target.join("guest"))?;
    // A function with one caller stays a function if it is more than this: wasm3 compiles what is called, and
    // what is seldom called costs it nothing where it stands apart.
    let inline = ["--one-caller-inline-max-function-size", "30"];
    cmd!(sh, "wasm-opt -Oz --mvp-features --enable-mutable-globals {inline...} {built} -o {wanted}")
        .quiet()
        .run()
        .with_context(|| format!("the build left no {}, or wasm-opt cannot read it", built.display()))?;
    Ok(wanted)
}

/// Keeps this machine's folders out of the guest, because panics name their file.
fn remap(project: &Project) -> Vec<String> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let registries =
        cargo_home.iter().flat_map(|home| home.join("registry/src").read_dir()).flatten().flatten();
    // The last prefix that fits counts.
    let folders = cargo_home.clone().into_iter().chain(registries.map(|folder| folder.path()));
    folders
        .chain([project.root.clone()])
        .map(|folder| format!("--remap-path-prefix={}=.", folder.display()))
        .collect()
}

//! Guests, each built once: the same bytes run on every engine.

use crate::project::Project;
use crate::recipe::{LLVM, PORTABLE, SMALL, TARGET};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use xshell::cmd;

/// The package of the example guest.
pub const EXAMPLE: &str = "weather_guest";

/// Builds the example guest and returns where it is.
pub fn build(project: &Project) -> Result<PathBuf> {
    build_package(project, EXAMPLE)
}

/// Builds the guest of a package, small, and returns where it is.
pub fn build_package(project: &Project, package: &str) -> Result<PathBuf> {
    build_as(project, &Build::small(package), &project.target.join("guest"))
}

/// How a guest is built.
pub struct Build<'a> {
    /// Its package.
    pub package: &'a str,
    /// Cargo's profile.
    pub profile: &'a str,
    /// What LLVM is told.
    pub llvm: &'a [&'a str],
    /// What wasm-opt is told.
    pub optimise: &'a [&'a str],
    /// What it may use beyond WebAssembly 1.0, as the compiler and as wasm-opt name it.
    pub features: &'a [(&'a str, &'a str)],
    /// Whether it has its package's default features.
    pub whole: bool,
    /// The file's name, without its extension.
    pub name: &'a str,
}

impl<'a> Build<'a> {
    /// Small, and for every engine.
    pub const fn small(package: &'a str) -> Self {
        let (llvm, optimise) = (&LLVM, &SMALL);
        Self { package, profile: "guest", llvm, optimise, features: &[], whole: true, name: package }
    }
}

/// Builds a guest as `cargo build --release` does in a package of its own, into a folder.
pub fn build_plain(project: &Project, package: &str, name: &str, folder: &Path) -> Result<()> {
    let sh = &project.shell;
    let target = project.target_for("wasm");
    cmd!(sh, "cargo build --quiet --package {package} --lib --target {TARGET} --profile plain-guest")
        .arg("--target-dir")
        .arg(&target)
        .quiet()
        .run()?;
    let built = target.join(TARGET).join("plain-guest").join(package).with_extension("wasm");
    sh.create_dir(folder)?;
    sh.copy_file(built, folder.join(name).with_extension("wasm"))?;
    Ok(())
}

/// Builds a guest into a folder and returns where it is.
pub fn build_as(project: &Project, build: &Build<'_>, folder: &Path) -> Result<PathBuf> {
    let sh = &project.shell;
    let Build { package, profile, llvm, optimise, features, whole, name } = *build;
    let target = project.target_for(if features.is_empty() { "wasm" } else { "wasm-server" });
    let mut flags = project.short_paths();
    flags.extend(llvm.iter().map(|option| format!("-Cllvm-args={option}")));
    flags.extend(features.iter().map(|(feature, _)| format!("-Ctarget-feature=+{feature}")));
    let _rustflags = sh.push_env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    cmd!(sh, "cargo build --quiet --package {package} --lib --target {TARGET} --profile {profile}")
        .args((!whole).then_some("--no-default-features"))
        .arg("--target-dir")
        .arg(&target)
        .quiet()
        .run()?;
    let built = target.join(TARGET).join(profile).join(package).with_extension("wasm");
    let wanted = folder.join(name).with_extension("wasm");
    let features = features.iter().map(|(_, feature)| format!("--enable-{feature}"));
    sh.create_dir(folder)?;
    cmd!(sh, "wasm-opt {PORTABLE...} {optimise...} {built} -o {wanted}")
        .args(features)
        .quiet()
        .run()
        .with_context(|| format!("the build left no {}, or wasm-opt cannot read it", built.display()))?;
    Ok(wanted)
}

//! Checks that the SDK's crates compile with each of their features alone, without any, and with all.

use crate::project::Project;
use anyhow::{Context, Result};
use xshell::cmd;

/// The packages, and the folders of their manifests.
const PACKAGES: [(&str, &str); 18] = [
    ("aingle_wasm_types", "types"),
    ("aingle_wasm_codec", "codec"),
    ("aingle_wasm_module", "crates/module"),
    ("aingle_wasm_manifest", "crates/manifest"),
    ("aingle_wasm_delta", "crates/delta"),
    ("aingle_wasm_update", "crates/update"),
    ("aingle_wasm_image", "crates/image"),
    ("aingle_wasm_values", "crates/values"),
    ("aingle_wasm_wasi", "crates/wasi"),
    ("aingle_wasm_components", "crates/components"),
    ("aingle_wasm_aot", "crates/aot"),
    ("aingle_wasm_host_core", "crates/host-core"),
    ("aingle_wasm_guest", "guest"),
    ("aingle_wasm_metering", "crates/metering"),
    ("aingle_wasm_host", "host"),
    ("aingle_wasm_host_embedded", "host-embedded"),
    ("aingle_wasm_runtime", "crates/runtime"),
    ("aingle_wasm_cli", "crates/cli"),
];

/// Features that need what `setup` does not install: the development files of LLVM.
const LEFT_OUT: [&str; 2] = ["llvm", "wasmer_sys_prod"];

/// A package that does nothing without one of some features, and the one that is always on here.
const ALWAYS: (&str, &str) = ("aingle_wasm_host", "cranelift");

/// Checks every package with every set of its features.
pub fn check_all(project: &Project) -> Result<()> {
    for (package, folder) in PACKAGES {
        let manifest = project.root.join(folder).join("Cargo.toml");
        let manifest = std::fs::read_to_string(&manifest)
            .with_context(|| format!("{} cannot be read", manifest.display()))?;
        for set in sets(&features(&manifest)) {
            check(project, package, &set).with_context(|| format!("{package} with features `{set}`"))?;
        }
    }
    Ok(())
}

fn check(project: &Project, package: &str, set: &str) -> Result<()> {
    let target_dir = project.target_for("features");
    cmd!(project.shell, "cargo check --quiet --lib --package {package} --target-dir {target_dir}")
        .args(["--no-default-features", "--features", set])
        .args(if package == ALWAYS.0 { &["--features", ALWAYS.1][..] } else { &[] })
        .run()?;
    Ok(())
}

/// The names in the table `features` of a manifest, except those that are left out.
fn features(manifest: &str) -> Vec<&str> {
    let lines = manifest.lines().skip_while(|line| *line != "[features]").skip(1);
    lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = [").map(|(name, _)| name))
        .filter(|name| *name != "default" && !LEFT_OUT.contains(name))
        .collect()
}

/// None, each alone, and all together, as Cargo wants them.
fn sets(features: &[&str]) -> Vec<String> {
    let mut sets = vec![String::new()];
    sets.extend(features.iter().map(|name| (*name).to_owned()));
    if features.len() > 1 {
        sets.push(features.join(","));
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::{features, sets};

    #[test]
    fn a_manifest_has_sets_of_its_features() {
        let manifest = "[package]\nname = \"a\"\n\n[features]\ndefault = [\"one\"]\n## Words.\none = []\nllvm = []\n\
                        two = [\"dep:b\"]\n\n[dependencies]\nb = [1]\n";
        assert_eq!(features(manifest), ["one", "two"]);
        assert_eq!(sets(&features(manifest)), ["", "one", "two", "one,two"]);
        assert_eq!(sets(&["one"]), ["", "one"]);
        assert_eq!(sets(&features("[package]\n")), [""]);
    }
}

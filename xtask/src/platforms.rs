//! Checks of the hosts for systems that CI does not have: they compile, and nothing runs.

use crate::project::Project;
use crate::setup;
use anyhow::{Context, Result};
use xshell::cmd;

/// Each system, by its target.
const TARGETS: [(&str, &str); 4] = [
    ("aarch64-unknown-linux-gnu", "ARM Linux"),
    ("aarch64-apple-darwin", "macOS on ARM"),
    ("x86_64-apple-darwin", "macOS on x86-64"),
    ("aarch64-linux-android", "Android"),
];

/// The packages that are checked, with their features. wasm3 is C, which takes a C compiler of the system.
const PACKAGES: [(&str, &str); 2] =
    [("aingle_wasm_host", "cranelift,lz4,encryption"), ("aingle_wasm_host_embedded", "spacewasm,wasmi,lz4")];

/// Checks every package for every system.
pub fn check_all(project: &Project) -> Result<()> {
    setup::check_targets(project, &TARGETS)?;
    let sh = &project.shell;
    let target_dir = project.target_for("platforms");
    // BLAKE3 has C code for ARM, which would take a C compiler of each system. It is not what is checked here.
    let _pure = sh.push_env("CARGO_FEATURE_PURE", "1");
    for (target, system) in TARGETS {
        // Wasmer has some lines of C. They are compiled with this machine's headers, and never linked.
        let name = target.replace('-', "_");
        let _cc = sh.push_env(format!("CC_{name}"), "clang");
        let _flags = sh.push_env(format!("CFLAGS_{name}"), "-I/usr/include/x86_64-linux-gnu -I/usr/include");
        for (package, features) in PACKAGES {
            cmd!(
                sh,
                "cargo check --quiet --lib --package {package} --target {target} --target-dir {target_dir}"
            )
            .args(["--no-default-features", "--features", features])
            .quiet()
            .run()
            .with_context(|| format!("{package} for {system}"))?;
            println!("{system}: {package}");
        }
    }
    Ok(())
}

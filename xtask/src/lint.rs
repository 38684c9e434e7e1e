//! Clippy, also for what is compiled only for WebAssembly.

use crate::project::Project;
use anyhow::Result;
use xshell::cmd;

/// Guests: with the fewest features of the guest crate, with all, and without it.
const GUESTS: [&[&str]; 5] = [
    &["--no-default-features", "--package", "weather_guest"],
    &["--features", "aingle_wasm_guest/text", "--package", "conformance_guest"],
    &["--package", "aingle_wasm_nano", "--package", "failsafe", "--package", "failsafe_guest"],
    &["--package", "failsafe_counts", "--package", "failsafe_histories", "--package", "nano_bare"],
    &["--no-default-features", "--package", "nano_bare"],
];

/// What guests are made of.
const BELOW: [&str; 6] =
    ["--package", "aingle_wasm_types", "--package", "aingle_wasm_codec", "--package", "aingle_wasm_guest"];

/// Workspaces of their own: folder, folder of what is built, and what Cargo is told.
const EXCLUDED: [(&str, &str, &[&str]); 9] = [
    (
        "examples/firmware",
        "firmware",
        &["--release", "--target", "thumbv7m-none-eabi", "--no-default-features", "--features", "wasm3"],
    ),
    (
        "bench/firmware",
        "firmware",
        &["--release", "--target", "thumbv7m-none-eabi", "--no-default-features", "--features", "wasm3"],
    ),
    ("examples/ota", "ota", &["--release", "--target", "thumbv7m-none-eabi", "--package", "ota_firmware"]),
    (
        "examples/ota",
        "ota",
        &["--release", "--target", "thumbv7m-none-eabi", "--package", "ota_firmware", "--features", "native"],
    ),
    ("examples/ota", "ota", &["--package", "ota_station", "--all-targets"]),
    (
        "examples/failsafe/firmware",
        "failsafe",
        &["--release", "--target", "thumbv7m-none-eabi", "--package", "failsafe_firmware"],
    ),
    (
        "examples/failsafe/firmware",
        "failsafe",
        &["--release", "--target", "thumbv7m-none-eabi", "--package", "failsafe_counter"],
    ),
    ("examples/failsafe/firmware", "failsafe", &["--package", "failsafe_station", "--all-targets"]),
    ("fuzz", "fuzz", &["--all-targets"]),
];

/// Looks at the workspace, and at guests as they are built.
pub fn run(project: &Project) -> Result<()> {
    let sh = &project.shell;
    cmd!(sh, "cargo clippy --quiet --workspace --all-targets -- -D warnings").run()?;
    guests(project)
}

/// Looks at the workspaces of their own: firmware as a device gets it, and the fuzz targets.
pub fn excluded(project: &Project) -> Result<()> {
    let sh = &project.shell;
    let guest = crate::guest::build(project)?;
    let _guest = sh.push_env("GUEST", &guest);
    let _image = sh.push_env("NODE_IMAGE", crate::node::image(project)?);
    let _counts = sh.push_env("COUNTS_IMAGE", crate::node::alike(project, "failsafe_counts")?);
    for (folder, target_dir, args) in EXCLUDED {
        let _dir = sh.push_dir(project.root.join(folder));
        let target_dir = project.target_for(target_dir);
        cmd!(sh, "cargo clippy --quiet --target-dir {target_dir} {args...} -- -D warnings").run()?;
    }
    Ok(())
}

fn guests(project: &Project) -> Result<()> {
    for guest in GUESTS {
        cmd!(project.shell, "cargo clippy --quiet --lib --target wasm32v1-none")
            .args(BELOW)
            .args(guest)
            .args(["--", "-D", "warnings"])
            .run()?;
    }
    Ok(())
}

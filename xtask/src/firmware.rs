//! The example firmware: built for each board with each engine, and run in QEMU.

use crate::project::Project;
use crate::qemu;
use crate::report::Report;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use xshell::cmd;

/// A board that QEMU has.
pub struct Board {
    /// Its name, in QEMU.
    pub name: &'static str,
    target: &'static str,
}

/// The engines of the firmware: features of its package.
pub const ENGINES: [&str; 2] = ["wasm3", "spacewasm"];

/// The boards that the firmware knows; its `build.rs` chooses by the target.
pub const BOARDS: [Board; 2] = [
    // A Cortex-M3 with 64 KB of RAM and 256 KB of flash.
    Board { name: "lm3s6965evb", target: "thumbv7m-none-eabi" },
    // A Cortex-M4F with 128 KB of RAM and 1 MB of flash.
    Board { name: "netduinoplus2", target: "thumbv7em-none-eabihf" },
];

/// Far more than a run takes. A firmware that hangs does not hang the tests.
const SECONDS: u64 = 300;

/// Builds every firmware that there is.
pub fn build_all(project: &Project) -> Result<()> {
    let guest = crate::guest::build(project)?;
    for board in &BOARDS {
        for engine in ENGINES {
            let image = build(project, board, engine, &guest)?;
            println!(
                "{} {engine}: {} ({} bytes of flash)",
                board.name,
                image.display(),
                flash(project, &image)?
            );
        }
    }
    Ok(())
}

/// Builds the firmware of one board with one engine, and returns the image.
pub fn build(project: &Project, board: &Board, engine: &str, guest: &Path) -> Result<PathBuf> {
    let sh = &project.shell;
    let target = board.target;
    let target_dir = project.target_for("firmware");
    let _dir = sh.push_dir(project.root.join("examples/firmware"));
    let _rustflags = sh.push_env("CARGO_ENCODED_RUSTFLAGS", project.short_paths().join("\x1f"));
    let _guest = sh.push_env("GUEST", guest);
    cmd!(sh, "cargo build --release --target {target} --no-default-features --features {engine}")
        .arg("--target-dir")
        .arg(&target_dir)
        .quiet()
        .run()?;
    let built = target_dir.join(target).join("release/weather_firmware");
    let image = target_dir.join(format!("{}-{engine}.elf", board.name));
    sh.copy_file(&built, &image)?;
    Ok(image)
}

/// Runs an image in QEMU.
pub fn run(project: &Project, board: &Board, image: &Path) -> Result<Report> {
    let text = qemu::run(project, board.name, image, SECONDS)?;
    Report::parse(&text).with_context(|| format!("the firmware printed:\n{text}"))
}

/// What an image takes of the flash: code, constants, and the initial values of variables.
pub fn flash(project: &Project, image: &Path) -> Result<u64> {
    sizes(project, image).map(|[text, data, _]| text + data)
}

/// What the variables of an image take.
pub fn variables(project: &Project, image: &Path) -> Result<u64> {
    sizes(project, image).map(|[_, data, bss]| data + bss)
}

/// Code and constants, variables with initial values, and other variables.
fn sizes(project: &Project, image: &Path) -> Result<[u64; 3]> {
    let sizes = cmd!(project.shell, "arm-none-eabi-size {image}").quiet().read()?;
    let mut numbers = sizes.lines().nth(1).unwrap_or_default().split_whitespace().map(str::parse::<u64>);
    let mut next = || numbers.next().context("arm-none-eabi-size printed no sizes")?.context("no number");
    Ok([next()?, next()?, next()?])
}

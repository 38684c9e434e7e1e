//! QEMU, as it runs firmware.

use crate::project::Project;
use anyhow::{Result, ensure};
use std::path::Path;
use xshell::cmd;

/// A board with a Cortex-M3 and much memory.
pub const MPS2: &str = "mps2-an385";

/// Returns how QEMU runs an image, which comes last, on this board. What the firmware prints is its output. With
/// `-icount shift=0` an instruction takes a nanosecond of the board's time, so that what the firmware measures is a count of
/// instructions, the same at every run.
#[rustfmt::skip]
pub const fn command(board: &str) -> [&str; 13] {
    [
        "qemu-system-arm", "-M", board, "-icount", "shift=0", "-nographic", "-monitor", "none", "-serial", "none",
        "-semihosting-config", "enable=on,target=native", "-kernel",
    ]
}

/// Runs an image, and returns what it printed. It fails if the firmware does, or does not end within so many seconds.
pub fn run(project: &Project, board: &str, image: &Path, seconds: u64) -> Result<String> {
    let seconds = seconds.to_string();
    let qemu = cmd!(project.shell, "timeout {seconds}").args(command(board)).arg(image);
    let output = qemu.quiet().ignore_status().output()?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success(), "{} failed ({}):\n{text}", image.display(), output.status);
    Ok(text)
}

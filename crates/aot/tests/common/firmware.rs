//! A firmware with an image in it: compiled by the compiler alone, and run in QEMU.

use aingle_wasm_aot::{Chip, Toolchain};
use std::path::{Path, PathBuf};
use std::process::Command;

pub const ARM: &str = "qemu-system-arm";

/// A board of QEMU: the processor of its images, its name, and where flash, variables and the top of the stack are.
pub struct Board {
    pub chip: &'static str,
    pub qemu: &'static str,
    pub name: &'static str,
    pub flash: u32,
    pub ram: u32,
    pub stack: u32,
}

/// Whether the compiler has the target. `cargo xtask setup` installs those of the SDK.
pub fn is_installed(board: &Board) -> bool {
    Toolchain::find().unwrap().has(&Chip::named(board.chip).unwrap())
}

/// Compiles the firmware with an image in it.
pub fn compile(board: &Board, image: &[u8], folder: &Path, options: &[&str]) -> PathBuf {
    let chip = Chip::named(board.chip).unwrap();
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::write(folder.join("image"), image).unwrap();
    let script = std::fs::read_to_string(manifest.join("tests/firmware/memory.ld")).unwrap();
    let place = |name, value: u32| format!("{name} = {value:#x};\n");
    let places = [place("FLASH", board.flash), place("RAM", board.ram), place("STACK", board.stack)].concat();
    std::fs::write(folder.join("memory.ld"), places + &script).unwrap();
    let rustc = |arguments: &[&str], source: &Path| {
        let status = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()))
            .current_dir(folder)
            .env("IMAGE", folder.join("image"))
            .args([
                "--edition",
                "2024",
                "--target",
                chip.triple,
                "-C",
                "opt-level=s",
                "-C",
                "panic=abort",
                "-A",
                "warnings",
            ])
            .args(arguments)
            .arg(source)
            .status();
        assert!(status.unwrap().success());
    };
    rustc(
        &["--crate-type", "lib", "--crate-name", "aingle_wasm_image"],
        &manifest.join("../image/src/lib.rs"),
    );
    let float: &[&str] = if chip.name.ends_with("-hf") { &["--cfg", "hard_float"] } else { &[] };
    let link = [
        "-C",
        "link-arg=-Tmemory.ld",
        "-L",
        ".",
        "--crate-name",
        "firmware",
        "--extern",
        "aingle_wasm_image",
    ];
    rustc(&[&link[..], float, options].concat(), &manifest.join("tests/firmware/raw.rs"));
    folder.join("firmware")
}

/// Runs the firmware, and returns what it printed.
pub fn run(board: &Board, firmware: &Path) -> String {
    let mut qemu = Command::new("timeout");
    qemu.args(["60", board.qemu, "-M", board.name, "-nographic", "-monitor", "none", "-serial", "none"]);
    qemu.args(["-icount", "shift=0"]);
    qemu.args(["-semihosting-config", "enable=on,target=native"]);
    let load = if board.name == "virt" { "-bios" } else { "-kernel" };
    let output = qemu.arg(load).arg(firmware).output().expect("timeout runs");
    assert!(output.status.code() != Some(127), "`cargo xtask setup` installs {}", board.qemu);
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{}: {}\n{text}", board.name, output.status);
    text
}

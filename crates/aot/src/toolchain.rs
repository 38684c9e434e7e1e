//! The compiler and the linker, which come with Rust.

use crate::error::AotError;
use crate::frame_pointer;
use crate::target::Chip;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Rust's compiler and the linker that comes with it.
#[derive(Debug, Clone)]
pub struct Toolchain {
    rustc: OsString,
    linker: PathBuf,
    libraries: PathBuf,
    version: String,
}

/// What the compiler made.
pub struct Compiled {
    pub object: PathBuf,
    /// What it said of the frames of functions: the mangled name, and bytes.
    pub frames: Vec<(String, u32)>,
}

/// Where the code is linked to, twice: neither is a multiple of 16.
pub const BASES: [u32; 2] = [0x0800_0008, 0x3012_3458];

impl Toolchain {
    /// Finds the toolchain: `RUSTC`, or `rustc` on the path.
    ///
    /// # Errors
    /// [`AotError::Tool`].
    pub fn find() -> Result<Self, AotError> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let version = run(Command::new(&rustc).arg("-vV"), "rustc")?.0;
        let sysroot = run(Command::new(&rustc).args(["--print", "sysroot"]), "rustc")?.0;
        let libraries = Path::new(sysroot.trim()).join("lib/rustlib");
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let linker = libraries.join(host).join("bin/rust-lld");
        let version = version.lines().next().unwrap_or_default().to_owned();
        Ok(Self { rustc, linker, libraries, version })
    }

    /// Returns the compiler's version, in its own words.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns whether the compiler has the target of a processor.
    #[must_use]
    pub fn has(&self, chip: &Chip) -> bool {
        self.libraries.join(chip.triple).is_dir()
    }

    /// Compiles the source `image.rs` of a folder. `counted` says that it has limits.
    pub fn compile(
        &self,
        chip: &Chip,
        folder: &Path,
        level: &str,
        counted: bool,
    ) -> Result<Compiled, AotError> {
        let mut rustc = self.compiler(chip, folder, level, counted);
        if chip.target.core.is_thumb() {
            let source = std::fs::read_to_string(folder.join(SOURCE))?;
            let attributes =
                frame_pointer::attributes(&self.crate_name(chip, folder, level, counted)?, &source);
            std::fs::write(folder.join(ATTRIBUTES), attributes)?;
            rustc.args(["-C", "passes=forceattrs", "-C"]);
            rustc.arg(format!("llvm-args=-forceattrs-csv-path={ATTRIBUTES}"));
        }
        let (_, said) = run(rustc.arg(SOURCE), "rustc").map_err(|error| self.missing_target(chip, error))?;
        Ok(Compiled { object: folder.join("image.o"), frames: frames(&said) })
    }

    /// How the compiler mangles the name of the crate.
    fn crate_name(&self, chip: &Chip, folder: &Path, level: &str, counted: bool) -> Result<String, AotError> {
        std::fs::write(folder.join(PROBE), frame_pointer::PROBE)?;
        let (_, said) = run(self.compiler(chip, folder, level, counted).arg(PROBE), "rustc")
            .map_err(|error| self.missing_target(chip, error))?;
        let unknown = || AotError::Tool { tool: "rustc", message: format!("said no frame, but: {said}") };
        frame_pointer::crate_name(&frames(&said)).map(str::to_owned).ok_or_else(unknown)
    }

    /// The compiler and its options, except the source. No path goes into the object: it runs in the folder.
    fn compiler(&self, chip: &Chip, folder: &Path, level: &str, counted: bool) -> Command {
        let mut rustc = Command::new(&self.rustc);
        rustc.current_dir(folder).args(chip.options(counted)).args(OPTIONS);
        // Without the first, it folds the place of the memory into the variables of loops, and their comparisons then undo it.
        rustc.args(["-C", "llvm-args=-disable-lsr", "-C"]).arg(format!("opt-level={level}"));
        rustc
    }

    /// Links an object to an address, as an ELF file or as a plain image.
    pub fn link(&self, chip: &Chip, folder: &Path, base: u32, elf: bool) -> Result<Vec<u8>, AotError> {
        let script = script(base);
        std::fs::write(folder.join("image.ld"), script)?;
        let mut lld = Command::new(&self.linker);
        lld.current_dir(folder).args([
            "-flavor",
            "gnu",
            "--gc-sections",
            "-T",
            "image.ld",
            "-o",
            "image.out",
        ]);
        if !elf {
            lld.arg("--oformat=binary");
        }
        lld.arg("image.o");
        let libraries = self.libraries.join(chip.triple).join("lib");
        for entry in std::fs::read_dir(&libraries)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let wanted = name.starts_with("libcompiler_builtins") || name.starts_with("libcore");
            if wanted && name.ends_with(".rlib") {
                lld.arg(path);
            }
        }
        match run(&mut lld, "rust-lld") {
            Err(AotError::Tool { message, .. }) if message.contains(MOVABLE) => {
                Err(AotError::Position { found: message })
            }
            other => other.map(drop),
        }?;
        Ok(std::fs::read(folder.join("image.out"))?)
    }

    fn missing_target(&self, chip: &Chip, error: AotError) -> AotError {
        if self.has(chip) {
            return error;
        }
        let message = format!("the target is not installed: `rustup target add {}` installs it", chip.triple);
        AotError::Tool { tool: "rustc", message }
    }
}

/// The files that the compiler reads.
const SOURCE: &str = "image.rs";
const PROBE: &str = "probe.rs";
const ATTRIBUTES: &str = "attributes.csv";

/// The compiler's options for every processor.
#[rustfmt::skip]
const OPTIONS: [&str; 22] = [
    "--edition", "2024", "--crate-type", "lib", "--crate-name", "image", "--emit", "obj=image.o", "-A", "warnings",
    "-C", "panic=abort", "-C", "codegen-units=1", "-C", "overflow-checks=off", "-C", "debug-assertions=off",
    "-C", "symbol-mangling-version=v0", "-C", "remark=prologepilog",
];

/// What the linker says if there is something that a loader would have to fill.
const MOVABLE: &str = "data that a loader would have to fill";

/// The linker script: code and constants in one piece, the way in first.
fn script(base: u32) -> String {
    format!(
        "ENTRY(enter)
SECTIONS {{
  . = {base:#x};
  .text : {{ *(.text.enter) *(.text .text.*) *(.rodata .rodata.* .srodata .srodata.*) . = ALIGN(4); }}
  .filled : {{ *(.data .data.* .bss .bss.* .sdata .sdata.* .sbss .sbss.* .tdata .tdata.* .got .got.* .init_array .init_array.*) }}
  ASSERT(SIZEOF(.filled) == 0, \"{MOVABLE}\")
  ASSERT((enter & ~1) == {base:#x}, \"{MOVABLE}: the entry is not first\")
  /DISCARD/ : {{ *(.ARM.exidx* .ARM.extab* .eh_frame* .comment .note*) }}
}}
"
    )
}

/// What the compiler said of frames.
fn frames(said: &str) -> Vec<(String, u32)> {
    let frame = |line: &str| {
        let (before, after) = line.split_once(" stack bytes in function '")?;
        let bytes = before.rsplit(' ').next()?.parse().ok()?;
        Some((after.split_once('\'')?.0.to_owned(), bytes))
    };
    said.lines().filter_map(frame).collect()
}

/// Runs a tool, and returns what it printed on both streams.
fn run(command: &mut Command, tool: &'static str) -> Result<(String, String), AotError> {
    let output = command
        .output()
        .map_err(|error| AotError::Tool { tool, message: format!("does not run: {error}") })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok((text(&output.stdout), text(&output.stderr)));
    }
    Err(AotError::Tool { tool, message: text(&output.stderr) })
}

//! The guests, as `cargo xtask bench --guests` builds them.

use aingle_wasm_bench_protocol::Failure;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The modules that the cases run. They are kept as long as the program runs.
#[derive(Debug, Clone, Copy)]
pub struct Guests {
    /// The guest of the benchmarks, built for speed.
    pub(crate) bench: &'static [u8],
    /// The same with all that a module for servers may use, vectors among them.
    pub(crate) server: &'static [u8],
    /// The same in WebAssembly 1.0, for every engine.
    pub(crate) portable: &'static [u8],
    /// The same as `cargo build --release` makes it.
    pub(crate) plain: &'static [u8],
    /// The guest without the SDK.
    pub(crate) bare: &'static [u8],
    /// The example guest, as microcontrollers get it.
    pub(crate) weather: &'static [u8],
    /// Modules of real packages by their names, where they were fetched.
    pub(crate) modules: &'static [(String, Vec<u8>)],
}

impl Guests {
    /// Reads them from the folder that they were built into.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let read = |name: &str| {
            let path = folder.join(name).with_extension("wasm");
            let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok::<&[u8], Failure>(bytes.leak())
        };
        Ok(Self {
            bench: read("bench_guest")?,
            server: read("server_guest")?,
            portable: read("portable_guest")?,
            plain: read("plain_guest")?,
            bare: read("bare_guest")?,
            weather: read("weather_guest")?,
            modules: modules(&folder.join("modules"))?.leak(),
        })
    }

    /// Builds them by the project's own command.
    ///
    /// # Errors
    /// When they cannot be built.
    pub fn build() -> Result<Self, Failure> {
        Self::read(&Self::build_folder()?)
    }

    /// Builds them once in this process, and returns their folder.
    ///
    /// # Errors
    /// When they cannot be built.
    pub fn build_folder() -> Result<PathBuf, Failure> {
        // Two builds at once would write the same files.
        static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        Ok(BUILT.get_or_init(|| Self::build_now().map_err(|error| error.to_string())).clone()?)
    }

    fn build_now() -> Result<PathBuf, Failure> {
        let xtask = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--package", "xtask", "--", "bench", "--guests"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .output()?;
        if !xtask.status.success() {
            return Err(String::from_utf8_lossy(&xtask.stderr).into());
        }
        Ok(PathBuf::from(String::from_utf8(xtask.stdout)?.trim()))
    }
}

/// The modules in a folder; none where there is no folder.
fn modules(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let Ok(files) = folder.read_dir() else { return Ok(Vec::new()) };
    let mut modules = Vec::new();
    for file in files {
        let path = file?.path();
        let name = path.file_stem().ok_or("a file without a name")?.to_string_lossy().into_owned();
        modules.push((name, std::fs::read(path)?));
    }
    modules.sort();
    Ok(modules)
}

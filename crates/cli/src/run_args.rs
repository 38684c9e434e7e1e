//! The options of `run`.

use crate::failure::{Failure, Kind, Outcome};
use crate::numbers::{fuel, milliseconds, number_32, size};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// An engine that runs modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// Wasmer: compiled
    Server,
    /// The interpreter wasmi
    Wasmi,
    /// The interpreter spacewasm
    Spacewasm,
    /// The interpreter wasm3
    Wasm3,
}

impl EngineName {
    /// Returns the name of the option's value.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Wasmi => "wasmi",
            Self::Spacewasm => "spacewasm",
            Self::Wasm3 => "wasm3",
        }
    }
}

#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The module: a .wasm file, or a packed one; `-` is standard input
    pub module: PathBuf,
    /// The exported function [default: the module's only one]
    #[arg(long, alias = "function", value_name = "NAME")]
    pub invoke: Option<String>,
    /// All arguments as one JSON array, or as one object by the names of the parameters
    #[arg(long, value_name = "JSON", conflicts_with = "arguments")]
    pub args: Option<String>,
    /// The request of a function of bytes [default: no bytes]; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["args", "arguments"])]
    pub input: Option<PathBuf>,
    /// Where the reply of a function of bytes goes, as it is; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What the call may use, start function included, in units of fuel
    #[arg(long, env = "AINGLE_WASM_FUEL", value_name = "N", default_value = "100000000000", value_parser = fuel)]
    pub fuel: u64,
    /// How large the guest's memory may be or become
    #[arg(long, env = "AINGLE_WASM_MEMORY", value_name = "SIZE", default_value = "1024MiB", value_parser = size)]
    pub memory: u32,
    /// How long all may take: compiling, the start function, the call
    #[arg(long, env = "AINGLE_WASM_TIMEOUT", value_name = "TIME", default_value = "30s", value_parser = milliseconds)]
    pub timeout: u32,
    /// How deep calls may nest, in units of depth
    #[arg(long, env = "AINGLE_WASM_DEPTH", value_name = "N", default_value = "2048", value_parser = number_32)]
    pub depth: u32,
    /// How many elements all tables may have together
    #[arg(long, env = "AINGLE_WASM_MAX_TABLE", value_name = "N", default_value = "1048576", value_parser = number_32)]
    pub max_table: u32,
    /// The engine; fuel is the same in each
    #[arg(long, env = "AINGLE_WASM_ENGINE", value_name = "NAME", value_enum, default_value_t = EngineName::Server)]
    pub engine: EngineName,
    /// Take the limits of a module that carries some already at their word: for modules from somebody whom you trust
    #[arg(long)]
    pub trust_limits: bool,
    /// Keep compiled modules in this folder, and take them from there
    #[arg(long, env = "AINGLE_WASM_CACHE", value_name = "FOLDER")]
    pub cache: Option<PathBuf>,
    /// The arguments, each one JSON value; of a program of WASI, as they are
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub arguments: Vec<String>,
}

#[derive(Debug, Args)]
pub struct RunCommand {
    #[command(flatten)]
    pub run: RunArgs,
    /// Say on standard error how much memory the module had
    #[arg(long)]
    pub memory_profile: bool,
    /// An older spelling, which changes nothing
    #[arg(long, hide = true)]
    pub no_std: bool,
    #[cfg(feature = "wasi")]
    #[command(flatten)]
    pub wasi: crate::wasi_args::WasiArgs,
}

#[derive(Debug, Args)]
pub struct ProfileArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// Draw a flame graph, as SVG
    #[arg(long, value_name = "FILE")]
    pub flame: Option<PathBuf>,
    /// Write the stacks in folded form, which other tools for flame graphs read
    #[arg(long, value_name = "FILE")]
    pub folded: Option<PathBuf>,
    /// How many functions are listed, those with the most fuel first
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub top: usize,
}

/// The default of `--depth`.
pub const DEPTH: u32 = 2048;

impl RunArgs {
    /// Refuses what the engine cannot do.
    ///
    /// # Errors
    /// [`Kind::Usage`].
    pub fn check(&self) -> Outcome<()> {
        let refused = |message: &str| Err(Failure::new(Kind::Usage, message));
        if self.timeout == 0 {
            return refused("--timeout: expected more than 0");
        }
        if self.depth == 0 {
            return refused("--depth: expected more than 0");
        }
        if self.cache.is_some() && self.engine != EngineName::Server {
            return refused("--cache: only the engine `server` compiles");
        }
        Ok(())
    }

    /// Returns how long all may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout.into())
    }
}

//! The options of `run`.

use crate::numbers::{milliseconds, number, number_32, size};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct RunArgs {
    /// The guest: a .wasm file, or a packed module; `-` is standard input
    pub module: PathBuf,
    /// The function [default: the module's only one]
    #[arg(long, value_name = "NAME")]
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
    #[arg(long, env = "AINGLE_WASM_FUEL", value_name = "N", default_value = "100000000000", value_parser = number)]
    pub fuel: u64,
    /// How large the guest's memory may be or become
    #[arg(long, env = "AINGLE_WASM_MEMORY", value_name = "SIZE", default_value = "1024MiB", value_parser = size)]
    pub memory: u32,
    /// How long the call may take
    #[arg(long, env = "AINGLE_WASM_TIMEOUT", value_name = "TIME", default_value = "30s", value_parser = milliseconds)]
    pub timeout: u32,
    /// How deep calls may nest, in units of depth
    #[arg(long, env = "AINGLE_WASM_DEPTH", value_name = "N", default_value = "2048", value_parser = number_32)]
    pub depth: u32,
    /// Keep compiled modules in this folder, and take them from there
    #[arg(long, env = "AINGLE_WASM_CACHE", value_name = "FOLDER")]
    pub cache: Option<PathBuf>,
    /// The arguments, each one JSON value
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub arguments: Vec<String>,
}

//! The options of `serve`.

use crate::numbers::{milliseconds, number, size};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The module: a .wasm file, or a packed one; `-` is standard input
    pub module: PathBuf,
    /// The address that is listened on; port 0 is any that is free
    #[arg(long, env = "AINGLE_WASM_ADDR", value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    pub addr: String,
    /// What each call may use, in units of fuel
    #[arg(long, env = "AINGLE_WASM_FUEL", value_name = "N", default_value = "100000000000", value_parser = number)]
    pub fuel: u64,
    /// How large the memory of an instance may be or become
    #[arg(long, env = "AINGLE_WASM_MEMORY", value_name = "SIZE", default_value = "64MiB", value_parser = size)]
    pub memory: u32,
    /// How long each call may take
    #[arg(long, env = "AINGLE_WASM_TIMEOUT", value_name = "TIME", default_value = "30s", value_parser = milliseconds)]
    pub timeout: u32,
    /// How many calls run at once, each in an instance of its own [default: the number of processors]
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,
    /// How many calls may wait; more are answered with 503
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub queue: usize,
    /// How large the body of a request may be
    #[arg(long, value_name = "SIZE", default_value = "2MiB", value_parser = size)]
    pub max_body: u32,
    /// How long calls in flight have when the program is told to end
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = milliseconds)]
    pub drain: u32,
}

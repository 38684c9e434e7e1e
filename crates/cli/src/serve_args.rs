//! The options of `serve`.

use crate::limit_args::LimitArgs;
use crate::numbers::size;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The module: a .wasm file, or a packed one; `-` is standard input
    pub module: PathBuf,
    /// The address that is listened on; port 0 is any that is free
    #[arg(long, env = "AINGLE_WASM_ADDR", value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    pub addr: String,
    #[command(flatten)]
    pub limits: LimitArgs,
    /// How large the body of a request may be
    #[arg(long, value_name = "SIZE", default_value = "2MiB", value_parser = size)]
    pub max_body: u32,
}

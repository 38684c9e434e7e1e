//! The options of `serve`.

use crate::http_args::HttpArgs;
use crate::limit_args::LimitArgs;
#[cfg(feature = "wasi")]
use crate::numbers::size;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The module, or a component that answers HTTP: a .wasm file, or a packed one; `-` is standard input
    pub module: PathBuf,
    #[command(flatten)]
    pub http: HttpArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    /// How large the body of a response of a component may be
    #[cfg(feature = "wasi")]
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = size)]
    pub max_response: u32,
    #[cfg(feature = "wasi")]
    #[command(flatten, next_help_heading = "Components")]
    pub grants: crate::wasi_args::GrantArgs,
}

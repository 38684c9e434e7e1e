//! The options of `serve`.

use crate::http_args::HttpArgs;
use crate::limit_args::LimitArgs;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The module: a .wasm file, or a packed one; `-` is standard input
    pub module: PathBuf,
    #[command(flatten)]
    pub http: HttpArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
}

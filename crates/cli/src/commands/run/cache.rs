//! The folder of `--cache`.

use crate::files;
use crate::run_args::RunArgs;
use aingle_wasm_host::{CodeCache, EngineConfig};
use std::io::{self, Write, stderr};

/// Opens the folder. `None` without `--cache`.
pub fn folder(args: &RunArgs) -> io::Result<Option<CodeCache>> {
    CodeCache::open(&EngineConfig { cache_dir: args.cache.clone(), ..EngineConfig::default() })
}

/// Says so if the folder cannot be used: the module runs without it.
pub fn check(args: &RunArgs) {
    if let (Some(path), Err(error)) = (&args.cache, folder(args)) {
        // Nobody need read it.
        let _ = writeln!(stderr(), "note: --cache {}: nothing is kept: {error}", files::name(path));
    }
}

//! The folder of `--cache`.

use crate::files;
use crate::run_args::RunArgs;
use aingle_wasm_host::{CodeCache, EngineConfig};
use std::io::{Write, stderr};

/// Opens the folder. `None` without `--cache`, or if it cannot be used, which is told: the module runs without it.
pub fn folder(args: &RunArgs) -> Option<CodeCache> {
    let path = args.cache.as_ref()?;
    let config = EngineConfig { cache_dir: Some(path.clone()), ..EngineConfig::default() };
    CodeCache::open(&config).unwrap_or_else(|error| {
        // Nobody need read it.
        let _ = writeln!(stderr(), "note: --cache {}: nothing is kept: {error}", files::name(path));
        None
    })
}

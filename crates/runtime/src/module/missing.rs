//! Modules that need WASI.

use crate::config::WasmConfig;
use crate::error::ErrorKind;
use aingle_wasm_module::{Foreign, Module};

/// Whether a module is a program of WASI.
pub(super) fn is_wasi(wasm: &[u8]) -> bool {
    matches!(Foreign::of(wasm), Some(Foreign::Wasi | Foreign::Component))
}

/// Returns the error of a program of WASI that a configuration does not let run.
pub(super) fn missing(wasm: &[u8], config: &WasmConfig) -> Option<ErrorKind> {
    if config.enable_wasi {
        return None;
    }
    let grant = if cfg!(feature = "wasi") {
        "`WasmConfig::enable_wasi`"
    } else {
        "`WasmConfig::enable_wasi` with the feature `wasi`"
    };
    let module = Module::parse(wasm).ok();
    let mut imports = module.iter().flat_map(|module| module.imports());
    let import = imports.find(|import| Foreign::of_import(import.module, import.name) == Some(Foreign::Wasi));
    let what = match import {
        Some(import) => format!("the import `{}.{}`", import.module, import.name),
        None => "a component of WASI".into(),
    };
    Some(ErrorKind::NotGranted { what, grant })
}

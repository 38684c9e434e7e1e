//! Imports that need a grant.

use crate::config::WasmConfig;
use crate::error::ErrorKind;
use aingle_wasm_module::Module;

/// The functions for HTTP.
const HTTP: [&str; 8] = [
    "http_body",
    "http_body_len",
    "http_error",
    "http_header",
    "http_request",
    "http_request_bytes",
    "http_set_header",
    "http_status",
];

/// The one for HTTP of guests of the SDK.
const GUEST_HTTP: [&str; 1] = ["http_request"];

/// Returns the error of the first import of module `env` that a configuration does not grant.
pub(crate) fn missing(module: Module<'_>, config: &WasmConfig) -> Option<ErrorKind> {
    first(module, config, &HTTP)
}

/// As [`missing`], of a guest of the SDK.
pub(crate) fn missing_of_guest(module: Module<'_>, config: &WasmConfig) -> Option<ErrorKind> {
    first(module, config, &GUEST_HTTP)
}

fn first(module: Module<'_>, config: &WasmConfig, names: &[&str]) -> Option<ErrorKind> {
    let mut imports = module.imports().filter(|_| config.http.is_none());
    let import = imports.find(|import| import.module == "env" && names.contains(&import.name))?;
    let grant = if cfg!(feature = "http") {
        "`WasmConfig::http`"
    } else {
        "`WasmConfig::http` with the feature `http`"
    };
    Some(ErrorKind::NotGranted { what: format!("the import `env.{}`", import.name), grant })
}

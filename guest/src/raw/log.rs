//! The import behind the log.

use crate::host::HostFunction;
use aingle_wasm_types::names;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn __aingle_log(ptr: u32, len: u32) -> u64;
}

/// The host's log.
pub(crate) fn log_import() -> HostFunction {
    // SAFETY: the log is an import of the ABI.
    unsafe { HostFunction::new(names::LOG, __aingle_log) }
}

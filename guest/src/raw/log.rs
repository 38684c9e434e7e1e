//! The import behind the log.

#[cfg(test)]
pub(crate) use super::test_host::log_import;

#[cfg(not(test))]
use crate::host::HostFunction;
#[cfg(not(test))]
use aingle_wasm_types::names;

#[cfg(target_family = "wasm")]
#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn __aingle_log(ptr: u32, len: u32) -> u64;
}

/// The host's log.
#[cfg(target_family = "wasm")]
pub(crate) fn log_import() -> HostFunction {
    // SAFETY: the log is an import of the ABI.
    unsafe { HostFunction::new(names::LOG, __aingle_log) }
}

/// Off WebAssembly nobody logs.
#[cfg(not(any(target_family = "wasm", test)))]
pub(crate) fn log_import() -> HostFunction {
    HostFunction::unavailable(names::LOG)
}

//! What a host function is told.

use std::sync::Arc;
use std::time::Duration;

/// What a host function is told of the call on whose behalf it runs.
#[derive(Debug, Clone)]
pub struct HostContext {
    module: Arc<str>,
}

impl HostContext {
    pub(crate) fn new(module: Arc<str>) -> Self {
        Self { module }
    }

    /// Returns the name under which the guest's module was loaded.
    #[must_use]
    pub fn module(&self) -> &str {
        &self.module
    }

    /// Returns whether the call was told to end; `false` on other threads than the guest's. A host function that blocks has to ask: its thread is abandoned if it
    /// does not return within [`stop_grace`](crate::WasmConfig::stop_grace). The guest ends when it returns.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        aingle_wasm_host::call_stopped()
    }

    /// Returns the time that is left of the call, give or take a sixteenth of its limit; zero when it was told to end.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        if self.is_stopped() {
            return Duration::ZERO;
        }
        aingle_wasm_host::call_time_left().unwrap_or(Duration::MAX)
    }
}

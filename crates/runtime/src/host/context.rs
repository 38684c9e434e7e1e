//! What a host function is told.

use crate::config::WasmConfig;
#[cfg(feature = "http")]
use crate::http::Http;
use std::sync::Arc;
use std::time::Duration;

/// What a host function is told of the call on whose behalf it runs.
#[derive(Debug, Clone)]
pub struct HostContext {
    module: Arc<str>,
    /// What sends the guest's requests, if it may send any.
    #[cfg(feature = "http")]
    http: Option<Arc<Http>>,
}

impl HostContext {
    /// Returns what is told to a module of this name and configuration.
    pub(crate) fn new(module: Arc<str>, config: &WasmConfig) -> Self {
        #[cfg(not(feature = "http"))]
        let _ = config;
        Self {
            module,
            #[cfg(feature = "http")]
            http: config.http.clone().map(|http| Arc::new(Http::new(http))),
        }
    }

    #[cfg(feature = "http")]
    pub(crate) fn http(&self) -> Option<&Http> {
        self.http.as_deref()
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

//! The configuration, one setting after another: the same words as on devices.

use crate::compiler::Compiler;
use crate::config::EngineConfig;
use crate::isolation::CompileProcess;
use aingle_wasm_host_core::Integrity;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// Settings that can be chained. Each replaces a field of the same meaning; the others keep theirs. Nothing is checked
/// here: [`WasmEngine::new`](crate::WasmEngine::new) refuses what cannot be done, and names the field.
///
/// ```
/// use aingle_wasm_host::prelude::*;
/// use std::time::Duration;
///
/// let config = EngineConfig::default()
///     .with_fuel(1_000_000_000)
///     .with_depth(256)
///     .with_memory(16 << 20)
///     .with_deadline(Duration::from_secs(2));
/// let engine = WasmEngine::new(config)?;
/// # Ok::<(), HostError>(())
/// ```
impl EngineConfig {
    /// Sets [`metering_limit`](Self::metering_limit), the fuel of one call. `None` compiles without limits, for modules
    /// that are trusted to end.
    #[must_use]
    pub fn with_fuel(self, fuel: impl Into<Option<u64>>) -> Self {
        Self { metering_limit: fuel.into().unwrap_or(u64::MAX), ..self }
    }

    /// Sets [`depth_limit`](Self::depth_limit), in units of 256 bytes of an interpreter's stack.
    #[must_use]
    pub fn with_depth(self, depth_limit: u32) -> Self {
        Self { depth_limit, ..self }
    }

    /// Sets [`deadline`](Self::deadline), the longest time of one call. `None` for as long as its fuel lasts.
    #[must_use]
    pub fn with_deadline(self, deadline: impl Into<Option<Duration>>) -> Self {
        Self { deadline: deadline.into(), ..self }
    }

    /// Sets [`memory_limit`](Self::memory_limit), in bytes.
    #[must_use]
    pub fn with_memory(self, memory_limit: u64) -> Self {
        Self { memory_limit, ..self }
    }

    /// Takes modules that carry limits at their word: [`trust_carried_limits`](Self::trust_carried_limits).
    #[must_use]
    pub fn with_trusted_limits(self) -> Self {
        Self { trust_carried_limits: true, ..self }
    }

    /// Sets [`integrity`](Self::integrity).
    #[must_use]
    pub fn with_integrity(self, integrity: Integrity) -> Self {
        Self { integrity, ..self }
    }

    /// Sets [`lz4_threshold`](Self::lz4_threshold), in bytes. `None` compresses no payload.
    #[must_use]
    pub fn with_lz4_threshold(self, threshold: impl Into<Option<NonZeroU32>>) -> Self {
        Self { lz4_threshold: threshold.into().map_or(0, NonZeroU32::get), ..self }
    }

    /// Sets [`max_payload`](Self::max_payload), in bytes.
    #[must_use]
    pub fn with_max_payload(self, max_payload: u32) -> Self {
        Self { max_payload, ..self }
    }

    /// Sets [`pool_idle_memory`](Self::pool_idle_memory), in bytes. `None` for no limit.
    #[must_use]
    pub fn with_pool_idle_memory(self, limit: impl Into<Option<u64>>) -> Self {
        Self { pool_idle_memory: limit.into().unwrap_or(u64::MAX), ..self }
    }

    /// Sets [`cache_dir`](Self::cache_dir): where compiled modules are kept between processes.
    #[must_use]
    pub fn with_cache_dir(self, folder: impl Into<PathBuf>) -> Self {
        Self { cache_dir: Some(folder.into()), ..self }
    }

    /// Sets [`compiler`](Self::compiler).
    #[must_use]
    pub fn with_compiler(self, compiler: Compiler) -> Self {
        Self { compiler, ..self }
    }

    /// Sets [`compile_process`](Self::compile_process), in which modules of strangers are compiled.
    #[must_use]
    pub fn with_compile_process(self, process: CompileProcess) -> Self {
        Self { compile_process: Some(process), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_replaces_its_field_and_no_other() {
        let threshold = NonZeroU32::new(64);
        let config = EngineConfig::default()
            .with_fuel(7)
            .with_depth(9)
            .with_deadline(Duration::from_millis(5))
            .with_memory(1 << 16)
            .with_trusted_limits()
            .with_integrity(Integrity::Trusted)
            .with_lz4_threshold(threshold)
            .with_max_payload(100)
            .with_pool_idle_memory(11)
            .with_cache_dir("kept")
            .with_compiler(Compiler::default());
        let wanted = EngineConfig {
            metering_limit: 7,
            depth_limit: 9,
            deadline: Some(Duration::from_millis(5)),
            memory_limit: 1 << 16,
            trust_carried_limits: true,
            integrity: Integrity::Trusted,
            lz4_threshold: 64,
            max_payload: 100,
            pool_idle_memory: 11,
            cache_dir: Some("kept".into()),
            ..EngineConfig::default()
        };
        assert_eq!(format!("{config:?}"), format!("{wanted:?}"));
    }

    #[test]
    fn none_is_no_limit() {
        let config = EngineConfig::default()
            .with_fuel(None)
            .with_deadline(None)
            .with_lz4_threshold(None)
            .with_pool_idle_memory(None);
        assert!(!config.metered() && config.budget().fuel.is_none() && config.deadline.is_none());
        assert_eq!((config.lz4_threshold, config.pool_idle_memory), (0, u64::MAX));
    }
}

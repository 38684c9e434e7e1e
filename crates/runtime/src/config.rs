//! What a runtime and its modules are configured with.

use crate::error::{ErrorKind, RuntimeError};
use crate::http::HttpConfig;
use aingle_wasm_host::{CompileProcess, EngineConfig, Reuse};
use aingle_wasm_types::metering::MAX_FUEL;
#[cfg(feature = "wasi")]
use aingle_wasm_wasi::Grants;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

/// The longest time that the poll of a call looks for its result.
const MAX_SPIN: Duration = Duration::from_millis(1);

/// What a runtime is configured with.
///
/// Set what differs and take the rest from the defaults:
///
/// ```
/// use aingle_wasm_runtime::WasmConfig;
/// use std::time::Duration;
///
/// let config = WasmConfig { max_execution_time: Duration::from_secs(2), ..Default::default() };
/// assert_eq!(config.max_memory_bytes, 64 * 1024 * 1024);
/// ```
#[derive(Debug, Clone)]
pub struct WasmConfig {
    /// How large a guest's memory may be or become, in bytes. Default: 64 MiB.
    pub max_memory_bytes: u64,
    /// How long one call may run, in the guest and in host functions together. The start function of a new instance
    /// counts, the time in the queue does not. Default: 30 seconds.
    pub max_execution_time: Duration,
    /// Fuel of one call, in the units of `docs/METERING.md`; at most 2^62. 0 stops every call. Default: `None`, no limit
    /// beside time.
    pub fuel_limit: Option<u64>,
    /// Whether modules that import WASI, and components, are run, with the feature `wasi`. Default: no.
    pub enable_wasi: bool,
    /// What programs of WASI are granted. Their arguments come from each call, behind the module's name, and their outputs
    /// are in its result: those of the grants do not count. Default: nothing.
    #[cfg(feature = "wasi")]
    pub wasi: Grants,
    /// How much a program of WASI may write to standard output, and to standard error, in one call, in bytes. It finds the stream
    /// closed beyond that. Default: 1 MiB.
    pub max_output_bytes: usize,
    /// What modules without an ABI may do by HTTP, with the feature `http`. Default: `None`, nothing; a module that imports
    /// the functions is not loaded.
    pub http: Option<HttpConfig>,
    /// The functions of modules without an ABI whose `i32` is the address of a text, by name; a `*` is any letters:
    /// `greet`, `get_*`, `*_str`. `docs/RUNTIME.md` has the form of such a text. Default: none, an `i32` is a number.
    pub texts: Vec<String>,
    /// How many calls of one module run at once. Each has an instance of its own. At least 1. Default: two for
    /// each processor, so that calls of one module do not take all threads.
    pub max_concurrency: usize,
    /// How many calls of one module may wait for a place to run. With 0 a call that cannot run at once is refused.
    /// Default: 1,024.
    pub max_queue: usize,
    /// How long a call may wait for a place to run. Default: 30 seconds.
    pub queue_timeout: Duration,
    /// What an instance is when the next call gets it. Default: [`Reuse::Fresh`], as it was when it had started.
    pub reuse: Reuse,
    /// How many threads run guests, for all modules together. At least 1. Default: four for each processor, because a
    /// host function that waits keeps its thread.
    pub max_threads: usize,
    /// How long a thread without a call looks for the next one before it sleeps, and the poll of a call for its result before it
    /// returns. A poll does not look where calls of the module take longer. To be woken costs a call more than all else, if it
    /// is short. Within this time short calls are tried in the poll itself, as `docs/RUNTIME.md` says. Zero: never. At most 1 millisecond. Default: 50 microseconds.
    pub spin_time: Duration,
    /// How many modules are compiled at once. Others wait, with no limit of number or time. At least 1. Default: 1.
    pub max_compilations: usize,
    /// How long the compilation of one module may take before [`load_module`](crate::WasmRuntime::load_module) gives up on it.
    /// Default: 60 seconds.
    pub max_compile_time: Duration,
    /// How long a call that was told to end may go on before its thread is abandoned. Default: 1 second.
    pub stop_grace: Duration,
    /// How many threads may be abandoned at a time. With more of them, a call that does not end keeps its place. Default: 16.
    pub max_abandoned_threads: usize,
    /// Where compiled modules are kept between processes. See [`EngineConfig::cache_dir`]. Default: nowhere.
    pub cache_dir: Option<PathBuf>,
    /// The process in which modules are compiled. See [`EngineConfig::compile_process`]. Default: `None`, this one.
    pub compile_process: Option<CompileProcess>,
}

impl Default for WasmConfig {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self {
            max_memory_bytes: 64 << 20,
            max_execution_time: Duration::from_secs(30),
            fuel_limit: None,
            enable_wasi: false,
            #[cfg(feature = "wasi")]
            wasi: Grants::default(),
            max_output_bytes: 1 << 20,
            http: None,
            texts: Vec::new(),
            max_concurrency: 2 * processors,
            max_queue: 1024,
            queue_timeout: Duration::from_secs(30),
            reuse: Reuse::Fresh,
            max_threads: 4 * processors,
            spin_time: Duration::from_micros(50),
            max_compilations: 1,
            max_compile_time: Duration::from_secs(60),
            stop_grace: Duration::from_secs(1),
            max_abandoned_threads: 16,
            cache_dir: None,
            compile_process: None,
        }
    }
}

/// What one module has in place of the runtime's limits. `None` leaves a limit as [`WasmConfig`] has it.
#[derive(Debug, Clone, Default)]
pub struct ModuleConfig {
    /// See [`WasmConfig::max_memory_bytes`].
    pub max_memory_bytes: Option<u64>,
    /// See [`WasmConfig::max_execution_time`].
    pub max_execution_time: Option<Duration>,
    /// See [`WasmConfig::fuel_limit`].
    pub fuel_limit: Option<u64>,
    /// See [`WasmConfig::enable_wasi`].
    pub enable_wasi: Option<bool>,
    /// See [`WasmConfig::wasi`].
    #[cfg(feature = "wasi")]
    pub wasi: Option<Grants>,
    /// See [`WasmConfig::http`].
    pub http: Option<HttpConfig>,
    /// See [`WasmConfig::texts`].
    pub texts: Option<Vec<String>>,
    /// See [`WasmConfig::max_concurrency`].
    pub max_concurrency: Option<usize>,
    /// See [`WasmConfig::max_queue`].
    pub max_queue: Option<usize>,
    /// See [`WasmConfig::queue_timeout`].
    pub queue_timeout: Option<Duration>,
    /// See [`WasmConfig::reuse`].
    pub reuse: Option<Reuse>,
}

impl WasmConfig {
    /// Refuses what cannot be done, so that no field is ignored in silence.
    pub(crate) fn check(&self) -> Result<(), RuntimeError> {
        let refuse = |field, reason| Err(ErrorKind::Config { field, reason }.into());
        if self.enable_wasi && !cfg!(feature = "wasi") {
            return refuse("enable_wasi", "this build is without the feature `wasi`");
        }
        if self.http.is_some() && !cfg!(feature = "http") {
            return refuse("http", "this build is without the feature `http`");
        }
        let at_least_one = [
            ("max_concurrency", self.max_concurrency),
            ("max_threads", self.max_threads),
            ("max_compilations", self.max_compilations),
        ];
        if let Some((field, _)) = at_least_one.into_iter().find(|(_, number)| *number == 0) {
            return refuse(field, "zero, with which nothing would run");
        }
        if self.max_execution_time.is_zero() {
            return refuse("max_execution_time", "zero, which no call keeps");
        }
        if self.spin_time > MAX_SPIN {
            return refuse("spin_time", "more than a millisecond, for which a poll would hold its executor");
        }
        if self.fuel_limit.is_some_and(|fuel| fuel > MAX_FUEL) {
            return refuse("fuel_limit", "more than 2^62, the most that can be counted");
        }
        Ok(())
    }

    /// These settings, with those of a module in place of its own.
    pub(crate) fn of_module(&self, module: &ModuleConfig) -> Self {
        Self {
            max_memory_bytes: module.max_memory_bytes.unwrap_or(self.max_memory_bytes),
            max_execution_time: module.max_execution_time.unwrap_or(self.max_execution_time),
            fuel_limit: module.fuel_limit.or(self.fuel_limit),
            enable_wasi: module.enable_wasi.unwrap_or(self.enable_wasi),
            #[cfg(feature = "wasi")]
            wasi: module.wasi.clone().unwrap_or_else(|| self.wasi.clone()),
            http: module.http.clone().or_else(|| self.http.clone()),
            texts: module.texts.clone().unwrap_or_else(|| self.texts.clone()),
            max_concurrency: module.max_concurrency.unwrap_or(self.max_concurrency),
            max_queue: module.max_queue.unwrap_or(self.max_queue),
            queue_timeout: module.queue_timeout.unwrap_or(self.queue_timeout),
            reuse: module.reuse.unwrap_or(self.reuse),
            ..self.clone()
        }
    }

    /// The configuration of the engine. Modules are compiled with limits also where fuel has none: only with them can
    /// every loop be stopped.
    pub(crate) fn engine(&self) -> EngineConfig {
        EngineConfig {
            metering_limit: self.fuel_limit.unwrap_or(MAX_FUEL),
            memory_limit: self.max_memory_bytes,
            deadline: Some(self.max_execution_time),
            cache_dir: self.cache_dir.clone(),
            compile_process: self.compile_process.clone(),
            // A module that was unloaded leaves nothing behind.
            cache_modules: 0,
            ..EngineConfig::default()
        }
    }
}

//! A module that is loaded, and its instances.

use super::fault::Fault;
use super::info::{Counters, FunctionInfo, ModuleInfo};
use super::instances::{Instances, Taken};
use super::interface::{Export, Interface};
use super::missing::{is_wasi, missing};
use super::plain_pool::PlainPool;
#[cfg(feature = "wasi")]
use super::wasi_pool::WasiPool;
use crate::config::{ModuleConfig, WasmConfig};
use crate::current::Current;
use crate::env;
use crate::error::{ErrorKind, RuntimeError};
use crate::host::{HostContext, Offered};
use crate::stop::Stop;
use aingle_wasm_host::{HostFunctions, InstancePool, Reuse, WasmEngine, WasmModule};
use aingle_wasm_module::Module;
use aingle_wasm_types::names;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::SystemTime;
use tokio::sync::Semaphore;

/// A module that is loaded. Calls that have begun keep it, whatever is loaded in its place.
pub(crate) struct Loaded {
    pub(crate) name: Arc<str>,
    /// The runtime's limits, with the module's own among them.
    pub(crate) config: WasmConfig,
    /// The module's own alone.
    pub(crate) own: ModuleConfig,
    pub(crate) interface: Interface,
    pub(crate) counters: Counters,
    /// A permit for each call that may run at once.
    pub(crate) places: Arc<Semaphore>,
    instances: Instances,
    version: AtomicU64,
    loaded_at: SystemTime,
    size_bytes: usize,
    imports: Vec<String>,
    /// Whether a call can be made twice without anybody noticing.
    repeatable: bool,
}

impl Loaded {
    /// Compiles a module, and makes its first instance, which shows that everything it imports is there. Blocks.
    ///
    /// # Errors
    /// [`ErrorKind::Load`], or why its start function failed.
    pub(crate) fn new(
        name: &str,
        wasm: &[u8],
        config: WasmConfig,
        own: ModuleConfig,
        offered: &Offered,
        stop: &Stop,
    ) -> Result<Self, RuntimeError> {
        let made = if is_wasi(wasm) {
            wasi(name, wasm, &config, stop)?
        } else {
            module(name, wasm, &config, offered)?
        };
        let (interface, instances, imports) = made;
        let repeatable = matches!(instances, Instances::Guests(_))
            && config.reuse == Reuse::Fresh
            && Module::parse(wasm).is_ok_and(|view| view.imports().all(|import| import.name == names::FETCH));
        let loaded = Self {
            name: name.into(),
            interface,
            instances,
            places: Arc::new(Semaphore::new(config.max_concurrency.min(Semaphore::MAX_PERMITS))),
            config,
            own,
            counters: Counters::default(),
            version: AtomicU64::new(1),
            loaded_at: SystemTime::now(),
            size_bytes: wasm.len(),
            imports,
            repeatable,
        };
        let first = loaded.take(stop);
        stop.end();
        first.map_err(|error| match Current::take_refused() {
            Some(refused) => refused,
            None => match error.kind(stop.reason()) {
                ErrorKind::Call(error) => ErrorKind::Load(error),
                other => other,
            },
        })?;
        Ok(loaded)
    }

    pub(crate) fn take(&self, stop: &Stop) -> Result<Taken<'_>, Fault> {
        self.instances.take(stop)
    }

    /// Whether its calls may be tried on the thread of their caller.
    pub(crate) fn may_be_tried(&self) -> bool {
        self.repeatable && !self.config.spin_time.is_zero()
    }

    /// Takes an instance for an attempt at a call, whose effects nobody has seen if it is dropped: a guest that is idle, is reset
    /// between calls, and calls no host function.
    pub(crate) fn take_for_attempt(&self, stop: &Stop) -> Option<Taken<'_>> {
        if self.repeatable { self.instances.take_idle(stop) } else { None }
    }

    /// Finds a function.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownFunction`], or why it cannot be called.
    pub(crate) fn export(&self, name: &str) -> Result<&Export, ErrorKind> {
        self.interface.get(name).ok_or_else(|| self.no_export(name))
    }

    fn no_export(&self, name: &str) -> ErrorKind {
        let unknown =
            || ErrorKind::UnknownFunction { name: name.into(), exports: self.interface.signatures() };
        self.instances.refused(name).unwrap_or_else(unknown)
    }

    /// Whether calls take so little time that the poll of one looks for its result.
    pub(crate) fn is_short(&self) -> bool {
        self.counters.typical() < self.config.spin_time
    }

    pub(crate) fn version(&self) -> u64 {
        self.version.load(Relaxed)
    }

    pub(crate) fn set_version(&self, version: u64) {
        self.version.store(version, Relaxed);
    }

    pub(crate) fn info(&self) -> ModuleInfo {
        let counters = &self.counters;
        ModuleInfo {
            name: self.name.as_ref().into(),
            version: self.version(),
            size_bytes: self.size_bytes,
            loaded_at: self.loaded_at,
            exports: self.interface.iter().map(|(name, export)| function_info(name, export)).collect(),
            imports: self.imports.clone(),
            max_memory_bytes: self.config.max_memory_bytes,
            peak_memory_bytes: counters.peak_memory.load(Relaxed),
            calls: counters.calls.load(Relaxed),
            failed: counters.failed.load(Relaxed),
            fuel_used: counters.fuel.load(Relaxed),
            in_flight: counters.in_flight.load(Relaxed),
            waiting: counters.waiting.load(Relaxed),
            idle_instances: self.instances.idle(),
        }
    }
}

/// What a module offers, its instances, and what it imports, in words.
type Made = (Interface, Instances, Vec<String>);

/// Compiles a module for the host's engine.
fn module(name: &str, wasm: &[u8], config: &WasmConfig, offered: &Offered) -> Result<Made, RuntimeError> {
    let engine = WasmEngine::new(config.engine()).map_err(ErrorKind::of_load)?;
    let module = engine.compile_cached(name.as_bytes(), wasm).map_err(ErrorKind::of_load)?;
    let view = Module::parsed(module.wasm());
    if view.is_guest() {
        if let Some(missing) = env::missing_of_guest(view, config).filter(|_| offered.own_http) {
            return Err(missing.into());
        }
        let guests = guests(&name.into(), config, &engine, &module, &offered.functions);
        return Ok((Interface::of_guest(&module)?, guests, module.imports()));
    }
    if let Some(missing) = env::missing(view, config) {
        return Err(missing.into());
    }
    let plain = PlainPool::new(engine, module.clone(), config.reuse, env::functions(config));
    Ok((Interface::of_plain(view, &config.texts)?, Instances::Plain(plain), module.imports()))
}

/// Compiles a program of WASI.
fn wasi(name: &str, wasm: &[u8], config: &WasmConfig, stop: &Stop) -> Result<Made, RuntimeError> {
    if let Some(missing) = missing(wasm, config) {
        return Err(missing.into());
    }
    #[cfg(feature = "wasi")]
    {
        let pool = WasiPool::new(name, wasm, config, stop)?;
        let interface = Interface::of_wasi(wasm, pool.functions(), pool.is_command());
        let imports = pool.imports();
        Ok((interface, Instances::Wasi(Box::new(pool)), imports))
    }
    #[cfg(not(feature = "wasi"))]
    {
        // A configuration that enables it is refused without the feature.
        let _ = (name, stop);
        Err(ErrorKind::Config { field: "enable_wasi", reason: "this build is without the feature `wasi`" }
            .into())
    }
}

fn guests(
    name: &Arc<str>,
    config: &WasmConfig,
    engine: &WasmEngine,
    module: &WasmModule,
    functions: &Arc<HostFunctions<HostContext>>,
) -> Instances {
    let context = HostContext::new(Arc::clone(name), config);
    let state = move || context.clone();
    let limit = config.max_concurrency.saturating_add(config.max_abandoned_threads);
    Instances::Guests(InstancePool::new(engine, module, Arc::clone(functions), limit, config.reuse, state))
}

fn function_info(name: &str, export: &Export) -> FunctionInfo {
    FunctionInfo { name: name.into(), signature: export.signature(name), kind: export.kind() }
}

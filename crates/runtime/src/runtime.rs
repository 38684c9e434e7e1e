//! The runtime.

use crate::call::{Arguments, Call, Read, Request, Shared, as_bytes, as_text, as_value};
use crate::config::{ModuleConfig, WasmConfig};
use crate::error::RuntimeError;
use crate::host::HostFunctions;
use crate::load::{Loader, load};
use crate::module::{FunctionKind, ModuleInfo, Registry, Replaced};
use crate::spin::Spin;
use crate::stats::RuntimeStats;
use crate::telemetry;
use crate::threads::Threads;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Modules by name, and calls of their functions with JSON, from any number of tasks. A clone is the same runtime.
///
/// The futures of its methods run in a tokio runtime whose time driver is enabled. They never block: compilation and guests
/// have threads of their own.
#[derive(Clone)]
pub struct WasmRuntime {
    loader: Arc<Loader>,
    shared: Arc<Shared>,
}

/// How a module takes another's place.
#[derive(Debug, Clone, Default)]
pub struct ReplaceOptions {
    /// Whether functions may be gone or have other types. Default: no.
    pub allow_breaks: bool,
    /// The new module's own limits and grants. Default: `None`, those of the module that it takes the place of.
    pub config: Option<ModuleConfig>,
}

impl WasmRuntime {
    /// Returns a runtime without host functions.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config).
    pub fn new(config: WasmConfig) -> Result<Self, RuntimeError> {
        Self::with_functions(config, HostFunctions::new())
    }

    /// Returns a runtime that offers these host functions to every module.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config).
    pub fn with_functions(config: WasmConfig, functions: HostFunctions) -> Result<Self, RuntimeError> {
        config.check()?;
        let shared = Shared {
            registry: Registry::default(),
            threads: Arc::new(Threads::new("aingle-guest", config.max_threads, Spin::new(config.spin_time))),
            places: Arc::new(Semaphore::new(config.max_threads.min(Semaphore::MAX_PERMITS))),
            #[cfg(feature = "service")]
            recent: crate::recent::Recent::default(),
        };
        let loader = Loader::new(config, functions);
        Ok(Self { loader: Arc::new(loader), shared: Arc::new(shared) })
    }

    /// Compiles a module and makes its first instance, so that what it lacks is found here.
    ///
    /// # Errors
    /// [`AlreadyLoaded`](crate::ErrorKind::AlreadyLoaded), [`Load`](crate::ErrorKind::Load), [`Description`](crate::ErrorKind::Description), [`CompileTimeout`](crate::ErrorKind::CompileTimeout), or
    /// why its start function failed.
    pub async fn load_module(&self, name: &str, wasm: impl AsRef<[u8]>) -> Result<(), RuntimeError> {
        self.load_module_with(name, wasm, &ModuleConfig::default()).await
    }

    /// Loads a module with limits of its own.
    ///
    /// # Errors
    /// As [`WasmRuntime::load_module`], and [`Config`](crate::ErrorKind::Config).
    pub async fn load_module_with(
        &self,
        name: &str,
        wasm: impl AsRef<[u8]>,
        config: &ModuleConfig,
    ) -> Result<(), RuntimeError> {
        let loaded = load(&self.loader, &self.shared, name, wasm.as_ref(), config).await;
        self.told(name, loaded)
    }

    /// Puts a module in the place of the one of this name, if it has all that the other has. Calls that have begun
    /// finish on the old module, and so do those in its queue; new ones go to the new module, which has the limits and
    /// grants that the old one had of its own.
    ///
    /// # Errors
    /// [`UnknownModule`](crate::ErrorKind::UnknownModule), [`Interface`](crate::ErrorKind::Interface), and as [`WasmRuntime::load_module`]. Nothing is changed
    /// then.
    pub async fn replace_module(&self, name: &str, wasm: impl AsRef<[u8]>) -> Result<Replaced, RuntimeError> {
        self.replace_module_with(name, wasm, &ReplaceOptions::default()).await
    }

    /// Puts a module in another's place, with options.
    ///
    /// # Errors
    /// As [`WasmRuntime::replace_module`].
    pub async fn replace_module_with(
        &self,
        name: &str,
        wasm: impl AsRef<[u8]>,
        options: &ReplaceOptions,
    ) -> Result<Replaced, RuntimeError> {
        let replaced = self.replace(name, wasm.as_ref(), options).await;
        self.told(name, replaced)
    }

    async fn replace(
        &self,
        name: &str,
        wasm: &[u8],
        options: &ReplaceOptions,
    ) -> Result<Replaced, RuntimeError> {
        let old = self.shared.registry.get(name)?;
        let config = options.config.as_ref().unwrap_or(&old.own);
        let new = self.loader.load(name, wasm, config).await?;
        self.shared.registry.replace(new, options.allow_breaks)
    }

    /// Returns how a function is called. It costs a look-up, where [`WasmRuntime::list_modules`] tells of all.
    ///
    /// # Errors
    /// [`UnknownModule`](crate::ErrorKind::UnknownModule) and [`UnknownFunction`](crate::ErrorKind::UnknownFunction).
    pub fn function_kind(&self, module: &str, function: &str) -> Result<FunctionKind, RuntimeError> {
        Ok(self.shared.registry.get(module)?.export(function)?.kind())
    }

    /// Calls a function with JSON: arguments as an array by position or as an object by name; if there is one parameter, a
    /// value that is neither is its argument. `docs/VALUES.md` has the JSON of each type.
    ///
    /// Dropping the future ends the call, wherever it is.
    ///
    /// # Errors
    /// [`UnknownModule`](crate::ErrorKind::UnknownModule), [`UnknownFunction`](crate::ErrorKind::UnknownFunction), [`Bytes`](crate::ErrorKind::Bytes), [`Arguments`](crate::ErrorKind::Arguments) and
    /// [`Result`](crate::ErrorKind::Result) when there is nothing to call or values do not fit; [`QueueFull`](crate::ErrorKind::QueueFull) and
    /// [`QueueTimeout`](crate::ErrorKind::QueueTimeout) when it did not run; [`Guest`](crate::ErrorKind::Guest) with the error that the function returned;
    /// and why it was stopped otherwise.
    pub async fn execute(
        &self,
        module: &str,
        function: &str,
        arguments: Value,
    ) -> Result<Value, RuntimeError> {
        self.call(module, function, arguments).await
    }

    /// Calls a function with the text of JSON, and returns JSON as text. No number passes through a [`Value`].
    ///
    /// # Errors
    /// As [`WasmRuntime::execute`].
    pub async fn execute_text(
        &self,
        module: &str,
        function: &str,
        json: &str,
    ) -> Result<String, RuntimeError> {
        self.call_text(module, function, json).await
    }

    /// Calls a function with bytes, and returns bytes. Those of a typed function are its values in postcard.
    ///
    /// # Errors
    /// As [`WasmRuntime::execute`].
    pub async fn execute_bytes(
        &self,
        module: &str,
        function: &str,
        bytes: impl Into<Vec<u8>>,
    ) -> Result<Vec<u8>, RuntimeError> {
        self.call_bytes(module, function, bytes).await
    }

    /// Prepares a call with JSON, which can have limits of its own and a handle that cancels it. It begins when it is
    /// awaited.
    pub fn call(&self, module: &str, function: &str, arguments: Value) -> Call<Value> {
        self.call_with(module, function, Arguments::Value(arguments), as_value)
    }

    /// Prepares a call with the text of JSON, as [`WasmRuntime::call`].
    pub fn call_text(&self, module: &str, function: &str, json: &str) -> Call<String> {
        self.call_with(module, function, Arguments::Text(json.into()), as_text)
    }

    /// Prepares a call with bytes, as [`WasmRuntime::call`].
    pub fn call_bytes(&self, module: &str, function: &str, bytes: impl Into<Vec<u8>>) -> Call<Vec<u8>> {
        self.call_with(module, function, Arguments::Bytes(bytes.into()), as_bytes)
    }

    fn call_with<T: Send + 'static>(
        &self,
        module: &str,
        function: &str,
        arguments: Arguments,
        read: Read<T>,
    ) -> Call<T> {
        let (module, function) = (module.into(), function.into());
        let request = Request { module, function, arguments, fuel: None, timeout: None, read };
        Call::new(Arc::clone(&self.shared), request)
    }

    /// Returns what is known of each module, sorted by name.
    #[must_use]
    pub fn list_modules(&self) -> Vec<ModuleInfo> {
        self.shared.registry.infos()
    }

    /// A module.
    #[cfg(feature = "service")]
    pub(crate) fn module(&self, name: &str) -> Result<Arc<crate::module::Loaded>, RuntimeError> {
        Ok(self.shared.registry.get(name)?)
    }

    /// The last calls.
    #[cfg(feature = "service")]
    pub(crate) fn recent(&self) -> &crate::recent::Recent {
        &self.shared.recent
    }

    /// All modules, sorted by name.
    #[cfg(feature = "service")]
    pub(crate) fn loaded(&self) -> Vec<Arc<crate::module::Loaded>> {
        self.shared.registry.all()
    }

    /// Removes a module. Calls that have begun finish, and so do those in its queue.
    ///
    /// # Errors
    /// [`UnknownModule`](crate::ErrorKind::UnknownModule).
    pub fn unload_module(&self, name: &str) -> Result<(), RuntimeError> {
        self.shared.registry.remove(name)?;
        telemetry::modules_are(self.shared.registry.len());
        Ok(())
    }

    /// Removes all modules, as [`WasmRuntime::unload_module`]. Returns how many there were.
    pub fn clear_modules(&self) -> usize {
        let removed = self.shared.registry.clear();
        telemetry::modules_are(self.shared.registry.len());
        removed
    }

    /// Returns what the runtime has and does at this moment.
    #[must_use]
    pub fn stats(&self) -> RuntimeStats {
        RuntimeStats {
            modules: self.shared.registry.len(),
            threads: self.shared.threads.count(),
            abandoned_threads: self.shared.threads.abandoned(),
            load_threads: self.loader.threads(),
            abandoned_loads: self.loader.abandoned(),
        }
    }

    /// Returns the configuration.
    #[must_use]
    pub fn config(&self) -> &WasmConfig {
        &self.loader.config
    }

    fn told<T>(&self, name: &str, result: Result<T, RuntimeError>) -> Result<T, RuntimeError> {
        let result = result.map_err(|error| error.of_module(name));
        telemetry::loaded(result.as_ref().err().map(RuntimeError::kind), self.shared.registry.len());
        result
    }
}

impl fmt::Debug for WasmRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmRuntime").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

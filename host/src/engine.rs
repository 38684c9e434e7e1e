//! The engine: compiles modules, and keeps them.

use crate::artifact;
use crate::cache::{CacheStats, Counters, DiskCache, MemoryCache, Name, Refusals};
use crate::compile::{self, Code};
use crate::config::EngineConfig;
use crate::error::{Doing, HostError, HostErrorKind};
use crate::module::WasmModule;
use crate::raw::PerProcess;
use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Compiles modules, and keeps them. A clone shares everything.
///
/// An engine can be used in a child after `fork`, with the compiled modules that its parent had in memory. What the parent
/// was compiling at that moment the child compiles itself.
#[derive(Clone)]
pub struct WasmEngine {
    inner: Arc<Inner>,
}

struct Inner {
    id: u64,
    config: EngineConfig,
    /// What decides machine code besides the module.
    identity: String,
    kept: PerProcess<Kept>,
    disk: Option<DiskCache>,
    counters: Arc<Counters>,
    #[cfg(feature = "encryption")]
    received: crate::encryption::Received,
}

/// What the threads of a process share.
struct Kept {
    memory: Mutex<MemoryCache>,
    /// What a compilation failed on a while ago.
    refusals: Mutex<Refusals>,
    /// What is being compiled right now, so that nothing is compiled twice at once.
    under_way: Mutex<HashSet<Name>>,
    finished: Condvar,
}

impl WasmEngine {
    /// An engine of this configuration.
    ///
    /// # Errors
    /// [`HostErrorKind::Config`] when it asks for what this build cannot do. A cache directory that
    /// cannot be used is a warning in `tracing` and counts in [`CacheStats::disk_errors`].
    pub fn new(config: EngineConfig) -> Result<Self, HostError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        config.check().map_err(|kind| HostError::new(Doing::Configure, kind))?;
        let counters = Arc::new(Counters::default());
        let inner = Inner {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            identity: compile::identity(&config),
            kept: PerProcess::new(),
            disk: DiskCache::open(&config, &counters),
            counters,
            #[cfg(feature = "encryption")]
            received: crate::encryption::Received::new(&config),
            config,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Compiles a module.
    ///
    /// # Errors
    /// [`HostErrorKind::Invalid`] or [`HostErrorKind::Unsupported`] for bytes that are no module this
    /// engine runs, [`HostErrorKind::ModuleLimit`], [`HostErrorKind::Load`] or [`HostErrorKind::TableLimit`] for one
    /// beyond its limits, [`HostErrorKind::ReservedExport`], [`HostErrorKind::Module`], [`HostErrorKind::Compiler`],
    /// or [`HostErrorKind::CompileProcess`].
    pub fn compile(&self, wasm: &[u8]) -> Result<WasmModule, HostError> {
        let key = Name::new(&self.inner.identity, wasm);
        let code =
            self.build(&key, "", wasm).map_err(|kind| HostError::new(Doing::Compile(String::new()), kind))?;
        Ok(self.module(code, wasm, &key, String::new()))
    }

    /// Compiles a module, unless its code is in memory or on disk.
    ///
    /// `name` is for people and logs. What is found is decided by the bytes.
    ///
    /// # Errors
    /// As [`WasmEngine::compile`].
    pub fn compile_cached(&self, name: &[u8], wasm: &[u8]) -> Result<WasmModule, HostError> {
        let label = String::from_utf8_lossy(name);
        let key = Name::new(&self.inner.identity, wasm);
        let kept = self.kept();
        let _alone = kept.wait_for_others(key);
        if let Some(module) = kept.memory().get(&key) {
            self.inner.counters.hits.add(1);
            tracing::debug!(module = %label, "compiled module found in memory");
            return Ok(module);
        }
        self.inner.counters.misses.add(1);
        let (code, len) = self
            .obtain(&key, &label, wasm)
            .map_err(|kind| HostError::new(Doing::Compile(label.clone().into_owned()), kind))?;
        let module = self.module(code, wasm, &key, label.into_owned());
        let displaced = kept.memory().put(key, module.clone(), len);
        self.inner.counters.evictions.add(displaced);
        Ok(module)
    }

    /// What the caches did and hold.
    #[must_use]
    pub fn cache_stats(&self) -> CacheStats {
        let (entries, bytes) = self.kept().memory().size();
        self.inner.counters.snapshot(entries, bytes)
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &EngineConfig {
        &self.inner.config
    }

    pub(crate) fn id(&self) -> u64 {
        self.inner.id
    }

    /// Takes an encrypted request that was authenticated, unless it was received before.
    #[cfg(feature = "encryption")]
    pub(crate) fn accept_call(
        &self,
        id: &aingle_wasm_codec::encryption::CallId,
    ) -> Result<(), aingle_wasm_codec::encryption::ReplayError> {
        self.inner.received.accept(id)
    }

    fn module(&self, code: Code, wasm: &[u8], key: &Name, name: String) -> WasmModule {
        WasmModule::new(code, wasm, key.fingerprint(), name, self.inner.id)
    }

    /// Code from the disk, or from the compiler, and its length in bytes.
    fn obtain(&self, key: &Name, label: &str, wasm: &[u8]) -> Result<(Code, usize), HostErrorKind> {
        if let Some(found) = self.load(key, label, wasm) {
            return Ok(found);
        }
        let code = self.build(key, label, wasm)?;
        let whole = compile::serialize(&code)?;
        if let Some(disk) = &self.inner.disk {
            disk.store(key, &artifact::strip(&whole));
        }
        Ok((code, whole.len()))
    }

    fn load(&self, key: &Name, label: &str, wasm: &[u8]) -> Option<(Code, usize)> {
        let disk = self.inner.disk.as_ref()?;
        let artifact = disk.load(key)?;
        let len = artifact.len();
        let Some(code) = compile::load(&self.inner.config, wasm, artifact) else {
            disk.reject_code(key);
            return None;
        };
        disk.accept(key);
        tracing::debug!(module = label, "compiled module found on disk");
        Some((code, len))
    }

    fn build(&self, key: &Name, label: &str, wasm: &[u8]) -> Result<Code, HostErrorKind> {
        if let Some(refused) = self.kept().refusals().get(key) {
            self.inner.counters.refusals.add(1);
            return Err(refused);
        }
        let _span = tracing::debug_span!("compile", module = label, bytes = wasm.len()).entered();
        compile::compile(&self.inner.config, wasm).inspect_err(|kind| self.kept().refusals().put(*key, kind))
    }

    fn kept(&self) -> &Kept {
        let size = self.inner.config.cache_size;
        let modules = self.inner.config.cache_modules;
        let empty = || MemoryCache::new(size, modules);
        let remembered = self.inner.config.remember_refusals;
        let (kept, _) = self
            .inner
            .kept
            .get(|parents| Kept::new(parents.map_or_else(empty, |parents| parents.take(empty)), remembered));
        kept
    }
}

impl Kept {
    fn new(memory: MemoryCache, remembered: Duration) -> Self {
        Self {
            memory: Mutex::new(memory),
            refusals: Mutex::new(Refusals::new(remembered)),
            under_way: Mutex::default(),
            finished: Condvar::new(),
        }
    }

    fn refusals(&self) -> MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn memory(&self) -> MutexGuard<'_, MemoryCache> {
        // A panic leaves the cache whole: nothing in it is changed halfway.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the modules, if no thread changes them at this moment. One that a child does not have may hold the lock for
    /// ever.
    fn take(&self, empty: impl Fn() -> MemoryCache) -> MemoryCache {
        match self.memory.try_lock() {
            Ok(mut memory) => std::mem::replace(&mut *memory, empty()),
            Err(_) => empty(),
        }
    }

    /// Waits until no other thread compiles this module, and keeps others waiting.
    fn wait_for_others(&self, key: Name) -> UnderWay<'_> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        while !under_way.insert(key) {
            under_way = self.finished.wait(under_way).unwrap_or_else(PoisonError::into_inner);
        }
        UnderWay { kept: self, key }
    }
}

impl fmt::Debug for WasmEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmEngine").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

struct UnderWay<'a> {
    kept: &'a Kept,
    key: Name,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.kept.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
        self.kept.finished.notify_all();
    }
}

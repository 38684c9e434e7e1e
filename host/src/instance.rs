//! A guest that can be called.

use crate::config::EngineConfig;
use crate::engine::WasmEngine;
use crate::error::{Doing, HostError, HostErrorKind};
use crate::functions::{HostFunctions, Shared, Signatures, refused};
use crate::machine::Machine;
use crate::module::WasmModule;
use crate::profile::Profile;
use crate::reset::Snapshot;
use crate::stop::CancelHandle;
use aingle_wasm_codec::Data;
use aingle_wasm_host_core::{
    self as host_core, Args, Budget, Error, Guest, Host, HostFault, HostFn, Level, RegistrationError,
    Response,
};
use aingle_wasm_types::{Name, names};
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;

mod errors;

/// An instance of a module: memory of its own, host functions, and their state `S`.
///
/// It starts at the first call; until then host functions can be registered.
pub struct WasmInstance<S: Send + 'static = ()> {
    pub(crate) guest: Guest<Machine<S>>,
    engine: WasmEngine,
    signatures: Signatures,
}

impl WasmInstance {
    /// An instance whose host functions, if any, need no state.
    ///
    /// # Errors
    /// [`HostErrorKind::ForeignModule`] when the module was compiled by another engine,
    /// [`HostErrorKind::Foreign`] when the module was built for another host,
    /// [`HostErrorKind::AbiVersion`] or [`HostErrorKind::ImportSignature`] when it is no guest for this host.
    pub fn new(engine: &WasmEngine, module: &WasmModule) -> Result<Self, HostError> {
        Self::with_state(engine, module, ())
    }
}

impl<S: Send + 'static> WasmInstance<S> {
    /// An instance with state for the host functions that will be registered.
    ///
    /// # Errors
    /// As [`WasmInstance::new`].
    pub fn with_state(engine: &WasmEngine, module: &WasmModule, state: S) -> Result<Self, HostError> {
        let (functions, signatures) = HostFunctions::new().into_parts();
        Self::instantiate(engine, module, Host::new(state, functions), signatures)
    }

    /// An instance that shares its host functions with others.
    ///
    /// # Errors
    /// As [`WasmInstance::new`].
    pub fn with_host(
        engine: &WasmEngine,
        module: &WasmModule,
        functions: Arc<HostFunctions<S>>,
        state: S,
    ) -> Result<Self, HostError> {
        let signatures = functions.signatures();
        Self::instantiate(engine, module, Host::shared(state, Shared(functions)), signatures)
    }

    fn instantiate(
        engine: &WasmEngine,
        module: &WasmModule,
        host: Host<S>,
        signatures: Signatures,
    ) -> Result<Self, HostError> {
        let _span = tracing::debug_span!("instantiate", module = module.name()).entered();
        let doing = || Doing::Instantiate(module.name().into());
        if module.engine() != engine.id() {
            return Err(HostError::new(doing(), HostErrorKind::ForeignModule));
        }
        let machine = Machine::new(module, host, engine.config().budget(), engine.config().profile).map_err(
            |error| {
                let reason = format!("no call could be stopped: {error}");
                HostError::new(doing(), HostErrorKind::Other { reason })
            },
        )?;
        let guest = Guest::new(machine, engine.config().protocol()).map_err(|error| {
            HostError::of_guest(doing(), HostErrorKind::of_module(error, module.view()), &error)
        })?;
        Ok(Self { guest, engine: engine.clone(), signatures })
    }

    /// Offers a typed function to the guest: a closure of the state and the arguments. An `Err` that
    /// it returns reaches the guest as a value. [`WasmModule::imports`] says which the module wants; no other is
    /// ever called. A guest that imports it must say in its description that it calls it with these types: else it
    /// does not start.
    ///
    /// # Errors
    /// [`HostErrorKind::Registration`] when the name cannot be had, the functions are shared, or the
    /// guest has started.
    pub fn register<A, R, F>(&mut self, name: &str, function: F) -> Result<(), HostError>
    where
        F: HostFn<S, A, R>,
        A: Args + DeserializeOwned,
        R: Data,
    {
        self.functions(name)?.register(name, function).map_err(|error| refused(name, error))?;
        self.signatures.add::<A, R>(name);
        Ok(())
    }

    /// Offers a function on bytes to the guest, which writes its answer into the [`Response`]. It is the only kind
    /// for guests that describe nothing, such as older ones.
    ///
    /// # Errors
    /// As [`WasmInstance::register`].
    pub fn register_raw<F>(&mut self, name: &str, function: F) -> Result<(), HostError>
    where
        F: Fn(&mut S, &[u8], &mut Response<'_>) -> Result<(), HostFault> + Send + Sync + 'static,
    {
        self.functions(name)?.register_raw(name, function).map_err(|error| refused(name, error))
    }

    /// Takes the guest's log lines, which otherwise go to `tracing` under the target
    /// `aingle_wasm_guest`.
    ///
    /// # Errors
    /// [`HostErrorKind::Registration`] when the functions are shared, or the guest has started.
    pub fn on_log(
        &mut self,
        log: impl Fn(&mut S, Level, &str) + Send + Sync + 'static,
    ) -> Result<(), HostError> {
        self.functions(names::LOG)?.on_log(log);
        Ok(())
    }

    /// Checks that every import is registered with the module's types, runs the start function, and then
    /// the static constructors of a module that exports `_initialize`. The first call does this too. All of it has
    /// the budget of one call.
    ///
    /// # Errors
    /// [`HostErrorKind::MissingImport`]; [`HostErrorKind::Schema`], [`HostErrorKind::UndescribedImport`],
    /// [`HostErrorKind::RawImport`] or [`HostErrorKind::DescribedTwice`] when types differ or are not known;
    /// [`HostErrorKind::Load`]; or what a call reports, from the start function or a constructor.
    pub fn start(&mut self) -> Result<(), HostError> {
        self.guest.start().map_err(|error| self.failed(Doing::Start, error))
    }

    /// Calls an export with bytes and returns the reply's.
    ///
    /// # Errors
    /// [`HostErrorKind::Guest`] and [`HostErrorKind::Panic`] when the guest failed,
    /// [`HostErrorKind::OutOfFuel`], [`HostErrorKind::CallDepth`], [`HostErrorKind::Trap`] or [`HostErrorKind::HostPanic`] when it
    /// was stopped, [`HostErrorKind::MissingExport`] and [`HostErrorKind::ExportSignature`] when there
    /// is nothing to call, [`HostErrorKind::TooLarge`], [`HostErrorKind::GuestOutOfMemory`],
    /// [`HostErrorKind::OutOfBounds`], [`HostErrorKind::Reply`], [`HostErrorKind::NoReply`] or
    /// [`HostErrorKind::Poisoned`] when protocol or limits were broken, and what
    /// [`WasmInstance::start`] reports.
    pub fn call_raw(&mut self, name: &str, request: &[u8]) -> Result<Vec<u8>, HostError> {
        let _span = crate::trace::call(|| name);
        self.guest.call_owned(name, request).map_err(|error| self.failed(Doing::Call(name.into()), error))
    }

    /// Calls an export with a payload of `len` bytes that `write` writes straight into the guest's
    /// memory, and returns the reply where it is. Nothing is copied on this side.
    ///
    /// The bytes that `write` is given hold whatever was there before.
    ///
    /// # Errors
    /// As [`WasmInstance::call_raw`].
    pub fn call_in_place(
        &mut self,
        name: &str,
        len: usize,
        write: impl FnOnce(&mut [u8]),
    ) -> Result<&[u8], HostError> {
        let _span = crate::trace::call(|| name);
        if let Err(error) = self.guest.call_in_place(name, len, write) {
            return Err(self.failed(Doing::Call(name.into()), error));
        }
        Ok(self.guest.reply())
    }

    /// Sends a one-way notification: the function runs, and nothing comes back but its failure.
    ///
    /// # Errors
    /// As [`WasmInstance::call_raw`], but for [`HostErrorKind::NoReply`].
    pub fn notify(&mut self, name: &str, request: &[u8]) -> Result<(), HostError> {
        let _span = tracing::trace_span!("notify", function = name).entered();
        self.guest.notify(name, request).map_err(|error| self.failed(Doing::Call(name.into()), error))
    }

    /// The state that host functions work on.
    #[must_use]
    pub fn state(&self) -> &S {
        self.guest.state()
    }

    /// Returns the state that host functions work on, for changes.
    pub fn state_mut(&mut self) -> &mut S {
        self.guest.state_mut()
    }

    /// The fuel that the last call used; nothing without metering, and before the guest has started.
    pub fn fuel_used(&mut self) -> Option<u64> {
        self.guest.fuel_used()
    }

    /// Returns where the fuel of this instance's calls went; `None` if the engine's configuration does not say
    /// [`profile`](EngineConfig::profile).
    #[must_use]
    pub fn profile(&self) -> Option<&Profile> {
        self.guest.engine().profile()
    }

    /// A handle that cancels this instance from any thread: the call that runs, or else the next.
    #[must_use]
    pub fn cancel_handle(&self) -> CancelHandle {
        self.guest.engine().cancel_handle()
    }

    /// What each call may use.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.guest.budget()
    }

    /// Gives each call another budget, from the next one on. Nothing is compiled again. A new deadline wakes the
    /// thread that looks after deadlines; fuel and depth cost nothing.
    ///
    /// # Errors
    /// [`HostErrorKind::Load`] with [`LoadError::NoLimits`](crate::LoadError::NoLimits) for fuel where the engine was told
    /// to compile without limits, with [`LoadError::DepthLimit`](crate::LoadError::DepthLimit) for more depth than
    /// [`EngineConfig::depth_limit`], and for more fuel than can be counted or a deadline of zero. The instance keeps
    /// the budget that it had, and stays usable.
    pub fn set_budget(&mut self, budget: Budget) -> Result<(), HostError> {
        self.guest.set_budget(budget).map_err(|error| HostError::new(Doing::Budget, error.into()))
    }

    /// Runs something with another budget, and gives the instance its own back afterwards.
    ///
    /// ```no_run
    /// # use aingle_wasm_host::prelude::*;
    /// # fn run(instance: &mut WasmInstance) -> Result<Vec<u8>, HostError> {
    /// let budget = Budget { fuel: Some(1_000_000), ..instance.budget() };
    /// instance.with_budget(budget, |instance| instance.call_raw("summarize", b""))?
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`WasmInstance::set_budget`].
    pub fn with_budget<R>(
        &mut self,
        budget: Budget,
        run: impl FnOnce(&mut Self) -> R,
    ) -> Result<R, HostError> {
        struct GiveBack<'a, S: Send + 'static>(&'a mut WasmInstance<S>, Budget);

        impl<S: Send + 'static> Drop for GiveBack<'_, S> {
            fn drop(&mut self) {
                let given_back = self.0.set_budget(self.1);
                debug_assert!(given_back.is_ok(), "it was this instance's before");
            }
        }

        let own = self.budget();
        self.set_budget(budget)?;
        let with = GiveBack(self, own);
        Ok(run(&mut *with.0))
    }

    /// Ends what the last user of an instance had of it: its budget, and its cancel handles.
    pub(crate) fn end_use(&mut self) {
        self.guest.engine().end_handles();
        let budget = self.engine.config().budget();
        if self.budget() != budget {
            let given_back = self.guest.set_budget(budget);
            debug_assert!(given_back.is_ok(), "it is the engine's own");
        }
    }

    /// The size of the guest's memory, in bytes; 0 before it has started.
    pub fn memory_size(&mut self) -> usize {
        host_core::EngineInstance::memory(self.guest.engine_mut()).len()
    }

    /// Whether an earlier call left the guest in the middle of something, so that no other is possible.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.guest.is_poisoned()
    }

    /// The module.
    #[must_use]
    pub fn module(&self) -> &WasmModule {
        self.guest.engine().module()
    }

    /// A number that no other instance of this process has.
    pub(crate) fn id(&self) -> u64 {
        self.guest.engine().id()
    }

    /// The instance as it is now, where it can be put back later.
    pub(crate) fn snapshot(&mut self) -> Option<Snapshot> {
        let idle_memory = self.config().pool_idle_memory;
        self.guest.engine_mut().snapshot(idle_memory)
    }

    /// Puts the instance back, with another state of the host functions. Says whether it could; if not, it is not to
    /// be used again.
    pub(crate) fn reset(&mut self, snapshot: &Snapshot, make_state: impl Fn() -> S) -> bool {
        self.guest.engine_mut().restore(snapshot) && self.guest.reset(make_state())
    }

    /// Gives back what the last call needed much memory for.
    pub(crate) fn give_back(&mut self) {
        self.guest.give_back();
    }

    pub(crate) fn engine(&self) -> &WasmEngine {
        &self.engine
    }

    pub(crate) fn config(&self) -> &EngineConfig {
        self.engine.config()
    }

    fn functions(&mut self, name: &str) -> Result<&mut host_core::HostFunctions<S>, HostError> {
        let started = self.guest.is_started();
        let functions = host_core::EngineInstance::host_mut(self.guest.engine_mut()).functions_mut();
        let reason = if functions.is_none() { RegistrationError::Shared } else { RegistrationError::Started };
        let functions = functions.filter(|_| !started);
        functions.ok_or_else(|| refused(name, Error::Registration { name: Name::new(name), reason }))
    }
}

impl<S: Send + 'static> fmt::Debug for WasmInstance<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmInstance")
            .field("module", self.module())
            .field("poisoned", &self.is_poisoned())
            .finish_non_exhaustive()
    }
}

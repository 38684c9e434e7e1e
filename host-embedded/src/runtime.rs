//! One module in one engine, ready to be called.

use crate::{
    Args, Budget, CancelFlag, Clock, Config, EngineInstance, Error, Func, Guest, Host, HostFault, HostFn,
    HostFunctions, Level, LoadError, RegistrationError, Response,
};
use aingle_wasm_codec::Data;
use aingle_wasm_types::Name;
use alloc::vec::Vec;
use serde::de::DeserializeOwned;

/// An engine that has not loaded a module yet: what [`Runtime::new`] takes.
pub trait Backend {
    /// A module in this engine.
    type Instance<'m, S>: EngineInstance<State = S>;

    /// What the engine can do.
    const CAPABILITIES: Capabilities;

    /// Checks and loads a module. The start function has not run.
    ///
    /// # Errors
    /// [`Error::Load`] when the engine, or the validation before it, refuses the module.
    fn load<'m, S>(self, wasm: &'m [u8], host: Host<S>) -> Result<Self::Instance<'m, S>, Error>;
}

/// What an engine can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The engine's name.
    pub name: &'static str,
    /// Whether the engine has fuel of its own, which stops modules that carry no limits, too.
    pub engine_fuel: bool,
    /// Whether the guest's memory can be limited to less than a page of 64 KiB.
    pub memory_below_a_page: bool,
    /// Whether every module is validated in full before it runs.
    pub validates: bool,
}

impl Capabilities {
    /// The capabilities of an engine of this name that can do nothing but run.
    #[must_use]
    pub const fn none(name: &'static str) -> Self {
        Self { name, engine_fuel: false, memory_below_a_page: false, validates: false }
    }
}

/// One module in one engine, ready to be called.
///
/// The methods are those of the server's `WasmInstance`, with this crate's [`Error`].
pub struct Runtime<'m, B: Backend, S = ()> {
    guest: Guest<B::Instance<'m, S>>,
}

impl<'m, B: Backend> Runtime<'m, B> {
    /// Loads a module whose host functions, if any, need no state.
    ///
    /// # Errors
    /// [`Error::Load`], [`Error::Module`] or [`Error::AbiVersion`] when the module is refused.
    pub fn new(backend: B, wasm: &'m [u8]) -> Result<Self, Error> {
        Self::with_state(backend, wasm, ())
    }
}

impl<'m, B: Backend, S> Runtime<'m, B, S> {
    /// Loads a module whose host functions work on `state`.
    ///
    /// # Errors
    /// As [`Runtime::new`].
    pub fn with_state(backend: B, wasm: &'m [u8], state: S) -> Result<Self, Error> {
        Self::with_config(backend, wasm, state, Config::default())
    }

    /// Loads a module with a protocol configured otherwise.
    ///
    /// # Errors
    /// As [`Runtime::new`].
    pub fn with_config(backend: B, wasm: &'m [u8], state: S, config: Config) -> Result<Self, Error> {
        Self::over(backend.load(wasm, Host::new(state, HostFunctions::new()))?, config)
    }

    /// Not inlined, so that the native stack for it is not there yet while the engine loads.
    #[inline(never)]
    fn over(engine: B::Instance<'m, S>, config: Config) -> Result<Self, Error> {
        Ok(Self { guest: Guest::new(engine, config)? })
    }

    /// Offers a typed function to the guest; see [`HostFunctions::register`].
    ///
    /// # Errors
    /// [`Error::Registration`] when the name cannot be had, or the guest has started.
    pub fn register<A, R, F>(&mut self, name: &str, function: F) -> Result<(), Error>
    where
        F: HostFn<S, A, R>,
        A: Args + DeserializeOwned,
        R: Data,
    {
        self.functions(name)?.register(name, function)
    }

    /// Offers a function on bytes to the guest; see [`HostFunctions::register_raw`].
    ///
    /// # Errors
    /// As [`Runtime::register`].
    pub fn register_raw<F>(&mut self, name: &str, function: F) -> Result<(), Error>
    where
        F: Fn(&mut S, &[u8], &mut Response<'_>) -> Result<(), HostFault> + Send + Sync + 'static,
    {
        self.functions(name)?.register_raw(name, function)
    }

    /// Takes the guest's log lines.
    ///
    /// # Errors
    /// [`Error::Registration`] when the guest has started.
    pub fn on_log(&mut self, log: impl Fn(&mut S, Level, &str) + Send + Sync + 'static) -> Result<(), Error> {
        self.functions(aingle_wasm_types::names::LOG)?.on_log(log);
        Ok(())
    }

    fn functions(&mut self, name: &str) -> Result<&mut HostFunctions<S>, Error> {
        let refused = |reason| Error::Registration { name: Name::new(name), reason };
        if self.guest.is_started() {
            return Err(refused(RegistrationError::Started));
        }
        self.guest.engine_mut().host_mut().functions_mut().ok_or(refused(RegistrationError::Shared))
    }
}

/// The methods of the guest.
impl<'m, B: Backend, S> Runtime<'m, B, S> {
    /// Calls an export with bytes, and returns the reply where it lies in the guest's memory. The first call starts the
    /// guest.
    ///
    /// # Errors
    /// As [`Guest::call_in_place`].
    pub fn call_raw(&mut self, name: &str, request: &[u8]) -> Result<&[u8], Error> {
        self.guest.call_raw(name, request)
    }

    /// Calls an export with bytes, and returns a copy of the reply on the heap. The first call starts the guest.
    ///
    /// # Errors
    /// As [`Guest::call_in_place`].
    pub fn call_owned(&mut self, name: &str, request: &[u8]) -> Result<Vec<u8>, Error> {
        self.guest.call_owned(name, request)
    }

    /// Calls an export with a payload of `len` bytes that `write` writes into the guest's memory, and returns the reply
    /// where it lies there. No heap of the host's is needed. The first call starts the guest.
    ///
    /// # Errors
    /// As [`Guest::call_in_place`].
    pub fn call_in_place(
        &mut self,
        name: &str,
        len: usize,
        write: impl FnOnce(&mut [u8]),
    ) -> Result<&[u8], Error> {
        self.guest.call_in_place(name, len, write)
    }

    /// Calls a typed export once: [`Runtime::func`] and [`Func::call`] in one. Keep a handle where calls are many: this
    /// looks the name up and compares the types each time. The first call starts the guest.
    ///
    /// # Errors
    /// As [`Runtime::func`] and [`Func::call`].
    pub fn call<A, R>(&mut self, name: &str, args: A) -> Result<R, Error>
    where
        A: Args,
        R: DeserializeOwned + Data,
    {
        self.guest.func(name)?.call(&mut self.guest, args)
    }

    /// Sends a notification: the function runs, and only its failure is returned. The first call starts the guest.
    ///
    /// # Errors
    /// As [`Guest::notify`].
    pub fn notify(&mut self, name: &str, request: &[u8]) -> Result<(), Error> {
        self.guest.notify(name, request)
    }

    /// Returns a typed handle of an export. The first handle starts the guest.
    ///
    /// # Errors
    /// As [`Guest::func`].
    pub fn func<A, R>(&mut self, name: &str) -> Result<Func<A, R>, Error>
    where
        A: Args,
        R: DeserializeOwned + Data,
    {
        self.guest.func(name)
    }

    /// Starts the guest, as the first call does.
    ///
    /// # Errors
    /// As [`Guest::start`].
    pub fn start(&mut self) -> Result<(), Error> {
        self.guest.start()
    }

    /// Returns whether the guest has started, after which no host function can be registered.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.guest.is_started()
    }

    /// Returns whether an earlier call left the guest in the middle of something, so that no other call is possible.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.guest.is_poisoned()
    }

    /// Returns the state that host functions work on.
    pub fn state(&self) -> &S {
        self.guest.state()
    }

    /// Returns the state that host functions work on, for changes.
    pub fn state_mut(&mut self) -> &mut S {
        self.guest.state_mut()
    }

    /// Returns the body of the last call's error, or the message of its panic. Empty after a call that succeeded.
    pub fn error_body(&mut self) -> &[u8] {
        self.guest.error_body()
    }

    /// Returns the last call's reply once more. Empty if that call failed or was a notification.
    pub fn reply(&mut self) -> &[u8] {
        self.guest.reply()
    }

    /// Returns the fuel that the last call used. `None` if nobody counts it.
    pub fn fuel_used(&mut self) -> Option<u64> {
        self.guest.fuel_used()
    }

    /// Returns what each call may use.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.guest.budget()
    }

    /// Gives each call another budget, from the next one on.
    ///
    /// # Errors
    /// As [`Guest::set_budget`].
    pub fn set_budget(&mut self, budget: Budget) -> Result<(), LoadError> {
        self.guest.set_budget(budget)
    }

    /// Gives deadlines a clock: a function that returns microseconds. Call it before the first budget with a deadline.
    ///
    /// # Errors
    /// As [`Guest::set_clock`].
    pub fn set_clock(&mut self, clock: Clock) -> Result<(), LoadError> {
        self.guest.set_clock(clock)
    }

    /// Lets a flag end the guest's calls, which an interrupt or another thread sets.
    ///
    /// # Errors
    /// As [`Guest::set_cancel_flag`].
    pub fn set_cancel_flag(&mut self, flag: &'static CancelFlag) -> Result<(), LoadError> {
        self.guest.set_cancel_flag(flag)
    }

    /// Returns a flag that ends the guest's calls, for another thread.
    ///
    /// # Errors
    /// As [`Guest::set_cancel_flag`].
    #[cfg(target_has_atomic = "ptr")]
    pub fn cancel_handle(&mut self) -> Result<alloc::sync::Arc<CancelFlag>, LoadError> {
        self.guest.cancel_handle()
    }

    /// Returns the engine's instance.
    pub fn engine(&self) -> &B::Instance<'m, S> {
        self.guest.engine()
    }

    /// Returns the engine's instance, for changes. The runtime does not see calls that go around it.
    pub fn engine_mut(&mut self) -> &mut B::Instance<'m, S> {
        self.guest.engine_mut()
    }
}

impl<'m, B: Backend, S> AsMut<Guest<B::Instance<'m, S>>> for Runtime<'m, B, S> {
    fn as_mut(&mut self) -> &mut Guest<B::Instance<'m, S>> {
        &mut self.guest
    }
}

//! One module in one engine, ready to be called.

use crate::{Args, Config, Engine, Error, Guest, Host, HostFn, HostFunctions, Level, Response};
use crate::{HostFault, RegistrationError};
use aingle_wasm_codec::Data;
use aingle_wasm_types::Name;
use core::ops::{Deref, DerefMut};
use serde::de::DeserializeOwned;

/// An engine that has not loaded a module yet: what [`Runtime::new`] takes.
pub trait Backend {
    /// A module in this engine.
    type Instance<'m, S>: Engine<State = S>;

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
/// It is a [`Guest`] of that engine: `call_raw`, `call_in_place`, `notify`, `func` and the rest are
/// its methods.
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
        self.guest.engine_mut().host().functions_mut().ok_or(refused(RegistrationError::Shared))
    }
}

impl<'m, B: Backend, S> Deref for Runtime<'m, B, S> {
    type Target = Guest<B::Instance<'m, S>>;

    fn deref(&self) -> &Self::Target {
        &self.guest
    }
}

impl<B: Backend, S> DerefMut for Runtime<'_, B, S> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.guest
    }
}

//! A module that speaks no ABI.

use crate::engine::WasmEngine;
use crate::error::{Doing, HostError, HostErrorKind};
use crate::functions::HostFunctions;
use crate::machine::Machine;
use crate::module::WasmModule;
use crate::plain_functions::PlainFunctions;
use crate::plain_signature::PlainSignature;
use crate::profile::Profile;
use crate::raw::refused_while;
use crate::stop::CancelHandle;
use aingle_wasm_host_core::{Budget, EngineInstance as _, Error, Host, Plain, RefusedGrowth, Trap};
use aingle_wasm_types::Number;
use std::fmt;
use std::sync::Arc;

/// Instance of a module that speaks no ABI: its exports take and return WebAssembly's numbers. It has all limits of a
/// guest. What it may import are [`PlainFunctions`], which work on its state `S`.
///
/// It starts at the first call.
///
/// ```
/// use aingle_wasm_host::prelude::*;
/// use aingle_wasm_host::{Number, PlainInstance};
///
/// let wasm = wat::parse_str(r#"(module (func (export "add") (param i32 i32) (result i32)
///     (i32.add (local.get 0) (local.get 1))))"#)?;
/// let engine = WasmEngine::new(EngineConfig { metering_limit: 1_000, ..Default::default() })?;
/// let mut instance = PlainInstance::new(&engine, &engine.compile(&wasm)?)?;
/// assert_eq!(instance.call("add", &[Number::I32(5), Number::I32(3)])?, [Number::I32(8)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PlainInstance<S: Send + 'static = ()> {
    plain: Plain<Machine<S>>,
}

impl PlainInstance {
    /// Makes an instance of a module that imports nothing, which has not started.
    ///
    /// # Errors
    /// [`HostErrorKind::ForeignModule`] when the module was compiled by another engine, [`HostErrorKind::PlainImports`]
    /// when it imports anything, [`HostErrorKind::ExportSignature`] when its `_initialize` takes or returns something.
    pub fn new(engine: &WasmEngine, module: &WasmModule) -> Result<Self, HostError> {
        Self::with_functions(engine, module, Arc::default(), ())
    }
}

impl<S: Send + 'static> PlainInstance<S> {
    /// Makes an instance of a module that may import these functions, which has not started.
    ///
    /// # Errors
    /// As [`PlainInstance::new`]; [`HostErrorKind::PlainImports`] when it imports anything else, or a function with
    /// other types.
    pub fn with_functions(
        engine: &WasmEngine,
        module: &WasmModule,
        functions: Arc<PlainFunctions<S>>,
        state: S,
    ) -> Result<Self, HostError> {
        let doing = || Doing::Instantiate(module.name().into());
        if module.engine() != engine.id() {
            return Err(HostError::new(doing(), HostErrorKind::ForeignModule));
        }
        let (none, _) = HostFunctions::new().into_parts();
        let machine =
            Machine::new(module, Host::new(state, none), engine.config().budget(), engine.config().profile);
        let mut machine = machine.map_err(|error| {
            let reason = format!("no call could be stopped: {error}");
            HostError::new(doing(), HostErrorKind::Other { reason })
        })?;
        machine.set_plain_functions(Arc::clone(&functions));
        let mut missing =
            module.plain_index().imports.iter().filter(|import| !functions.offers(import)).peekable();
        if missing.peek().is_some() {
            return Err(HostError::new(doing(), HostErrorKind::plain_imports(missing)));
        }
        let plain = Plain::importing(machine);
        let plain = plain
            .map_err(|error| HostError::of_guest(doing(), HostErrorKind::from_core(error, &[]), &error))?;
        Ok(Self { plain })
    }

    /// Returns the state that host functions work on, for changes.
    pub fn state_mut(&mut self) -> &mut S {
        &mut self.plain.engine_mut().host_mut().state
    }

    /// Runs the start function, and then the static constructors of a module that exports `_initialize`. The first call
    /// does this too. All of it has the budget of one call.
    ///
    /// # Errors
    /// [`HostErrorKind::Load`]; or what a call reports, from the start function or a constructor.
    pub fn start(&mut self) -> Result<(), HostError> {
        let (started, refused) = refused_while(|| self.plain.start());
        started.map_err(|error| self.failed(Doing::Start, error, refused))
    }

    /// Calls an exported function. It may block as long as the budget allows.
    ///
    /// # Errors
    /// [`HostErrorKind::MissingExport`] and [`HostErrorKind::NotNumbers`] when there is nothing to call,
    /// [`HostErrorKind::Numbers`] when the arguments have other types than the parameters,
    /// [`HostErrorKind::OutOfFuel`], [`HostErrorKind::CallDepth`], [`HostErrorKind::DeadlineExceeded`],
    /// [`HostErrorKind::Cancelled`] or [`HostErrorKind::Trap`] when the call was stopped, after which the instance is
    /// [`HostErrorKind::Poisoned`]; [`HostErrorKind::OutOfMemory`] in place of the trap when it executed `unreachable` and the last
    /// growth of a memory in this call was refused; and what [`PlainInstance::start`] reports.
    pub fn call(&mut self, name: &str, args: &[Number]) -> Result<Vec<Number>, HostError> {
        let _span = crate::trace::call(|| name);
        let doing = || Doing::Call(name.into());
        let expected = &signature(self.module(), name).map_err(|kind| HostError::new(doing(), kind))?.params;
        if !args.iter().map(|number| number.ty()).eq(expected.iter().copied()) {
            let (expected, found) = (expected.clone(), args.iter().map(|number| number.ty()).collect());
            return Err(HostError::new(doing(), HostErrorKind::Numbers { expected, found }));
        }
        // What the start was refused is not the call's.
        let (started, refused) = refused_while(|| self.plain.start());
        started.map_err(|error| self.failed(doing(), error, refused))?;
        let call = || self.plain.call(|machine| machine.call_numbers(name, args));
        let (called, refused) = refused_while(call);
        called.map_err(|error| self.failed(doing(), error, refused))
    }

    /// Returns the fuel that the last call used, without that of the start. `None` without metering.
    pub fn fuel_used(&mut self) -> Option<u64> {
        self.plain.fuel_used()
    }

    /// Returns the size of the module's memory, in bytes, also if it is not exported; 0 before it has started. A memory
    /// never shrinks, so this is also the most that it had.
    pub fn memory_size(&mut self) -> u64 {
        self.plain.engine_mut().memory_size()
    }

    /// Returns the memory that the module exports as `memory`; empty if it exports none, or has not started.
    pub fn memory(&mut self) -> &[u8] {
        self.plain.engine_mut().memory()
    }

    /// Returns where the fuel of this instance's calls went; `None` if the engine's configuration does not say
    /// [`profile`](crate::EngineConfig::profile).
    #[must_use]
    pub fn profile(&self) -> Option<&Profile> {
        self.plain.engine().profile()
    }

    /// Returns a handle that cancels this instance from any thread: the call that runs, or else the next.
    #[must_use]
    pub fn cancel_handle(&self) -> CancelHandle {
        self.plain.engine().cancel_handle()
    }

    /// Returns what each call may use.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.plain.budget()
    }

    /// Gives each call another budget, from the next one on.
    ///
    /// # Errors
    /// As [`WasmInstance::set_budget`](crate::WasmInstance::set_budget).
    pub fn set_budget(&mut self, budget: Budget) -> Result<(), HostError> {
        self.plain.set_budget(budget).map_err(|error| HostError::new(Doing::Budget, error.into()))
    }

    /// Returns the error of a call in which memory was refused at last, or was not.
    fn failed(&mut self, doing: Doing, error: Error, refused: Option<RefusedGrowth>) -> HostError {
        let machine = self.plain.engine_mut();
        let of_function = |message| HostErrorKind::HostFunction { message };
        let of_panic = |message| HostErrorKind::HostPanic { message };
        let kind = match error {
            Error::Trap(Trap::Other) => {
                machine.take_failure().map(of_function).or_else(|| machine.take_panic().map(of_panic))
            }
            // What guests do when an allocation fails.
            Error::Trap(Trap::Unreachable) => {
                refused.map(|RefusedGrowth { limit, asked }| HostErrorKind::OutOfMemory { limit, asked })
            }
            _ => None,
        };
        HostError::of_guest(doing, kind.unwrap_or_else(|| HostErrorKind::from_core(error, &[])), &error)
    }

    /// Returns the module.
    #[must_use]
    pub fn module(&self) -> &WasmModule {
        self.plain.engine().module()
    }
}

impl<S: Send + 'static> fmt::Debug for PlainInstance<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainInstance").field("module", self.module()).finish_non_exhaustive()
    }
}

impl WasmModule {
    /// Returns the types of an exported function of numbers, whether or not the module is a guest.
    ///
    /// # Errors
    /// [`HostErrorKind::MissingExport`], or [`HostErrorKind::NotNumbers`] for a function of vectors or references.
    pub fn plain_signature(&self, name: &str) -> Result<PlainSignature, HostError> {
        signature(self, name).cloned().map_err(|kind| HostError::new(Doing::Handle(name.into()), kind))
    }
}

fn signature<'m>(module: &'m WasmModule, name: &str) -> Result<&'m PlainSignature, HostErrorKind> {
    let found = module.plain_index().export(name);
    let found = found.ok_or_else(|| HostErrorKind::MissingExport { name: name.into() })?;
    found.ok_or_else(|| HostErrorKind::NotNumbers { name: name.into() })
}

//! A module that speaks no ABI: its exports and imports take and return numbers.

use crate::abi::{Signature, check_initialize};
use crate::budget::Budget;
use crate::engine_instance::EngineInstance;
use crate::error::Error;
use crate::growth::RefusedGrowth;
use crate::limits::{self, Limits};
use crate::load_error::LoadError;
use crate::trap::Trap;
use aingle_wasm_module::Module;
use aingle_wasm_types::Name;

/// One instance of a module that speaks no ABI, with the limits of a guest.
///
/// It starts at the first call. An instance that was stopped in the middle of something is not called again.
pub struct Plain<E: EngineInstance> {
    engine: E,
    limits: Option<Limits>,
    /// Whether the module exports `_initialize`.
    initialize: bool,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Loaded,
    Ready,
    Poisoned,
}

impl<E: EngineInstance> Plain<E> {
    /// Takes an engine that has loaded its module.
    ///
    /// # Errors
    /// [`Error::Module`]; [`Error::MissingImport`] when the module imports anything; [`Error::ExportSignature`] when
    /// `_initialize` takes or returns something.
    pub fn new(engine: E) -> Result<Self, Error> {
        let first = read(&engine)?.imports().next().map(|import| Name::new(import.name));
        first.map_or_else(|| Self::importing(engine), |name| Err(Error::MissingImport(name)))
    }

    /// Takes an engine that has loaded its module, and that has whatever the module imports.
    ///
    /// # Errors
    /// As [`Plain::new`], imports excepted.
    pub fn importing(engine: E) -> Result<Self, Error> {
        let initialize = check_initialize(read(&engine)?)?;
        Ok(Self { limits: Limits::of(&engine), engine, initialize, state: State::Loaded })
    }

    /// Returns the engine.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// Returns the engine, for changes.
    pub fn engine_mut(&mut self) -> &mut E {
        &mut self.engine
    }

    /// Runs the start function, and then the static constructors of a module that exports `_initialize`. The first call
    /// does this too. All of it has the budget of one call.
    ///
    /// # Errors
    /// [`Error::Load`]; [`Error::Poisoned`] after an earlier error; [`Error::Trap`], which is [`Trap::OutOfMemory`] if the
    /// module executed `unreachable` and its last growth was [refused](EngineInstance::refused_growth).
    pub fn start(&mut self) -> Result<(), Error> {
        match self.state {
            State::Ready => Ok(()),
            State::Poisoned => Err(Error::Poisoned),
            State::Loaded => self.start_now().map_err(|error| explained(&mut self.engine, error)),
        }
    }

    fn start_now(&mut self) -> Result<(), Error> {
        self.refuel();
        self.state = State::Poisoned;
        self.engine.start()?;
        if let Some(limits) = &mut self.limits {
            limits::run_start_function(&mut self.engine, limits)?;
        }
        if self.initialize {
            limits::initialize(&mut self.engine, self.limits.as_mut())?;
        }
        self.state = State::Ready;
        Ok(())
    }

    /// Runs something in the engine with the budget of one call.
    ///
    /// # Errors
    /// [`Error::Trap`] when it is stopped, as of [`Plain::start`], and what that reports.
    pub fn call<R>(&mut self, call: impl FnOnce(&mut E) -> Result<R, Trap>) -> Result<R, Error> {
        self.start()?;
        self.refuel();
        self.state = State::Poisoned;
        let result = limits::within(&mut self.engine, self.limits.as_mut(), call);
        let result = result.map_err(|trap| explained(&mut self.engine, Error::Trap(trap)))?;
        self.state = State::Ready;
        Ok(result)
    }

    /// Calls a function of an entry point's type, with zeros for arguments.
    ///
    /// # Errors
    /// [`Error::MissingExport`], [`Error::ExportSignature`], and as [`Plain::call`].
    pub fn call_entry(&mut self, name: &str) -> Result<u64, Error> {
        self.start()?;
        let function = self.engine.find(name, Signature::Entry)?;
        self.call(|engine| engine.call(&function, 0, 0))
    }

    /// Returns the fuel that the last call used, without that of the start. `None` if nobody counts it.
    pub fn fuel_used(&mut self) -> Option<u64> {
        limits::fuel_used(&mut self.engine, self.limits.as_ref())
    }

    /// Returns what each call may use.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.engine.budget()
    }

    /// Sets another budget for each call, from the next one on. Nothing is compiled again.
    ///
    /// # Errors
    /// As [`Guest::set_budget`](crate::Guest::set_budget).
    pub fn set_budget(&mut self, budget: Budget) -> Result<(), LoadError> {
        limits::set_budget(&mut self.engine, self.limits.as_mut(), budget)
    }

    fn refuel(&mut self) {
        limits::refuel(&mut self.engine, self.limits.as_mut());
    }
}

/// Returns the error of a call that failed: `unreachable` is what guests execute when an allocation fails.
#[inline(always)]
fn explained<E: EngineInstance>(engine: &mut E, error: Error) -> Error {
    match (error, engine.refused_growth()) {
        (Error::Trap(Trap::Unreachable), Some(RefusedGrowth { limit, asked })) => {
            Error::Trap(Trap::OutOfMemory { limit, asked })
        }
        _ => error,
    }
}

/// Reads the module, unless it was read when its index was made.
fn read<E: EngineInstance>(engine: &E) -> Result<Module<'_>, Error> {
    match engine.index() {
        Some(_) => Ok(Module::parsed(engine.wasm())),
        None => Ok(Module::parse(engine.wasm())?),
    }
}

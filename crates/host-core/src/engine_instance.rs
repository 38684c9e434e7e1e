//! What an instance of a module in an engine must do.

use crate::abi::{Index, Lookup, Signature};
use crate::budget::Budget;
use crate::error::Error;
use crate::growth::RefusedGrowth;
use crate::host::Host;
use crate::load_error::LoadError;
use crate::trap::Trap;
use crate::watch::Watch;
use aingle_wasm_module::Module;
use aingle_wasm_types::description::{FNV_OFFSET, fnv1a};
use aingle_wasm_types::metering::Counters;

/// A module in an engine, instantiated or about to be.
///
/// The memory and the functions belong to the same instance. An implementation never calls back into
/// the guest while a host function runs: [`Host::dispatch`] needs the guest's memory and nothing else.
pub trait EngineInstance {
    /// The state that host functions work on.
    type State;
    /// A function that was found in this instance.
    type Function;

    /// The module's bytes.
    fn wasm(&self) -> &[u8];

    /// Which module this is: handles taken from one are refused by another. An engine that starts many
    /// instances of a module keeps it, because hashing a large module takes longer than starting it.
    fn fingerprint(&self) -> u64 {
        fnv1a(FNV_OFFSET, self.wasm())
    }

    /// The module's index, where the engine keeps one. Without it, each look-up of a name is a pass over
    /// the module's exports.
    fn index(&self) -> Option<&Index> {
        None
    }

    /// Links the host functions, initialises memory and runs the start function. Called once, before
    /// any other method but [`EngineInstance::wasm`], [`EngineInstance::host`] and those that say what was loaded. A
    /// module that carries limits exports its start function instead, and [`Guest`](crate::Guest) calls
    /// it.
    ///
    /// # Errors
    /// [`Error::Load`], or [`Error::Trap`] from the start function.
    fn start(&mut self) -> Result<(), Error>;

    /// Finds an exported function of this signature.
    ///
    /// # Errors
    /// [`Error::MissingExport`] or [`Error::ExportSignature`].
    fn find(&mut self, name: &str, signature: Signature) -> Result<Self::Function, Error>;

    /// Calls a function. Arguments beyond those of its signature are ignored; an `i32` result is
    /// zero-extended, no result is 0.
    ///
    /// # Errors
    /// The trap that stopped it. The instance is not to be used again.
    fn call(&mut self, function: &Self::Function, a: u32, b: u32) -> Result<u64, Trap>;

    /// The guest's linear memory, as long as it is now; empty when the module has none.
    fn memory(&mut self) -> &mut [u8];

    /// Whether the guest's memory is RAM of this process alone. An engine that shares it with another process, or has it in RAM
    /// behind a bus, says no: then [`Integrity::Auto`](crate::Integrity::Auto) has checksums.
    fn owns_memory(&self) -> bool {
        true
    }

    /// The host functions and their state.
    fn host_mut(&mut self) -> &mut Host<Self::State>;

    /// The host functions and their state.
    fn host(&self) -> &Host<Self::State>;

    /// Whether the module carries limits: see `docs/METERING.md`.
    fn carries_limits(&self) -> bool {
        Module::parsed(self.wasm()).limits().is_some()
    }

    /// Whether the limits that the module carries are believed: the host put them in, or its configuration says that
    /// modules are signed. What they counted is told as the fuel that a call used only then.
    fn trusts_limits(&self) -> bool {
        true
    }

    /// What a call may use of a module that carries limits.
    fn budget(&self) -> Budget {
        Budget::default()
    }

    /// Takes another budget, from the next call on.
    ///
    /// # Errors
    /// [`LoadError::DepthLimit`] when the engine's stack has no room for the depth, [`LoadError::Engine`] for a deadline
    /// that the engine cannot enforce. The engine stays as it was.
    fn set_budget(&mut self, budget: Budget) -> Result<(), LoadError> {
        let _ = budget;
        Err(LoadError::Engine { reason: "the budget of this engine is fixed" })
    }

    /// What the engine asks whether a call is to end; `None` for an engine that is stopped in another way.
    fn watch(&mut self) -> Option<&mut Watch> {
        None
    }

    /// Finds the counters of a module that carries limits. Called once, after [`EngineInstance::start`].
    ///
    /// # Errors
    /// [`LoadError::Counters`] when they are not there, or not what they have to be.
    fn find_counters(&mut self) -> Result<(), Error> {
        Err(LoadError::Counters.into())
    }

    /// Sets the counters that were found.
    fn set_counters(&mut self, counters: Counters) {
        let _ = counters;
    }

    /// The counters that were found; zero before.
    fn counters(&mut self) -> Counters {
        Counters { fuel: 0, depth: 0 }
    }

    /// Gives the next call its whole budget of the engine's own fuel, where it has any.
    fn refuel(&mut self) {}

    /// The engine's own fuel used since [`EngineInstance::refuel`], or `None` if it does not count.
    fn fuel_used(&mut self) -> Option<u64> {
        None
    }

    /// The most memory that the guest may have, in bytes. `None`, the default, is for engines that are too small to tell
    /// want of memory from other panics.
    fn memory_limit(&mut self) -> Option<u64> {
        None
    }

    /// The last growth of a memory in this call, if it was refused. `None`, the default, is also for engines that do not
    /// know. [`EngineInstance::refuel`] begins a call.
    fn refused_growth(&mut self) -> Option<RefusedGrowth> {
        None
    }

    /// The memory that is really there, in bytes, where it is less than the guest's pages say.
    fn memory_end(&self) -> Option<u32> {
        None
    }
}

/// What the engine's module has, ready to be looked up.
#[inline(always)]
pub(crate) fn lookup<E: EngineInstance>(engine: &E) -> Lookup<'_> {
    Lookup::new(engine.index(), engine.wasm())
}

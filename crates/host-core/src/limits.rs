//! The limits of a module that carries them: set before a crossing, read after it.

use crate::abi::Signature;
use crate::budget::Budget;
use crate::engine_instance::EngineInstance;
use crate::error::Error;
use crate::load_error::LoadError;
use crate::reading::Purse;
use crate::trap::Trap;
use aingle_wasm_codec::ValueError;
use aingle_wasm_codec::value::{self, Used};
use aingle_wasm_types::metering::{Counters, FREE_VALUE, Stop};
use aingle_wasm_types::names;

/// The limits of one guest. Each call of the host has the whole fuel, for all crossings that it takes,
/// and each crossing the whole depth.
pub(crate) struct Limits {
    /// How deep calls may nest, as it was asked for.
    depth: u32,
    full: Counters,
    left: Counters,
}

impl Limits {
    /// Those of a module that carries limits; `None` for another.
    pub(crate) fn of<E: EngineInstance>(engine: &E) -> Option<Self> {
        let budget = engine.budget();
        let full = budget.full();
        engine.carries_limits().then_some(Self { depth: budget.depth, full, left: full })
    }

    /// Takes another budget, from the next call on. What the last call used stays known.
    pub(crate) fn set_budget(&mut self, budget: Budget) {
        let used = self.used();
        self.depth = budget.depth;
        self.full = budget.full();
        self.left.fuel = self.full.fuel.saturating_sub(i64::try_from(used).unwrap_or(i64::MAX));
    }

    /// Gives the host's next call its whole budget.
    pub(crate) fn refill(&mut self) {
        self.left = self.full;
    }

    /// The fuel that the host's last call used.
    pub(crate) fn used(&self) -> u64 {
        self.left.used(self.full.fuel as u64)
    }

    fn take(&mut self, units: u64) {
        self.left.fuel = self.left.fuel.saturating_sub(i64::try_from(units).unwrap_or(i64::MAX));
    }

    /// Takes fuel off what is left, for what the host does on behalf of the guest.
    pub(crate) fn charge(&mut self, units: u64) -> Result<(), Trap> {
        self.take(units);
        if self.left.fuel >= 0 {
            return Ok(());
        }
        Err(Trap::OutOfFuel { limit: self.full.fuel as u64, used: self.used() })
    }

    /// The fuel of a whole call.
    pub(crate) fn full(&self) -> u64 {
        self.full.fuel as u64
    }

    /// The fuel that is left.
    pub(crate) fn left(&self) -> u64 {
        u64::try_from(self.left.fuel).unwrap_or(0)
    }

    /// Takes off a price, or all that is left where there is none, because it would be more.
    fn pay(&mut self, price: Option<u64>) -> Result<(), Trap> {
        self.charge(price.unwrap_or(self.left().saturating_add(1)))
    }

    fn before<E: EngineInstance>(&mut self, engine: &mut E) {
        self.left.depth = self.full.depth;
        engine.set_counters(self.left);
    }

    /// What stopped the guest, if a limit did. What its host functions have read is charged first.
    fn after<E: EngineInstance>(&mut self, engine: &mut E) -> Result<(), Trap> {
        self.left = engine.counters();
        match engine.host_mut().take_owed() {
            0 => {}
            owed => self.take(owed),
        }
        match self.left.stopped_by() {
            None => Ok(()),
            Some(Stop::Fuel) => Err(Trap::OutOfFuel { limit: self.full.fuel as u64, used: self.used() }),
            Some(Stop::Depth) => Err(Trap::CallDepth { limit: self.depth }),
        }
    }
}

/// Calls a function of the guest. The counters tell whether a limit stopped it, so that this is never taken for
/// a trap of the guest's own, and also when the guest returned before it noticed.
#[inline]
pub(crate) fn call<E: EngineInstance>(
    engine: &mut E,
    limits: Option<&mut Limits>,
    function: &E::Function,
    a: u32,
    b: u32,
) -> Result<u64, Trap> {
    within(engine, limits, |engine| engine.call(function, a, b))
}

/// Runs something in the guest, as [`call`] does a function.
#[inline]
pub(crate) fn within<E: EngineInstance, R>(
    engine: &mut E,
    limits: Option<&mut Limits>,
    run: impl FnOnce(&mut E) -> Result<R, Trap>,
) -> Result<R, Trap> {
    let Some(limits) = limits else { return run(engine) };
    limits.before(engine);
    let result = run(engine);
    limits.after(engine)?;
    result
}

/// Reads a typed value of a reply, and takes its price off what the call has left.
#[inline]
pub(crate) fn read<R>(
    limits: Option<&mut Limits>,
    values: value::Limits,
    read: impl FnOnce(value::Limits, &mut Used) -> Result<R, ValueError>,
) -> Result<R, Error> {
    let purse = Purse::new(values, FREE_VALUE, limits.as_ref().map_or(u64::MAX, |limits| limits.left()));
    let mut used = Used::default();
    let value = read(purse.within, &mut used);
    if let Some(limits) = limits {
        limits.pay(purse.price(used, value.as_ref().err())).map_err(Error::Trap)?;
    }
    Ok(value?)
}

/// Gives the host's next call its whole budget.
pub(crate) fn refuel<E: EngineInstance>(engine: &mut E, limits: Option<&mut Limits>) {
    engine.refuel();
    if let Some(limits) = limits {
        limits.refill();
    }
}

/// The fuel that the last call used: of a module whose limits are trusted, by its prices; else by the engine's own count,
/// where it has one.
pub(crate) fn fuel_used<E: EngineInstance>(engine: &mut E, limits: Option<&Limits>) -> Option<u64> {
    match limits {
        Some(limits) if engine.trusts_limits() => Some(limits.used()),
        _ => engine.fuel_used(),
    }
}

/// Runs the static constructors, of a module that exports the function that does.
pub(crate) fn initialize<E: EngineInstance>(
    engine: &mut E,
    limits: Option<&mut Limits>,
) -> Result<(), Error> {
    let initialize = engine.find(names::INITIALIZE, Signature::Unit)?;
    call(engine, limits, &initialize, 0, 0).map(drop).map_err(Error::Trap)
}

/// Sets another budget for each call, from the next one on.
pub(crate) fn set_budget<E: EngineInstance>(
    engine: &mut E,
    limits: Option<&mut Limits>,
    budget: Budget,
) -> Result<(), LoadError> {
    budget.check(limits.is_some())?;
    if budget.fuel.is_some() && !engine.trusts_limits() {
        return Err(LoadError::UntrustedLimits);
    }
    engine.set_budget(budget)?;
    if let Some(limits) = limits {
        limits.set_budget(budget);
    }
    Ok(())
}

/// Runs the start function, which a module that carries limits exports.
pub(crate) fn run_start_function<E: EngineInstance>(
    engine: &mut E,
    limits: &mut Limits,
) -> Result<(), Error> {
    engine.find_counters()?;
    match engine.find(names::START, Signature::Unit) {
        Ok(start) => call(engine, Some(limits), &start, 0, 0).map(drop).map_err(Error::Trap),
        Err(Error::MissingExport(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

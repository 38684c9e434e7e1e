//! The limits of a module that carries them: set before a crossing, read after it.

use crate::{Engine, Error, LoadError, Signature, Trap};
use aingle_wasm_types::metering::{Counters, DEFAULT_DEPTH, MAX_DEPTH, MAX_FUEL, Stop};
use aingle_wasm_types::names;
use core::time::Duration;

/// What each call of the host may use. The start function has a budget of its own.
///
/// Fuel and depth limit a module that carries limits; the deadline limits every module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Fuel of one call, in the units of `docs/METERING.md`; at most 2^62. 0 stops every call. `None` for as much as can
    /// be counted.
    pub fuel: Option<u64>,
    /// How deep calls may nest, in units of 256 bytes of an interpreter's stack.
    pub depth: u32,
    /// How long one call may take; `None` for as long as it wants. It is a bound on time, not a measure of it: a call is
    /// stopped some time after its deadline, and one that ends by itself before that has its result.
    pub deadline: Option<Duration>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { fuel: None, depth: DEFAULT_DEPTH, deadline: None }
    }
}

impl Budget {
    /// Refuses a budget that nothing would enforce.
    ///
    /// # Errors
    /// [`LoadError::NoLimits`] for fuel where the module carries no limits, [`LoadError::Engine`] for fuel beyond 2^62
    /// or a deadline of zero.
    pub fn check(self, carries_limits: bool) -> Result<(), LoadError> {
        if self.fuel.is_some() && !carries_limits {
            return Err(LoadError::NoLimits);
        }
        if self.fuel.is_some_and(|fuel| fuel > MAX_FUEL) {
            return Err(LoadError::Engine { reason: "more fuel than the 2^62 units that can be counted" });
        }
        if self.deadline.is_some_and(|deadline| deadline.is_zero()) {
            return Err(LoadError::Engine { reason: "a deadline of zero" });
        }
        Ok(())
    }

    /// What the counters are set to.
    fn full(self) -> Counters {
        let fuel = self.fuel.unwrap_or(MAX_FUEL).min(MAX_FUEL);
        Counters { fuel: fuel as i64, depth: self.depth.min(MAX_DEPTH) as i32 }
    }
}

/// The limits of one guest. Each call of the host has the whole fuel, for all crossings that it takes,
/// and each crossing the whole depth.
pub(crate) struct Limits {
    /// How deep calls may nest, as it was asked for.
    depth: u32,
    full: Counters,
    left: Counters,
}

impl Limits {
    /// Those of a module that carries limits; nothing for another.
    pub(crate) fn of<E: Engine>(engine: &E) -> Option<Self> {
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

    /// Takes fuel off what is left, for what the host does on behalf of the guest.
    pub(crate) fn charge(&mut self, units: u64) -> Result<(), Trap> {
        let units = i64::try_from(units).unwrap_or(i64::MAX);
        self.left.fuel = self.left.fuel.saturating_sub(units);
        if self.left.fuel >= 0 {
            return Ok(());
        }
        Err(Trap::OutOfFuel { limit: self.full.fuel as u64, used: self.used() })
    }

    fn before<E: Engine>(&mut self, engine: &mut E) {
        self.left.depth = self.full.depth;
        engine.set_counters(self.left);
    }

    /// What stopped the guest, if a limit did.
    fn after<E: Engine>(&mut self, engine: &mut E) -> Result<(), Trap> {
        self.left = engine.counters();
        match self.left.stopped_by() {
            None => Ok(()),
            Some(Stop::Fuel) => Err(Trap::OutOfFuel { limit: self.full.fuel as u64, used: self.used() }),
            Some(Stop::Depth) => Err(Trap::CallDepth { limit: self.depth }),
        }
    }
}

/// Calls a function of the guest. A limit's stop is told by the counters, so that it is never taken for
/// a trap of the guest's own, and also when the guest returned before it noticed.
#[inline]
pub(crate) fn call<E: Engine>(
    engine: &mut E,
    limits: Option<&mut Limits>,
    function: &E::Function,
    a: u32,
    b: u32,
) -> Result<u64, Trap> {
    let Some(limits) = limits else { return engine.call(function, a, b) };
    limits.before(engine);
    let result = engine.call(function, a, b);
    limits.after(engine)?;
    result
}

/// Runs the start function, which a module that carries limits exports.
pub(crate) fn run_start_function<E: Engine>(engine: &mut E, limits: &mut Limits) -> Result<(), Error> {
    engine.find_counters()?;
    match engine.find(names::START, Signature::Unit) {
        Ok(start) => call(engine, Some(limits), &start, 0, 0).map(drop).map_err(Error::Trap),
        Err(Error::MissingExport(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

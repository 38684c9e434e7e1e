//! What each call may use.

use crate::load_error::LoadError;
use aingle_wasm_types::metering::{Counters, DEFAULT_DEPTH, MAX_DEPTH, MAX_FUEL};
use core::time::Duration;

/// What each call of the host may use. The start function has a budget of its own.
///
/// Fuel and depth limit a module that carries limits; the deadline limits every module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Budget {
    /// Fuel of one call, in the units of `docs/METERING.md`; at most 2^62. 0 stops every call. `None` for no limit.
    pub fuel: Option<u64>,
    /// How deep calls may nest, in units of 256 bytes of an interpreter's stack.
    pub depth: u32,
    /// How long one call may take; `None` for no deadline. It is a bound on time, not a measure of it: a call is
    /// stopped some time after its deadline, and one that ends by itself before that has its result.
    pub deadline: Option<Duration>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { fuel: None, depth: DEFAULT_DEPTH, deadline: None }
    }
}

impl Budget {
    /// Refuses a budget that could not be enforced.
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
    pub(crate) fn full(self) -> Counters {
        let fuel = self.fuel.unwrap_or(MAX_FUEL).min(MAX_FUEL);
        Counters { fuel: fuel as i64, depth: self.depth.min(MAX_DEPTH) as i32 }
    }
}

//! Fuel: what a call may cost, and what it has cost.
//!
//! Code is metered by a middleware of the compiler. It keeps module-specific indices, so each
//! compilation gets one of its own. Everything that knows the middleware is in this file.

use std::sync::Arc;
use wasmer::sys::ModuleMiddleware;
use wasmer::{AsStoreMut, Global, Instance, Value};
use wasmer_middlewares::Metering;

/// The prefix of the globals that the middleware adds and exports. A module that exports such a name
/// itself is refused: it could show counters of its own in their place.
pub(crate) const RESERVED_PREFIX: &str = "wasmer_metering_";

const REMAINING: &str = "wasmer_metering_remaining_points";
const EXHAUSTED: &str = "wasmer_metering_points_exhausted";

/// The middleware for one compilation. One unit is one operator.
pub(crate) fn middleware(limit: u64) -> Arc<dyn ModuleMiddleware> {
    Arc::new(Metering::new(limit, |_| 1))
}

/// The counters of one instance.
pub(crate) struct Fuel {
    limit: u64,
    remaining: Global,
    exhausted: Global,
}

impl Fuel {
    /// The counters of an instance whose module was compiled with [`middleware`].
    pub(crate) fn of(instance: &Instance, limit: u64) -> Option<Self> {
        let global = |name| instance.exports.get_global(name).ok().cloned();
        Some(Self { limit, remaining: global(REMAINING)?, exhausted: global(EXHAUSTED)? })
    }

    /// Gives the next call its whole budget. The exhausted mark stays: an instance that has it is
    /// poisoned.
    pub(crate) fn refill(&self, store: &mut impl AsStoreMut) {
        let refilled = self.remaining.set(store, Value::I64(self.limit.cast_signed()));
        debug_assert!(refilled.is_ok(), "the counter is a mutable i64 of this store");
    }

    pub(crate) fn used(&self, store: &mut impl AsStoreMut) -> u64 {
        match self.remaining.get(store) {
            Value::I64(left) => self.limit.saturating_sub(left.cast_unsigned()),
            _ => self.limit,
        }
    }

    /// The limit and what was used, when that is why the guest stopped.
    pub(crate) fn exhausted(&self, store: &mut impl AsStoreMut) -> Option<(u64, u64)> {
        let exhausted = self.exhausted.get(store) != Value::I32(0);
        exhausted.then(|| (self.limit, self.used(store)))
    }
}

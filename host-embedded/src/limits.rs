//! Modules that carry limits, as every engine here treats them.

use crate::{Budget, LoadError, Module};

/// What is asked of a module, and what its limits are set to.
#[derive(Clone, Copy)]
pub(crate) struct Demand {
    pub(crate) budget: Budget,
    /// Whether the limits that a module carries are believed.
    pub(crate) trusted: bool,
    /// Whether a module without limits is stopped by the engine's own fuel.
    pub(crate) engine_fuel: bool,
}

impl Demand {
    /// Checks a module on an engine whose stack has so many bytes; `native` says whether the native stack made it
    /// smaller than it was configured.
    ///
    /// # Errors
    /// [`LoadError::NoLimits`], [`LoadError::UntrustedLimits`] or [`LoadError::DepthLimit`].
    pub(crate) fn check(self, module: Module<'_>, stack: u64, native: bool) -> Result<(), LoadError> {
        let Some(carried) = module.limits() else {
            let demanded = self.budget.fuel.is_some() && !self.engine_fuel;
            return if demanded { Err(LoadError::NoLimits) } else { Ok(()) };
        };
        if self.budget.fuel.is_some() && !self.trusted {
            return Err(LoadError::UntrustedLimits);
        }
        LoadError::check_depth(self.budget.depth, carried.beside, stack, native)
    }
}

/// Where the counters stand among the globals of a module that carries limits.
#[cfg(any(feature = "wasm3", feature = "spacewasm-core"))]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    pub(crate) fuel: u32,
    pub(crate) depth: u32,
}

#[cfg(any(feature = "wasm3", feature = "spacewasm-core"))]
impl Places {
    pub(crate) fn of(module: Module<'_>) -> Result<Self, LoadError> {
        use aingle_wasm_types::names::{DEPTH, FUEL};
        match (module.global(FUEL), module.global(DEPTH)) {
            (Some(fuel), Some(depth)) => Ok(Self { fuel, depth }),
            _ => Err(LoadError::Counters),
        }
    }
}

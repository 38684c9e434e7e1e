//! Modules that carry limits, as every engine here treats them.

use crate::{Budget, LoadError, Module, Watch};
use aingle_wasm_types::metering::Carried;

/// What is asked of a module, and what its limits are set to.
#[derive(Clone, Copy)]
pub(crate) struct Requirements {
    pub(crate) budget: Budget,
    /// Whether the limits that a module carries are believed.
    pub(crate) trusted: bool,
    /// Whether a module without limits is stopped by the engine's own fuel.
    pub(crate) engine_fuel: bool,
    /// What the module carries.
    pub(crate) carried: Option<Carried>,
    /// The bytes of stack that calls have.
    stack: u64,
}

impl Requirements {
    /// What a configuration asks of every module.
    pub(crate) fn new(budget: Budget, trusted: bool, engine_fuel: bool) -> Self {
        Self { budget, trusted, engine_fuel, carried: None, stack: 0 }
    }

    /// Checks a module on an engine whose stack has so many bytes; `native` says whether the native stack made it
    /// smaller than it was configured.
    ///
    /// # Errors
    /// [`LoadError::NoLimits`], [`LoadError::UntrustedLimits`] or [`LoadError::DepthLimit`].
    pub(crate) fn check(mut self, module: Module<'_>, stack: u64, native: bool) -> Result<Self, LoadError> {
        (self.carried, self.stack) = (module.limits(), stack);
        let fuel = self.budget.fuel.is_some();
        match self.carried {
            None if fuel && !self.engine_fuel => Err(LoadError::NoLimits),
            Some(_) if fuel && !self.trusted => Err(LoadError::UntrustedLimits),
            _ => self.check_depth(self.budget.depth, native).map(|()| self),
        }
    }

    /// Takes another budget, if the engine's stack has room for the depth and the watch can keep the deadline.
    pub(crate) fn set_budget(&mut self, watch: &mut Watch, budget: Budget) -> Result<(), LoadError> {
        if budget.depth > self.budget.depth {
            self.check_depth(budget.depth, false)?;
        }
        watch.set_deadline(budget.deadline)?;
        self.budget = budget;
        Ok(())
    }

    fn check_depth(&self, depth: u32, native: bool) -> Result<(), LoadError> {
        let Some(carried) = self.carried else { return Ok(()) };
        LoadError::check_depth(depth, carried.fixed_depth, self.stack, native)
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

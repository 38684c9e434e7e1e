//! Modules that carry limits, as every engine here treats them.

use crate::{Budget, LoadError, Module, Watch};

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

/// Gives an engine another budget, if its stack has room for the depth and the watch can keep the deadline.
pub(crate) fn set_budget(
    own: &mut Budget,
    watch: &mut Watch,
    new: Budget,
    wasm: &[u8],
    stack: u64,
) -> Result<(), LoadError> {
    if new.depth > own.depth {
        let carried = Module::parse(wasm).ok().and_then(|module| module.limits());
        carried.map_or(Ok(()), |carried| LoadError::check_depth(new.depth, carried.beside, stack, false))?;
    }
    watch.set_deadline(new.deadline)?;
    *own = new;
    Ok(())
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

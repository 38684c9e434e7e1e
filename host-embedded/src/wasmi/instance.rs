//! An instance: what it is asked to do, and what of it the engine does.

use super::calls::{SLICE, Slices, Stopped, Typed, host_function};
use super::error;
use super::raw::{Slot, with_host};
#[cfg(feature = "out-of-memory")]
use crate::RefusedGrowth;
use crate::limits::Requirements;
use ::wasmi::{Extern, Global, GlobalType, Instance, Module, Mutability, Store, Val, ValType};
use aingle_wasm_host_core::{
    Budget, Counters, EngineInstance, Error, Host, LoadError, Signature, Trap, Watch,
};
use aingle_wasm_types::{Name, names};

/// A module in the wasmi interpreter.
pub struct WasmiInstance<'m, S> {
    pub(super) wasm: &'m [u8],
    pub(super) host: Host<S>,
    pub(super) module: Module,
    pub(super) store: Store<Slot>,
    pub(super) memory_limit: u32,
    pub(super) instance: Option<Instance>,
    pub(super) fuel: Option<u64>,
    /// What the store is not given yet of the engine's own fuel.
    pub(super) reserve: u64,
    pub(super) requirements: Requirements,
    /// Of an instance that can be interrupted.
    pub(super) watch: Option<Watch>,
    /// Fuel and depth.
    pub(super) counters: Option<[Global; 2]>,
}

/// A function that was found in an instance.
#[derive(Debug, Clone, Copy)]
pub struct WasmiFunction(Typed);

impl<S> EngineInstance for WasmiInstance<'_, S> {
    type State = S;
    type Function = WasmiFunction;

    fn wasm(&self) -> &[u8] {
        self.wasm
    }

    fn carries_limits(&self) -> bool {
        self.requirements.carried.is_some()
    }

    fn start(&mut self) -> Result<(), Error> {
        if !self.carries_limits() {
            self.give_all();
        }
        let imports = self.module.imports().len();
        let imports: alloc::vec::Vec<Extern> =
            (0..imports as u32).map(|import| host_function(&mut self.store, import)).collect();
        let module = &self.module;
        let instance =
            with_host(&mut self.store, &mut self.host, None, |store| Instance::new(store, module, &imports));
        let instance = instance.map_err(|stopped| self.start_error(&stopped))?;
        let memory = instance.get_memory(&self.store, names::MEMORY);
        self.store.data_mut().memory = memory;
        self.instance = Some(instance);
        self.slice();
        Ok(())
    }

    fn find(&mut self, name: &str, signature: Signature) -> Result<WasmiFunction, Error> {
        let function = self.instance.and_then(|instance| instance.get_func(&self.store, name));
        let function = function.ok_or(Error::MissingExport(Name::new(name)))?;
        Typed::new(function, &self.store, signature)
            .map(WasmiFunction)
            .map_err(|_| Error::ExportSignature(Name::new(name)))
    }

    fn call(&mut self, function: &WasmiFunction, a: u32, b: u32) -> Result<u64, Trap> {
        let Some(watch) = &self.watch else {
            let called =
                with_host(&mut self.store, &mut self.host, None, |store| function.0.call(store, a, b));
            return called.map_err(|stopped| self.trap(&stopped));
        };
        watch.stopped().map_or(Ok(()), Err)?;
        let reserve = &mut self.reserve;
        let called = with_host(&mut self.store, &mut self.host, Some(watch), |store| {
            let mut slices = Slices { reserve, watch };
            function.0.call_in_slices(store, a, b, &mut slices)
        });
        called.map_err(|stopped| match stopped {
            Stopped::By(trap) => trap,
            Stopped::Guest(stopped) => match self.watch.as_ref().and_then(Watch::stopped) {
                Some(asked) => asked,
                None => self.trap(&stopped),
            },
        })
    }

    fn memory(&mut self) -> &mut [u8] {
        match self.store.data().memory {
            Some(memory) => memory.data_mut(&mut self.store),
            None => &mut [],
        }
    }

    fn host_mut(&mut self) -> &mut Host<S> {
        &mut self.host
    }

    fn host(&self) -> &Host<S> {
        &self.host
    }

    fn memory_limit(&mut self) -> Option<u64> {
        Some(self.memory_limit.into())
    }

    /// Growth beyond the maximum that the module declares is not asked for.
    #[cfg(feature = "out-of-memory")]
    fn refused_growth(&mut self) -> Option<RefusedGrowth> {
        let asked = self.store.data().limits.refused()?;
        Some(crate::growth::refused(self.wasm, self.memory_limit, asked))
    }

    fn trusts_limits(&self) -> bool {
        self.requirements.trusted
    }

    fn budget(&self) -> Budget {
        self.requirements.budget
    }

    fn find_counters(&mut self) -> Result<(), Error> {
        let (instance, store) = (self.instance.ok_or(LoadError::Counters)?, &self.store);
        let find = |name, ty| {
            let global = instance.get_global(store, name)?;
            (global.ty(store) == GlobalType::new(ty, Mutability::Var)).then_some(global)
        };
        let found = [find(names::FUEL, ValType::I64), find(names::DEPTH, ValType::I32)];
        let [Some(fuel), Some(depth)] = found else { return Err(LoadError::Counters.into()) };
        self.counters = Some([fuel, depth]);
        Ok(())
    }

    fn set_counters(&mut self, counters: Counters) {
        let Some([fuel, depth]) = self.counters else { return };
        let set = fuel.set(&mut self.store, Val::I64(counters.fuel));
        let set = set.and_then(|()| depth.set(&mut self.store, Val::I32(counters.depth)));
        debug_assert!(set.is_ok(), "both are mutable, and of these types");
    }

    fn counters(&mut self) -> Counters {
        let [fuel, depth] = match self.counters {
            Some(globals) => globals.map(|global| global.get(&self.store)),
            None => [Val::I64(0), Val::I32(0)],
        };
        Counters { fuel: fuel.i64().unwrap_or_default(), depth: depth.i32().unwrap_or_default() }
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), LoadError> {
        match &mut self.watch {
            Some(watch) => self.requirements.set_budget(watch, budget),
            None if budget.deadline.is_some() => {
                Err(LoadError::Engine { reason: "a deadline, and the engine is not `interruptible`" })
            }
            None => self.requirements.set_budget(&mut Watch::default(), budget),
        }
    }

    fn watch(&mut self) -> Option<&mut Watch> {
        self.watch.as_mut()
    }

    fn refuel(&mut self) {
        #[cfg(feature = "out-of-memory")]
        self.store.data_mut().limits.forget();
        let fuel = self.fuel.unwrap_or(u64::MAX);
        let now = match &mut self.watch {
            Some(watch) => {
                watch.begin();
                fuel.min(SLICE)
            }
            None => fuel,
        };
        self.reserve = fuel - now;
        // It fails only where fuel is not counted.
        let _ = self.store.set_fuel(now);
    }

    fn fuel_used(&mut self) -> Option<u64> {
        let left = self.store.get_fuel().ok()?;
        Some(self.fuel?.saturating_sub(left).saturating_sub(self.reserve))
    }
}

impl<S> WasmiInstance<'_, S> {
    /// Gives the store all of the engine's own fuel, for what cannot be resumed.
    fn give_all(&mut self) {
        let now = self.store.get_fuel().unwrap_or(0).saturating_add(self.reserve);
        self.reserve = 0;
        let _ = self.store.set_fuel(now);
    }

    /// Keeps all but a slice of it back, where the instance can be interrupted.
    fn slice(&mut self) {
        let left = self.store.get_fuel().unwrap_or(0);
        if self.watch.is_some() && left > SLICE {
            self.reserve += left - SLICE;
            let _ = self.store.set_fuel(SLICE);
        }
    }

    fn trap(&mut self, stopped: &::wasmi::Error) -> Trap {
        let used = self.fuel_used().unwrap_or_default();
        error::trap(stopped, self.fuel.unwrap_or_default(), used)
    }

    /// Instantiating failed, or the start function trapped.
    fn start_error(&mut self, stopped: &::wasmi::Error) -> Error {
        match error::instantiation_error(stopped) {
            Some(refused) => Error::Load(refused),
            None => Error::Trap(self.trap(stopped)),
        }
    }
}

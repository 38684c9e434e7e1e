//! An instance: what it is asked to do, and what of it the engine does.

use super::limits::Fuel;
use super::machine::{Machine, Target};
use crate::limits::{Places, Requirements};
#[cfg(feature = "out-of-memory")]
use aingle_wasm_host_core::RefusedGrowth;
use aingle_wasm_host_core::{
    Budget, Counters, EngineInstance, Error, Host, LoadError, Module, Signature, Trap, Watch, abi,
};
use aingle_wasm_types::Name;
use alloc::boxed::Box;

/// A module in the spacewasm interpreter.
pub struct SpacewasmInstance<'m, S> {
    pub(super) module: Module<'m>,
    pub(super) host: Host<S>,
    pub(super) machine: Box<Machine>,
    pub(super) memory_end: Option<u32>,
    #[cfg(feature = "out-of-memory")]
    pub(super) memory_limit: u32,
    pub(super) fuel: Fuel,
    pub(super) requirements: Requirements,
    pub(super) watch: Watch,
    pub(super) counters: Option<Places>,
}

/// A function that was found in an instance of the same module.
#[derive(Debug, Clone, Copy)]
pub struct SpacewasmFunction(Target);

impl<S> EngineInstance for SpacewasmInstance<'_, S> {
    type State = S;
    type Function = SpacewasmFunction;

    fn wasm(&self) -> &[u8] {
        self.module.wasm()
    }

    fn carries_limits(&self) -> bool {
        self.requirements.carried.is_some()
    }

    fn start(&mut self) -> Result<(), Error> {
        let Some(start) = self.machine.start_function() else { return Ok(()) };
        self.call(&SpacewasmFunction(start), 0, 0).map(|_| ()).map_err(Error::Trap)
    }

    fn find(&mut self, name: &str, signature: Signature) -> Result<SpacewasmFunction, Error> {
        let index = abi::exported(self.module, name, signature)?;
        let target = self.machine.function(index).filter(|target| target.takes(signature));
        target.map(SpacewasmFunction).ok_or(Error::MissingExport(Name::new(name)))
    }

    fn call(&mut self, function: &SpacewasmFunction, a: u32, b: u32) -> Result<u64, Trap> {
        self.machine.call(function.0, a, b, &mut self.host, &mut self.fuel, &self.watch)
    }

    fn memory(&mut self) -> &mut [u8] {
        self.machine.memory()
    }

    fn host_mut(&mut self) -> &mut Host<S> {
        &mut self.host
    }

    fn host(&self) -> &Host<S> {
        &self.host
    }

    fn trusts_limits(&self) -> bool {
        self.requirements.trusted
    }

    fn budget(&self) -> Budget {
        self.requirements.budget
    }

    fn find_counters(&mut self) -> Result<(), Error> {
        let places = Places::of(self.module)?;
        self.machine.counters(places).ok_or(LoadError::Counters)?;
        self.counters = Some(places);
        Ok(())
    }

    fn set_counters(&mut self, counters: Counters) {
        if let Some((fuel, depth)) = self.counters.and_then(|places| self.machine.counters(places)) {
            fuel.write_i64(counters.fuel);
            depth.write_i32(counters.depth);
        }
    }

    fn counters(&mut self) -> Counters {
        let found = self.counters.and_then(|places| self.machine.counters(places));
        found.map_or(Counters { fuel: 0, depth: 0 }, |(fuel, depth)| Counters {
            fuel: fuel.read_i64(),
            depth: depth.read_i32(),
        })
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), LoadError> {
        self.requirements.set_budget(&mut self.watch, budget)
    }

    fn watch(&mut self) -> Option<&mut Watch> {
        Some(&mut self.watch)
    }

    #[cfg(feature = "out-of-memory")]
    fn memory_limit(&mut self) -> Option<u64> {
        Some(self.memory_limit.into())
    }

    #[cfg(feature = "out-of-memory")]
    fn refused_growth(&mut self) -> Option<RefusedGrowth> {
        let asked = self.machine.growth.refused()?;
        Some(crate::growth::refused(self.module.wasm(), self.memory_limit, asked))
    }

    fn refuel(&mut self) {
        #[cfg(feature = "out-of-memory")]
        self.machine.growth.forget();
        self.fuel.used = 0;
        self.watch.begin();
    }

    fn fuel_used(&mut self) -> Option<u64> {
        Some(self.fuel.used)
    }

    fn memory_end(&self) -> Option<u32> {
        self.memory_end
    }
}

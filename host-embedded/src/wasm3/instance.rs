//! A module in wasm3.

use super::checked::CheckedModule;
use super::config::Wasm3Config;
use super::layout::Layout;
use super::native;
use super::raw::HostCell;
#[cfg(target_has_atomic = "ptr")]
use super::raw::{StopCell, Wasm3Stopper, enter, without_debt};
use super::sys::{Core, SLOT};
use super::validate::validate;
#[cfg(feature = "out-of-memory")]
use crate::RefusedGrowth;
use crate::limits::{Places, Requirements};
use crate::{Budget, Counters, EngineInstance, Error, Host, LoadError, Module, Trap, Watch};
use aingle_wasm_host_core::{Signature, abi};
#[cfg(target_has_atomic = "ptr")]
use alloc::sync::Arc;

/// A module in wasm3.
pub struct Wasm3Instance<'m, S> {
    /// Dropped before the host that it is linked to.
    core: Core<'m>,
    host: HostCell<S>,
    module: Module<'m>,
    start: Option<u32>,
    memory_end: Option<u32>,
    #[cfg(feature = "out-of-memory")]
    memory_limit: u32,
    requirements: Requirements,
    counters: Option<Places>,
    /// The native stack that calls of the guest may take.
    native_stack: u32,
    /// Whether the guest was stopped. wasm3 leaves half-rewritten code behind, so it is not called again.
    stopped: bool,
    /// Whether what ran at the start is still translated.
    starting: bool,
    /// Of an instance that others may stop in a loop.
    #[cfg(target_has_atomic = "ptr")]
    stop: Option<Arc<StopCell>>,
}

/// A function of a [`Wasm3Instance`].
#[derive(Debug, Clone, Copy)]
pub struct Wasm3Function {
    index: u32,
    signature: Signature,
}

impl<'m, S> Wasm3Instance<'m, S> {
    pub(super) fn load(config: &Wasm3Config, wasm: &'m [u8], host: Host<S>) -> Result<Self, Error> {
        let module = Module::parse(wasm)?;
        abi::check_imports(module)?;
        let (imports, layout) = (module.imports().count() as u32, Layout::read(wasm)?);
        layout.check(imports)?;
        let start = layout.start()?;
        let is_unit =
            |start| module.function_type(start).is_some_and(|ty| ty.0.is_empty() && ty.1.is_empty());
        if start.is_some_and(|start| !is_unit(start)) {
            return Err(LoadError::Engine { reason: "the start function has parameters or a result" }.into());
        }
        let checked = CheckedModule::check(&layout, config.memory_limit, config.table_limit)?;
        let mut core = Core::new(module, &layout, &checked, config.stack_size / SLOT)?;
        validate(&mut core, &layout, imports)?;
        let native_stack = native::for_calls(config.native_stack)?;
        let stack = u64::from(config.stack_size).min(native::stack(native_stack));
        let requirements =
            config.requirements().check(module, stack, stack < u64::from(config.stack_size))?;
        core.set_memory(&checked)?;
        let host = HostCell::new(host, imports);
        host.link(&mut core)?;
        for data in layout.data() {
            let data = data?;
            let place = core.memory().get_mut(data.offset as usize..).unwrap_or_default();
            let place = place.get_mut(..data.bytes.len()).ok_or(LoadError::OutOfMemory)?;
            place.copy_from_slice(data.bytes);
        }
        Ok(Self {
            core,
            host,
            module,
            start,
            memory_end: checked.memory_end(),
            #[cfg(feature = "out-of-memory")]
            memory_limit: config.memory_limit,
            requirements,
            counters: None,
            native_stack,
            stopped: false,
            starting: true,
            #[cfg(target_has_atomic = "ptr")]
            stop: None,
        })
    }

    /// Before the first entry point: gives back what was translated for the start, which seldom runs again. What does
    /// is translated when it is called.
    fn forget_start(&mut self) -> Result<(), LoadError> {
        if !core::mem::take(&mut self.starting) || self.stopped {
            return Ok(());
        }
        self.stopped = true;
        self.core.forget_code();
        self.host.link(&mut self.core)?;
        self.stopped = false;
        Ok(())
    }

    /// What stops calls in the middle of a loop: see [`Wasm3Stopper`]. Its flag is the one of
    /// [`Guest::cancel_handle`](crate::Guest::cancel_handle), its clock the one that was set before.
    #[cfg(target_has_atomic = "ptr")]
    pub fn stopper(&mut self) -> Wasm3Stopper {
        let cell = Arc::clone(self.stop.get_or_insert_with(|| Arc::new(StopCell::new())));
        let clock = self.host.watch().clock();
        Wasm3Stopper::new(cell, self.host.watch_mut().handle(), clock)
    }

    /// Calls a function where others may stop it, and says so if they did.
    fn call_core(&mut self, index: u32, signature: Signature, arguments: [u32; 2]) -> Result<u64, Trap> {
        #[cfg(target_has_atomic = "ptr")]
        let result = {
            let cell = self.stop.as_deref();
            let place = self.counters.and_then(|places| self.core.fuel_place(places));
            let entered = cell.zip(place).map(|(cell, fuel)| enter(cell, fuel));
            let result = self.core.call(index, signature, arguments, self.native_stack);
            drop(entered);
            if cell.is_some() {
                let counters = self.counters();
                self.set_counters(Counters { fuel: without_debt(counters.fuel), ..counters });
            }
            result
        };
        #[cfg(not(target_has_atomic = "ptr"))]
        let result = self.core.call(index, signature, arguments, self.native_stack);
        result.map_err(|trap| self.host.watch().stopped().unwrap_or(trap))
    }

    /// Calls a function, unless the guest was stopped before.
    fn run(&mut self, index: u32, signature: Signature, arguments: [u32; 2]) -> Result<u64, Trap> {
        if self.stopped {
            return Err(Trap::Other);
        }
        self.host.watch().stopped().map_or(Ok(()), Err)?;
        self.stopped = true;
        let result = self.call_core(index, signature, arguments)?;
        self.stopped = false;
        Ok(result)
    }
}

impl<S> EngineInstance for Wasm3Instance<'_, S> {
    type State = S;
    type Function = Wasm3Function;

    fn wasm(&self) -> &[u8] {
        self.module.wasm()
    }

    fn carries_limits(&self) -> bool {
        self.requirements.carried.is_some()
    }

    fn start(&mut self) -> Result<(), Error> {
        let Some(start) = self.start.take() else { return Ok(()) };
        self.core.compile(start, self.native_stack)?;
        self.run(start, Signature::Unit, [0, 0]).map(|_| ()).map_err(Error::Trap)
    }

    fn find(&mut self, name: &str, signature: Signature) -> Result<Wasm3Function, Error> {
        let index = abi::exported(self.module, name, signature)?;
        if signature == Signature::Entry {
            self.forget_start()?;
        }
        self.core.compile(index, self.native_stack)?;
        Ok(Wasm3Function { index, signature })
    }

    fn call(&mut self, function: &Wasm3Function, a: u32, b: u32) -> Result<u64, Trap> {
        self.run(function.index, function.signature, [a, b])
    }

    fn memory(&mut self) -> &mut [u8] {
        self.core.memory()
    }

    fn host_mut(&mut self) -> &mut Host<S> {
        self.host.get_mut()
    }

    fn host(&self) -> &Host<S> {
        self.host.get()
    }

    fn trusts_limits(&self) -> bool {
        self.requirements.trusted
    }

    fn budget(&self) -> Budget {
        self.requirements.budget
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), LoadError> {
        self.requirements.set_budget(self.host.watch_mut(), budget)
    }

    fn watch(&mut self) -> Option<&mut Watch> {
        Some(self.host.watch_mut())
    }

    #[cfg(feature = "out-of-memory")]
    fn memory_limit(&mut self) -> Option<u64> {
        Some(self.memory_limit.into())
    }

    #[cfg(feature = "out-of-memory")]
    fn refused_growth(&mut self) -> Option<RefusedGrowth> {
        let asked = self.core.refused()?;
        Some(crate::growth::refused(self.module.wasm(), self.memory_limit, asked))
    }

    fn refuel(&mut self) {
        #[cfg(feature = "out-of-memory")]
        self.core.forget_refused();
        let watch = self.host.watch_mut();
        watch.begin();
        #[cfg(target_has_atomic = "ptr")]
        if let Some(cell) = &self.stop {
            cell.begin(watch.deadline());
        }
    }

    fn find_counters(&mut self) -> Result<(), Error> {
        let places = Places::of(self.module)?;
        self.core.counters(places).ok_or(LoadError::Counters)?;
        self.counters = Some(places);
        Ok(())
    }

    fn set_counters(&mut self, counters: Counters) {
        if let Some((fuel, depth)) = self.counters.and_then(|places| self.core.counters(places)) {
            (*fuel, *depth) = (counters.fuel, counters.depth);
        }
    }

    fn counters(&mut self) -> Counters {
        let found = self.counters.and_then(|places| self.core.counters(places));
        found.map_or(Counters { fuel: 0, depth: 0 }, |(fuel, depth)| Counters { fuel: *fuel, depth: *depth })
    }

    fn memory_end(&self) -> Option<u32> {
        self.memory_end
    }
}

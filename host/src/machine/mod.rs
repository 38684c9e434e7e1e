//! Wasmer as an engine of the bridge: one instance in a store of its own.

mod imports;
mod numbers;
mod plain;
mod segments;
mod trap;
mod value;

use crate::module::WasmModule;
use crate::plain_functions::PlainFunctions;
use crate::profile::{Profile, Recorder};
use crate::raw::{OwnStore, Running};
use crate::reset::Snapshot;
use crate::stop::{CancelHandle, Control, Watched};
use aingle_wasm_host_core::{
    Budget, Counters, EngineInstance, Error, Host, Index, LoadError, Signature, Trap,
};
use aingle_wasm_types::metering::DEPTH_BYTES;
use aingle_wasm_types::{Name, names};
use imports::{Env, PlainEnv};
use std::io;
use std::sync::Arc;
use wasmer::{Extern, FunctionEnv, Instance, InstantiationError, RuntimeError, Store, TypedFunction};

/// One instance, made but not instantiated until it starts.
pub(crate) struct Machine<S: Send + 'static> {
    module: WasmModule,
    store: OwnStore,
    env: FunctionEnv<Env<S>>,
    budget: Budget,
    /// The depth that the native stack was found to have room for.
    most_depth: u32,
    watched: Watched,
    profiled: bool,
    instance: Option<Instance>,
}

/// A function of the instance, its types checked once.
pub(crate) enum Function {
    Entry(TypedFunction<(u32, u32), u64>),
    Abi(AbiFunction),
}

/// A function that the ABI names.
pub(crate) enum AbiFunction {
    Allocate(TypedFunction<u32, u32>),
    Deallocate(TypedFunction<(u32, u32), ()>),
    Address(TypedFunction<(), u32>),
    Unit(TypedFunction<(), ()>),
}

impl<S: Send + 'static> Machine<S> {
    /// # Errors
    /// When the system gives no thread or signal to stop calls with.
    pub(crate) fn new(
        module: &WasmModule,
        host: Host<S>,
        budget: Budget,
        profiled: bool,
    ) -> io::Result<Self> {
        let mut store = Store::new(module.code().engine.clone());
        let watched = Watched::new(Control::new(module.code_range(), budget.deadline))?;
        let env = FunctionEnv::new(&mut store, Env::new(host, profiled, Arc::clone(watched.control())));
        let store = OwnStore::new(store);
        let (module, most_depth) = (module.clone(), budget.depth);
        Ok(Self { module, store, env, budget, most_depth, watched, profiled, instance: None })
    }

    /// Gives a module that speaks no ABI its host functions, before it starts.
    pub(crate) fn set_plain_functions(&mut self, functions: Arc<PlainFunctions<S>>) {
        self.store.data(&self.env).plain = Some(PlainEnv { functions, memory: None, failed: None });
    }

    /// The text of a host function of numbers that failed, when that is why the module was stopped.
    pub(crate) fn take_failure(&mut self) -> Option<String> {
        self.store.data(&self.env).plain.as_mut()?.failed.take()
    }

    pub(crate) fn cancel_handle(&self) -> CancelHandle {
        CancelHandle::new(self.watched.control())
    }

    /// Ends the cancel handles that were given out.
    pub(crate) fn end_handles(&self) {
        self.watched.control().renew();
    }

    pub(crate) fn module(&self) -> &WasmModule {
        &self.module
    }

    /// The message of a host function's panic, when that is why the guest stopped.
    pub(crate) fn take_panic(&mut self) -> Option<String> {
        self.store.data(&self.env).panic.take()
    }

    /// Where the fuel went, of an instance that is profiled.
    pub(crate) fn profile(&self) -> Option<&Profile> {
        self.env.as_ref(self.store.get()).profile.as_ref().map(Recorder::profile)
    }

    #[cold]
    fn record(&mut self, tell: impl FnOnce(&mut Recorder)) {
        if let Some(recorder) = &mut self.store.data(&self.env).profile {
            tell(recorder);
        }
    }

    /// A number that no other machine of this process has.
    pub(crate) fn id(&self) -> u64 {
        self.store.id()
    }

    /// The instance as it is now, where it can be put back later.
    pub(crate) fn snapshot(&mut self, idle_memory: u64) -> Option<Snapshot> {
        Snapshot::of(&mut self.store, idle_memory)
    }

    /// Puts the instance back. Says whether it could.
    pub(crate) fn restore(&mut self, snapshot: &Snapshot) -> bool {
        snapshot.restore(&mut self.store)
    }

    fn instantiate(&mut self) -> Result<Instance, Error> {
        let plain = self.store.data(&self.env).plain.as_ref().map(|plain| Arc::clone(&plain.functions));
        let (module, env, mut store) = (&self.module, &self.env, self.store.get_mut());
        let code = &module.code().module;
        let imports = (0..).zip(code.imports());
        let functions = imports.map(|(import, ty)| match &plain {
            Some(plain) if ty.module() != names::PROFILE_MODULE => {
                plain::function(&mut store, env, plain, &ty)
                    .ok_or_else(|| Error::MissingImport(Name::new(ty.name())))
            }
            _ => Ok(imports::function(&mut store, env, import, &ty)),
        });
        let functions = functions.collect::<Result<Vec<Extern>, Error>>()?;
        Instance::new_by_index(&mut store, code, &functions).map_err(|error| not_instantiated(module, error))
    }

    /// What host and host functions need of the instance.
    fn connect(&mut self, instance: &Instance) {
        let memory = self.store.find_memory(instance);
        let data = self.store.data(&self.env);
        data.memory = memory;
        if let Some(plain) = &mut data.plain {
            plain.memory = instance.exports.get_memory(names::MEMORY).ok().cloned();
        }
    }

    /// Runs something in the guest, unless the call is to end.
    #[inline]
    fn enter<R>(&mut self, run: impl FnOnce(&mut OwnStore) -> Result<R, RuntimeError>) -> Result<R, Trap> {
        let running = Running::enter(self.watched.control())?;
        let result = run(&mut self.store);
        drop(running);
        if self.watched.control().has_attention() {
            return self.asked_to_stop(result);
        }
        result.map_err(|error| trap::of(&error))
    }

    /// The outcome of a call that may have been stopped. One that has ended by itself has its result.
    #[cold]
    fn asked_to_stop<R>(&mut self, result: Result<R, RuntimeError>) -> Result<R, Trap> {
        self.store.settle_fuel();
        let stop = self.watched.control().stop();
        result.map_err(|error| stop.map_or_else(|| trap::of(&error), Trap::from))
    }

    fn run_start_function(&mut self) -> Result<(), Error> {
        match self.find(names::START, Signature::Unit) {
            Ok(start) => self.call(&start, 0, 0).map(|_| ()).map_err(Error::Trap),
            Err(_) => Ok(()),
        }
    }
}

impl<S: Send + 'static> EngineInstance for Machine<S> {
    type State = S;
    type Function = Function;

    fn wasm(&self) -> &[u8] {
        self.module.wasm()
    }

    fn fingerprint(&self) -> u64 {
        self.module.fingerprint()
    }

    fn index(&self) -> Option<&Index> {
        Some(self.module.index())
    }

    fn start(&mut self) -> Result<(), Error> {
        let instance = self.instantiate()?;
        self.connect(&instance);
        self.instance = Some(instance);
        if self.carries_limits() { Ok(()) } else { self.run_start_function() }
    }

    fn find(&mut self, name: &str, signature: Signature) -> Result<Function, Error> {
        let exports = self.instance.as_ref().map(|instance| &instance.exports);
        let found = exports.and_then(|exports| exports.get_function(name).ok());
        let found = found.ok_or(Error::MissingExport(Name::new(name)))?;
        let store = self.store.get();
        let typed = match signature {
            Signature::Entry => found.typed(store).map(Function::Entry),
            Signature::Allocate => {
                found.typed(store).map(|typed| Function::Abi(AbiFunction::Allocate(typed)))
            }
            Signature::Deallocate => {
                found.typed(store).map(|typed| Function::Abi(AbiFunction::Deallocate(typed)))
            }
            Signature::Address => found.typed(store).map(|typed| Function::Abi(AbiFunction::Address(typed))),
            Signature::Unit => found.typed(store).map(|typed| Function::Abi(AbiFunction::Unit(typed))),
        };
        typed.map_err(|_| Error::ExportSignature(Name::new(name)))
    }

    fn call(&mut self, function: &Function, a: u32, b: u32) -> Result<u64, Trap> {
        self.enter(|store| match function {
            Function::Entry(entry) => entry.call(&mut store.get_mut(), a, b),
            Function::Abi(function) => call_abi(store, function, a, b),
        })
    }

    fn memory(&mut self) -> &mut [u8] {
        self.store.memory()
    }

    fn memory_limit(&mut self) -> Option<u64> {
        let memory = self.instance.as_ref().and_then(|instance| instance.exports.get_memory("memory").ok());
        let limit = memory.and_then(|memory| memory.ty(&self.store.get_mut()).maximum);
        limit.map(|pages| pages.bytes().0 as u64)
    }

    fn host_mut(&mut self) -> &mut Host<S> {
        &mut self.store.data(&self.env).host
    }

    fn host(&self) -> &Host<S> {
        &self.env.as_ref(self.store.get()).host
    }

    fn carries_limits(&self) -> bool {
        self.module.code().limited
    }

    fn budget(&self) -> Budget {
        self.budget
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), LoadError> {
        let stack = u64::from(self.most_depth) * u64::from(DEPTH_BYTES);
        LoadError::check_depth(budget.depth, 0, stack, true)?;
        if budget.deadline != self.budget.deadline {
            self.watched.control().set_deadline(budget.deadline);
            self.watched.deadline_changed();
        }
        self.budget = budget;
        Ok(())
    }

    #[inline]
    fn refuel(&mut self) {
        self.watched.control().begin_call();
    }

    fn find_counters(&mut self) -> Result<(), Error> {
        let found = self.instance.as_ref().is_some_and(|instance| self.store.find_counters(instance));
        self.watched.control().set_fuel(self.store.fuel_place());
        if found { Ok(()) } else { Err(LoadError::Counters.into()) }
    }

    fn set_counters(&mut self, counters: Counters) {
        self.store.set_counters(counters);
        if self.profiled {
            self.record(|recorder| recorder.begin(counters.fuel));
        }
    }

    fn counters(&mut self) -> Counters {
        let counters = self.store.counters();
        if self.profiled {
            self.record(|recorder| recorder.end(counters.fuel));
        }
        counters
    }
}

fn call_abi(store: &mut OwnStore, function: &AbiFunction, a: u32, b: u32) -> Result<u64, RuntimeError> {
    let store = &mut store.get_mut();
    match function {
        AbiFunction::Allocate(allocate) => allocate.call(store, a).map(u64::from),
        AbiFunction::Deallocate(deallocate) => deallocate.call(store, a, b).map(|()| 0),
        AbiFunction::Address(address) => address.call(store).map(u64::from),
        AbiFunction::Unit(unit) => unit.call(store).map(|()| 0),
    }
}

fn not_instantiated(module: &WasmModule, error: InstantiationError) -> Error {
    match error {
        InstantiationError::Link(wasmer::LinkError::Resource(_)) => LoadError::OutOfMemory.into(),
        InstantiationError::Link(_) => LoadError::Engine { reason: "the imports do not link" }.into(),
        InstantiationError::CpuFeature(_) => {
            LoadError::Engine { reason: "the processor lacks a feature that the code uses" }.into()
        }
        // No code of the guest runs here: it is a segment that did not fit.
        InstantiationError::Start(error) => match segments::outside(module.wasm()) {
            Some(index) => LoadError::Segment { index }.into(),
            None => Error::Trap(trap::of(&error)),
        },
        _ => LoadError::Engine { reason: "the module was compiled for another machine" }.into(),
    }
}

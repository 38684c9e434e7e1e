//! Wasmer as an engine of the bridge: one instance in a store of its own.

mod imports;
mod segments;
mod trap;

use crate::WasmModule;
use crate::raw::OwnStore;
use crate::rewind::Snapshot;
use aingle_wasm_bridge::{Budget, Counters, Engine, Error, Host, LoadError, Signature, Trap};
use aingle_wasm_types::{Name, names};
use imports::Env;
use wasmer::{
    Extern, FunctionEnv, Global, GlobalType, Instance, InstantiationError, Memory, Mutability, Store, Type,
    TypedFunction, Value,
};

/// One instance, made but not instantiated until it starts.
pub(crate) struct Machine<S: Send + 'static> {
    module: WasmModule,
    store: OwnStore,
    env: FunctionEnv<Env<S>>,
    budget: Budget,
    live: Option<Live>,
}

/// What is there once the module is instantiated.
struct Live {
    instance: Instance,
    counters: Option<Globals>,
}

/// The counters of a module that carries limits.
struct Globals {
    fuel: Global,
    depth: Global,
}

/// A function of the instance, its types checked once.
pub(crate) enum Function {
    Entry(TypedFunction<(u32, u32), u64>),
    Allocate(TypedFunction<u32, u32>),
    Deallocate(TypedFunction<(u32, u32), ()>),
    Address(TypedFunction<(), u32>),
    Unit(TypedFunction<(), ()>),
}

impl<S: Send + 'static> Machine<S> {
    pub(crate) fn new(module: &WasmModule, host: Host<S>, budget: Budget) -> Self {
        let mut store = Store::new(module.code().engine.clone());
        let env = FunctionEnv::new(&mut store, Env::new(host));
        let store = OwnStore::new(store);
        Self { module: module.clone(), store, env, budget, live: None }
    }

    pub(crate) fn module(&self) -> &WasmModule {
        &self.module
    }

    /// The message of a host function's panic, when that is why the guest stopped.
    pub(crate) fn take_panic(&mut self) -> Option<String> {
        let env = &self.env;
        self.store.with(|store| env.as_mut(store).panic.take())
    }

    /// The instance as it is now, where it can be put back later.
    pub(crate) fn snapshot(&mut self) -> Option<Snapshot> {
        Snapshot::of(&mut self.store)
    }

    /// Puts the instance back. Says whether it could.
    pub(crate) fn restore(&mut self, snapshot: &mut Snapshot) -> bool {
        snapshot.restore(&mut self.store)
    }

    fn instantiate(&mut self) -> Result<Instance, Error> {
        let (module, env) = (&self.module, &self.env);
        self.store.with(|store| {
            let code = &module.code().module;
            let imports = 0..code.imports().count() as u32;
            let functions: Vec<Extern> =
                imports.map(|import| imports::function(store, env, import)).collect();
            Instance::new_by_index(store, code, &functions).map_err(|error| not_instantiated(module, error))
        })
    }

    /// What the host functions need of the instance.
    fn connect(&mut self, memory: Option<Memory>, instance: &Instance) {
        let (allocate, env) = (self.module.older_allocator(), &self.env);
        self.store.with(|store| {
            let allocate = allocate.and_then(|name| instance.exports.get_typed_function(store, name).ok());
            let env = env.as_mut(store);
            env.memory = memory.clone();
            env.older_allocate = allocate;
        });
        self.store.set_memory(memory);
    }

    fn run_start_function(&mut self) -> Result<(), Error> {
        match self.find(names::START, Signature::Unit) {
            Ok(start) => self.call(&start, 0, 0).map(|_| ()).map_err(Error::Trap),
            Err(_) => Ok(()),
        }
    }

    /// An exported global, if it is mutable and of this type.
    fn global(&self, name: &str, ty: Type) -> Result<Global, Error> {
        let global = self.live.as_ref().and_then(|live| live.instance.exports.get_global(name).ok());
        let fits = |global: &&Global| global.ty(self.store.get()) == GlobalType::new(ty, Mutability::Var);
        global.filter(fits).cloned().ok_or(LoadError::Counters.into())
    }
}

impl<S: Send + 'static> Engine for Machine<S> {
    type State = S;
    type Function = Function;

    fn wasm(&self) -> &[u8] {
        self.module.wasm()
    }

    fn fingerprint(&self) -> u64 {
        self.module.fingerprint()
    }

    fn start(&mut self) -> Result<(), Error> {
        let instance = self.instantiate()?;
        let memory = instance.exports.get_memory(names::MEMORY).ok().cloned();
        self.connect(memory, &instance);
        self.live = Some(Live { instance, counters: None });
        if self.carries_limits() { Ok(()) } else { self.run_start_function() }
    }

    fn find(&mut self, name: &str, signature: Signature) -> Result<Function, Error> {
        let exports = self.live.as_ref().map(|live| &live.instance.exports);
        let found = exports.and_then(|exports| exports.get_function(name).ok());
        let found = found.ok_or(Error::MissingExport(Name::new(name)))?;
        let store = self.store.get();
        let typed = match signature {
            Signature::Entry => found.typed(store).map(Function::Entry),
            Signature::Allocate => found.typed(store).map(Function::Allocate),
            Signature::Deallocate => found.typed(store).map(Function::Deallocate),
            Signature::Address => found.typed(store).map(Function::Address),
            Signature::Unit => found.typed(store).map(Function::Unit),
        };
        typed.map_err(|_| Error::ExportSignature(Name::new(name)))
    }

    fn call(&mut self, function: &Function, a: u32, b: u32) -> Result<u64, Trap> {
        let result = self.store.with(|store| match function {
            Function::Entry(entry) => entry.call(store, a, b),
            Function::Allocate(allocate) => allocate.call(store, a).map(u64::from),
            Function::Deallocate(deallocate) => deallocate.call(store, a, b).map(|()| 0),
            Function::Address(address) => address.call(store).map(u64::from),
            Function::Unit(unit) => unit.call(store).map(|()| 0),
        });
        result.map_err(|error| trap::of(&error))
    }

    fn memory(&mut self) -> &mut [u8] {
        self.store.memory()
    }

    fn host(&mut self) -> &mut Host<S> {
        &mut self.store.data(&self.env).host
    }

    fn host_ref(&self) -> &Host<S> {
        &self.env.as_ref(self.store.get()).host
    }

    fn carries_limits(&self) -> bool {
        self.module.code().limited
    }

    fn budget(&self) -> Budget {
        self.budget
    }

    fn find_counters(&mut self) -> Result<(), Error> {
        let (fuel, depth) = (self.global(names::FUEL, Type::I64)?, self.global(names::DEPTH, Type::I32)?);
        let live = self.live.as_mut().ok_or(LoadError::Counters)?;
        live.counters = Some(Globals { fuel, depth });
        Ok(())
    }

    fn set_counters(&mut self, counters: Counters) {
        let Some(globals) = self.live.as_ref().and_then(|live| live.counters.as_ref()) else { return };
        let set = self.store.set_global(&globals.fuel, Value::I64(counters.fuel));
        let set = set.and_then(|()| self.store.set_global(&globals.depth, Value::I32(counters.depth)));
        debug_assert!(set.is_ok(), "both are mutable, and of these types and this store");
    }

    fn counters(&mut self) -> Counters {
        let globals = self.live.as_ref().and_then(|live| live.counters.as_ref());
        let Some(Globals { fuel, depth }) = globals else { return Counters { fuel: 0, depth: 0 } };
        let (fuel, depth) = (self.store.global(fuel).i64(), self.store.global(depth).i32());
        Counters { fuel: fuel.unwrap_or_default(), depth: depth.unwrap_or_default() }
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

//! The wasmi backend: pure Rust, fast and large. For hosts and big parts, with atomics: it does not
//! build for thumbv6m.
//!
//! Every module is validated and translated in full when it is loaded. wasmi has fuel of its own beside
//! that of modules that carry limits: about one unit for each of its instructions, taken block by block,
//! and more for what moves many bytes. The
//! whole of a block's fuel is taken when it is entered; so a call that runs out may have used
//! less than its limit, and the number says so.
//!
//! Release 2.0.0 computes a `select` wrongly when its condition is a comparison of a variable with zero. A module that
//! selects by a comparison with zero is refused by name.
//!
//! A host function must not panic: wasmi's frames do not unwind, and the process is aborted.
//!
//! Unless it is told otherwise it accepts the features that every backend of this crate has and
//! nothing more, so that a module which was tried here runs on the smaller engines too.
#![deny(unsafe_code)]

mod error;
mod limits;
#[allow(unsafe_code)]
mod raw;
mod select;

use crate::EngineLimits;
use crate::limits::Demand;
use crate::{
    Backend, Budget, Capabilities, Counters, DEFAULT_MEMORY_LIMIT, Engine, Error, Host, LoadError, Trap,
    Watch,
};
use ::wasmi::{
    Caller, CompilationMode, Extern, Func, Global, GlobalType, Instance, Module, Mutability, Store, TrapCode,
    TypedFunc, TypedResumableCall, Val, ValType, WasmParams, WasmResults,
};
use aingle_wasm_host_core::{self as host_core, ModuleError, Signature};
use aingle_wasm_types::metering::{DEFAULT_DEPTH, DEPTH_BYTES};
use aingle_wasm_types::{Name, names};
use limits::Limits;
use raw::Slot;

/// How a module is run on wasmi.
#[derive(Debug, Clone, Copy)]
pub struct WasmiConfig {
    /// The most memory the guest can have, in bytes. A module whose first pages are more is refused:
    /// wasmi cannot give less. Default 16 MiB.
    pub memory_limit: u32,
    /// The most that the stack of the guest's operands grows to, in bytes.
    pub stack_size: usize,
    /// How deep the guest's calls may nest.
    pub recursion_limit: usize,
    /// The most elements that a module's table may have.
    pub table_limit: u32,
    /// The fuel of one call of a module that carries limits (`docs/METERING.md`); nothing for no limit.
    /// Where there is one, a module that carries none is refused, unless there is [`engine_fuel`](Self::engine_fuel),
    /// and one that carries some unless they are [trusted](Self::trust_carried_limits).
    pub fuel: Option<u64>,
    /// Whether a module that carries limits is taken at its word. For modules that are signed, or built into the
    /// program: others can carry limits that do not bite. Default: no. Then a module that carries limits is refused
    /// with [`LoadError::UntrustedLimits`](crate::LoadError) where there is `fuel`, and what it counts is not told.
    pub trust_carried_limits: bool,
    /// How deep the calls of a module that carries limits may nest, in units of 256 bytes of stack.
    /// Default 128. A module is refused when the stack is too small for it.
    pub depth_limit: u32,
    /// wasmi's own fuel of one call; nothing for no limit. It stops modules that carry no limits, too, and needs no
    /// trust.
    /// Without a limit it is not counted either.
    pub engine_fuel: Option<u64>,
    /// Whether calls can be cancelled and have deadlines. wasmi then counts its own fuel, as with
    /// [`engine_fuel`](Self::engine_fuel), and runs in slices of it; the guest is some per cent slower, up to a fifth
    /// where it does little but call. A start function runs in one piece if its module carries no limits. Default: no.
    pub interruptible: bool,
    /// Whether only WebAssembly 1.0 with mutable globals is accepted: what every backend of this crate
    /// runs, and what the target wasm32v1-none makes. Otherwise everything that wasmi is built with:
    /// WebAssembly 2.0 but for SIMD, with one table, and tail calls and extended constants of 3.0.
    pub portable_only: bool,
}

impl Default for WasmiConfig {
    fn default() -> Self {
        Self {
            memory_limit: DEFAULT_MEMORY_LIMIT,
            stack_size: 256 * 1024,
            recursion_limit: 1000,
            table_limit: 4096,
            fuel: None,
            trust_carried_limits: false,
            depth_limit: DEFAULT_DEPTH,
            engine_fuel: None,
            interruptible: false,
            portable_only: true,
        }
    }
}

/// The wasmi interpreter.
///
/// ```no_run
/// use aingle_wasm_host_embedded::Runtime;
/// use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
///
/// # let wasm = b"\0asm\x01\0\0\0";
/// let config = WasmiConfig { memory_limit: 1 << 20, engine_fuel: Some(1_000_000), ..Default::default() };
/// let runtime = Runtime::new(Wasmi::new(config), wasm)?;
/// # Ok::<(), aingle_wasm_host_embedded::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Wasmi {
    config: WasmiConfig,
}

impl Wasmi {
    /// The most of everything that the engine takes of one module. It translates functions of no more than 30,000
    /// variables and operands.
    pub const LIMITS: EngineLimits = EngineLimits::COMMON;

    /// The interpreter, configured.
    #[must_use]
    pub const fn new(config: WasmiConfig) -> Self {
        Self { config }
    }

    fn demand(&self) -> Demand {
        let WasmiConfig { fuel, depth_limit: depth, trust_carried_limits, engine_fuel, .. } = self.config;
        Demand::new(Budget { fuel, depth, deadline: None }, trust_carried_limits, engine_fuel.is_some())
    }

    /// The bytes of stack that calls have: every call takes at least one unit of depth, and counts.
    fn stack(&self) -> u64 {
        let calls = self.config.recursion_limit as u64 * u64::from(DEPTH_BYTES);
        calls.min(self.config.stack_size as u64)
    }

    fn engine_config(&self) -> ::wasmi::Config {
        let mut config = ::wasmi::Config::default();
        config
            .consume_fuel(self.config.engine_fuel.is_some() || self.config.interruptible)
            // Translating later would take fuel from whichever call comes first.
            .compilation_mode(CompilationMode::Eager)
            .ignore_custom_sections(true)
            .wasm_multi_memory(false)
            .set_max_recursion_depth(self.config.recursion_limit)
            // In this order: the least may never be above the most.
            .set_min_stack_height(self.config.stack_size.min(1024))
            .set_max_stack_height(self.config.stack_size);
        if self.config.portable_only {
            config
                .wasm_sign_extension(false)
                .wasm_saturating_float_to_int(false)
                .wasm_multi_value(false)
                .wasm_bulk_memory(false)
                .wasm_reference_types(false)
                .wasm_tail_call(false)
                .wasm_extended_const(false);
        }
        config
    }
}

impl Backend for Wasmi {
    type Instance<'m, S> = WasmiInstance<'m, S>;

    const CAPABILITIES: Capabilities =
        Capabilities { name: "wasmi", engine_fuel: true, memory_below_a_page: false, validates: true };

    fn load<'m, S>(self, wasm: &'m [u8], host: Host<S>) -> Result<WasmiInstance<'m, S>, Error> {
        if !wasm.starts_with(aingle_wasm_module::reader::HEADER) {
            return Err(ModuleError::NotWasm.into());
        }
        Self::LIMITS.check(wasm)?;
        let engine = ::wasmi::Engine::new(&self.engine_config());
        let module = Module::new(&engine, wasm).map_err(|refused| error::load_error(&refused))?;
        let WasmiConfig { memory_limit: memory, table_limit: table, portable_only, .. } = self.config;
        let limits = Limits { memory, table, portable_only };
        limits.check(wasm)?;
        let parsed = host_core::Module::parse(wasm)?;
        select::check(parsed)?;
        let demand = self.demand().check(parsed, self.stack(), false)?;
        let mut store = Store::new(&engine, Slot::new(limits.store_limits()));
        store.limiter(|slot| &mut slot.limits);
        let fuel = self.config.engine_fuel;
        let watch = self.config.interruptible.then(Watch::default);
        let (instance, counters, reserve) = (None, None, 0);
        Ok(WasmiInstance { wasm, host, module, store, instance, fuel, reserve, demand, watch, counters })
    }
}

/// A module in the wasmi interpreter.
pub struct WasmiInstance<'m, S> {
    wasm: &'m [u8],
    host: Host<S>,
    module: Module,
    store: Store<Slot>,
    instance: Option<Instance>,
    fuel: Option<u64>,
    /// What the store is not given yet of the engine's own fuel.
    reserve: u64,
    demand: Demand,
    /// Of an instance that can be interrupted.
    watch: Option<Watch>,
    /// Fuel and depth.
    counters: Option<[Global; 2]>,
}

/// A function that was found in an instance.
#[derive(Debug, Clone, Copy)]
pub struct WasmiFunction(Typed);

#[derive(Debug, Clone, Copy)]
enum Typed {
    Entry(TypedFunc<(u32, u32), u64>),
    Allocate(TypedFunc<u32, u32>),
    Deallocate(TypedFunc<(u32, u32), ()>),
    Address(TypedFunc<(), u32>),
    Unit(TypedFunc<(), ()>),
}

impl<S> Engine for WasmiInstance<'_, S> {
    type State = S;
    type Function = WasmiFunction;

    fn wasm(&self) -> &[u8] {
        self.wasm
    }

    fn carries_limits(&self) -> bool {
        self.demand.carried.is_some()
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
            raw::lend(&mut self.store, &mut self.host, None, |store| Instance::new(store, module, &imports));
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
                raw::lend(&mut self.store, &mut self.host, None, |store| function.0.call(store, a, b));
            return called.map_err(|stopped| self.trap(&stopped));
        };
        watch.stopped().map_or(Ok(()), Err)?;
        let reserve = &mut self.reserve;
        let called = raw::lend(&mut self.store, &mut self.host, Some(watch), |store| {
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

    fn host(&mut self) -> &mut Host<S> {
        &mut self.host
    }

    fn host_ref(&self) -> &Host<S> {
        &self.host
    }

    fn trusts_limits(&self) -> bool {
        self.demand.trusted
    }

    fn budget(&self) -> Budget {
        self.demand.budget
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
            Some(watch) => self.demand.set_budget(watch, budget),
            None if budget.deadline.is_some() => {
                Err(LoadError::Engine { reason: "a deadline, and the engine is not `interruptible`" })
            }
            None => self.demand.set_budget(&mut Watch::default(), budget),
        }
    }

    fn watch(&mut self) -> Option<&mut Watch> {
        self.watch.as_mut()
    }

    fn refuel(&mut self) {
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

/// The engine's own fuel that a watch is asked after: a millisecond or less of a server.
const SLICE: u64 = 100_000;

/// Fuel by the slice.
struct Slices<'a> {
    reserve: &'a mut u64,
    watch: &'a Watch,
}

/// Why a call in slices ended.
enum Stopped {
    By(Trap),
    Guest(::wasmi::Error),
}

impl Slices<'_> {
    /// Calls a function, and gives the store fuel until it has ended or is to end.
    fn call<P: WasmParams, R: WasmResults>(
        &mut self,
        function: &TypedFunc<P, R>,
        store: &mut Store<Slot>,
        params: P,
    ) -> Result<R, Stopped> {
        let mut call = function.call_resumable(&mut *store, params).map_err(Stopped::Guest)?;
        loop {
            let paused = match call {
                TypedResumableCall::Finished(result) => return Ok(result),
                TypedResumableCall::HostTrap(paused) => {
                    // The watch's own: `host_function` makes no other.
                    let _ = paused;
                    return Err(Stopped::By(self.watch.stopped().unwrap_or(Trap::Other)));
                }
                TypedResumableCall::OutOfFuel(paused) => paused,
            };
            if let Some(trap) = self.watch.stopped() {
                return Err(Stopped::By(trap));
            }
            let left = store.get_fuel().unwrap_or(0);
            let wanted = paused.required_fuel().max(SLICE).saturating_sub(left).min(*self.reserve);
            if left.saturating_add(wanted) < paused.required_fuel() {
                return Err(Stopped::Guest(TrapCode::OutOfFuel.into()));
            }
            *self.reserve -= wanted;
            let _ = store.set_fuel(left + wanted);
            call = paused.resume(&mut *store).map_err(Stopped::Guest)?;
        }
    }
}

impl Typed {
    fn call_in_slices(
        &self,
        store: &mut Store<Slot>,
        a: u32,
        b: u32,
        slices: &mut Slices<'_>,
    ) -> Result<u64, Stopped> {
        match self {
            Self::Entry(function) => slices.call(function, store, (a, b)),
            Self::Allocate(function) => slices.call(function, store, a).map(u64::from),
            Self::Deallocate(function) => slices.call(function, store, (a, b)).map(|()| 0),
            Self::Address(function) => slices.call(function, store, ()).map(u64::from),
            Self::Unit(function) => slices.call(function, store, ()).map(|()| 0),
        }
    }

    fn new(function: Func, store: &Store<Slot>, signature: Signature) -> Result<Self, ::wasmi::Error> {
        Ok(match signature {
            Signature::Entry => Self::Entry(function.typed(store)?),
            Signature::Allocate => Self::Allocate(function.typed(store)?),
            Signature::Deallocate => Self::Deallocate(function.typed(store)?),
            Signature::Address => Self::Address(function.typed(store)?),
            Signature::Unit => Self::Unit(function.typed(store)?),
        })
    }

    fn call(&self, store: &mut Store<Slot>, a: u32, b: u32) -> Result<u64, ::wasmi::Error> {
        match self {
            Self::Entry(function) => function.call(store, (a, b)),
            Self::Allocate(function) => function.call(store, a).map(u64::from),
            Self::Deallocate(function) => function.call(store, (a, b)).map(|()| 0),
            Self::Address(function) => function.call(store, ()).map(u64::from),
            Self::Unit(function) => function.call(store, ()).map(|()| 0),
        }
    }
}

/// What the guest calls for its import of this number.
fn host_function(store: &mut Store<Slot>, import: u32) -> Extern {
    let answer = move |mut caller: Caller<'_, Slot>, ptr: u32, len: u32| -> Result<u64, ::wasmi::Error> {
        // During the start function nobody has looked the memory up yet.
        let known = caller.data().memory;
        let memory = known.or_else(|| caller.get_export(names::MEMORY).and_then(Extern::into_memory));
        let answer = match memory {
            Some(memory) => {
                let (bytes, slot) = memory.data_and_store_mut(&mut caller);
                slot.answer(bytes, import, ptr, len)
            }
            None => caller.data_mut().answer(&mut [], import, ptr, len),
        };
        if caller.data().is_stopped() { Err(::wasmi::Error::new("stopped")) } else { Ok(answer) }
    };
    Extern::Func(Func::wrap(store, answer))
}

//! The spacewasm backend: pure Rust, metered, the least RAM. The choice for modules that are not
//! trusted.
//!
//! It runs WebAssembly 1.0 with mutable globals, which is what the target wasm32v1-none makes. Every
//! module is validated while it is loaded, in one pass. The engine has fuel of its own beside that of
//! modules that carry limits: one unit is one instruction of the engine's code, into which the module's
//! is translated (blocks and their ends cost nothing).
//!
//! A host function does not run inside the engine. The import pauses it, the call loop here answers,
//! and the engine resumes: no borrow of the guest's memory can be alive when the guest runs.
//!
//! The engine allocates through two global symbols, `__spacewasm_alloc` and `__spacewasm_dealloc`. The
//! feature `spacewasm-alloc` defines them over Rust's global allocator; leave it out where another crate
//! of the program defines them.
//!
//! An instance stays on its thread: the engine counts references without synchronisation.
#![deny(unsafe_code)]

mod error;
mod machine;
mod meter;
mod plan;
#[allow(unsafe_code)]
mod raw;

use crate::EngineLimits;
use crate::limits::{Demand, Places};
use crate::{
    Backend, Budget, Capabilities, Counters, DEFAULT_MEMORY_LIMIT, Engine, Error, Host, LoadError, Module,
    Trap, Watch,
};
use aingle_wasm_host_core::{ModuleError, Signature, abi};
use aingle_wasm_types::Name;
use aingle_wasm_types::metering::DEFAULT_DEPTH;
use alloc::boxed::Box;
use alloc::vec::Vec;
use machine::Machine;
use plan::Plan;

/// How a module is run on spacewasm.
#[derive(Debug, Clone, Copy)]
pub struct SpacewasmConfig {
    /// The most memory the guest can have, in bytes. Default 16 MiB.
    ///
    /// It may be less than the module's first page: then only so many bytes are allocated, an access
    /// beyond them traps, memory cannot grow, `memory.size` still answers in pages, and a guest of this
    /// project's ABI is told by its mailbox. Else it is where growth stops.
    pub memory_limit: u32,
    /// The stack of the guest's calls and operands, in bytes. Allocated whole, once. Default 64 KiB. A
    /// guest without limits gets by with 1 to 4 KiB on a device. One that carries limits needs 256 bytes
    /// for each unit of [`depth_limit`](Self::depth_limit) and of what it names beside: with the default
    /// more than 32 KiB.
    pub stack_size: usize,
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
    /// The engine's own fuel of one call, in its instructions; nothing for no limit. It stops modules
    /// that carry no limits, too, and needs no trust.
    pub engine_fuel: Option<u64>,
}

impl Default for SpacewasmConfig {
    fn default() -> Self {
        Self {
            memory_limit: DEFAULT_MEMORY_LIMIT,
            stack_size: 64 * 1024,
            table_limit: 4096,
            fuel: None,
            trust_carried_limits: false,
            depth_limit: DEFAULT_DEPTH,
            engine_fuel: None,
        }
    }
}

impl SpacewasmConfig {
    fn demand(&self) -> Demand {
        let budget = Budget { fuel: self.fuel, depth: self.depth_limit, deadline: None };
        Demand::new(budget, self.trust_carried_limits, self.engine_fuel.is_some())
    }
}

/// The spacewasm interpreter.
///
/// ```no_run
/// use aingle_wasm_host_embedded::Runtime;
/// use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
///
/// # let wasm = b"\0asm\x01\0\0\0";
/// let config = SpacewasmConfig { memory_limit: 4096, engine_fuel: Some(1_000_000), ..Default::default() };
/// let runtime = Runtime::new(Spacewasm::new(config), wasm)?;
/// # Ok::<(), aingle_wasm_host_embedded::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Spacewasm {
    config: SpacewasmConfig,
}

impl Spacewasm {
    /// The most of everything that the engine takes of one module.
    ///
    /// It keeps numbers of functions, globals and types in 16 bits, and wraps them in silence. It compares each import
    /// with all before it, each export with all others, and each mention of a local variable with all groups of them.
    pub const LIMITS: EngineLimits = EngineLimits {
        types: 10_000,
        params: 255,
        imports: 1_000,
        functions: 65_535,
        globals: 65_535,
        exports: 1_000,
        segments: 10_000,
        body: 4 << 20,
        locals: 16_000,
        local_groups: 1_000,
    };

    /// The interpreter, configured.
    #[must_use]
    pub const fn new(config: SpacewasmConfig) -> Self {
        Self { config }
    }
}

impl Backend for Spacewasm {
    type Instance<'m, S> = SpacewasmInstance<'m, S>;

    const CAPABILITIES: Capabilities =
        Capabilities { name: "spacewasm", engine_fuel: true, memory_below_a_page: true, validates: true };

    fn load<'m, S>(self, wasm: &'m [u8], host: Host<S>) -> Result<SpacewasmInstance<'m, S>, Error> {
        if !wasm.starts_with(aingle_wasm_module::reader::HEADER) {
            return Err(ModuleError::NotWasm.into());
        }
        Self::LIMITS.check(wasm)?;
        let plan = Plan::new(wasm, &self.config)?;
        let module = Module::parse(wasm)?;
        abi::check_imports(module)?;
        let imports: Vec<_> = module.imports().map(|import| import.name).collect();
        let machine = Machine::load(&plan, &imports, self.config.stack_size)?;
        let demand = self.config.demand().check(module, self.config.stack_size as u64, false)?;
        let fuel = Fuel { limit: self.config.engine_fuel, used: 0 };
        let memory_end = plan.memory_end;
        let (watch, counters) = (Watch::default(), None);
        Ok(SpacewasmInstance { module, host, machine, memory_end, fuel, demand, watch, counters })
    }
}

/// A module in the spacewasm interpreter.
pub struct SpacewasmInstance<'m, S> {
    module: Module<'m>,
    host: Host<S>,
    machine: Box<Machine>,
    memory_end: Option<u32>,
    fuel: Fuel,
    demand: Demand,
    watch: Watch,
    counters: Option<Places>,
}

/// A function that was found in an instance of the same module.
#[derive(Debug, Clone, Copy)]
pub struct SpacewasmFunction(machine::Target);

impl<S> Engine for SpacewasmInstance<'_, S> {
    type State = S;
    type Function = SpacewasmFunction;

    fn wasm(&self) -> &[u8] {
        self.module.wasm()
    }

    fn carries_limits(&self) -> bool {
        self.demand.carried.is_some()
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
        self.demand.set_budget(&mut self.watch, budget)
    }

    fn watch(&mut self) -> Option<&mut Watch> {
        Some(&mut self.watch)
    }

    fn refuel(&mut self) {
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

/// What a call may use, and has used.
#[derive(Debug, Clone, Copy)]
struct Fuel {
    limit: Option<u64>,
    used: u64,
}

impl Fuel {
    /// How many instructions the engine may run at a stretch.
    fn stretch(&self) -> usize {
        let left = self.limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.used));
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    fn spend(&mut self, used: usize) {
        self.used = self.used.saturating_add(used as u64);
    }

    /// The trap of a call that has used all.
    fn exhausted(&self) -> Option<Trap> {
        let limit = self.limit.filter(|&limit| self.used >= limit)?;
        Some(Trap::OutOfFuel { limit, used: self.used })
    }
}

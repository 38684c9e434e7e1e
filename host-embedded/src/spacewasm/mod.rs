//! The spacewasm backend: pure Rust, metered, the least RAM. The choice for modules that are not
//! trusted.
//!
//! It runs WebAssembly 1.0 with mutable globals, which is what the target wasm32v1-none makes. Every
//! module is validated while it is loaded, in one pass. Fuel is exact: one unit is one instruction of
//! the engine's own code, into which the module's is translated (blocks and their ends cost nothing).
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

use crate::{Backend, Capabilities, DEFAULT_MEMORY_LIMIT, Engine, Error, Host, Module, Trap};
use aingle_wasm_bridge::{ModuleError, Signature};
use aingle_wasm_types::Name;
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
    /// The stack of the guest's calls and operands, in bytes. Allocated whole, once.
    pub stack_size: usize,
    /// The most elements that a module's table may have.
    pub table_limit: u32,
    /// The fuel of one call, in instructions; nothing for no limit.
    pub fuel: Option<u64>,
}

impl Default for SpacewasmConfig {
    fn default() -> Self {
        Self { memory_limit: DEFAULT_MEMORY_LIMIT, stack_size: 16 * 1024, table_limit: 4096, fuel: None }
    }
}

/// The spacewasm interpreter.
///
/// ```no_run
/// use aingle_wasm_host_embedded::Runtime;
/// use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
///
/// # let wasm = b"\0asm\x01\0\0\0";
/// let config = SpacewasmConfig { memory_limit: 4096, fuel: Some(1_000_000), ..Default::default() };
/// let runtime = Runtime::new(Spacewasm::new(config), wasm)?;
/// # Ok::<(), aingle_wasm_host_embedded::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Spacewasm {
    config: SpacewasmConfig,
}

impl Spacewasm {
    /// The interpreter, configured.
    #[must_use]
    pub const fn new(config: SpacewasmConfig) -> Self {
        Self { config }
    }
}

impl Backend for Spacewasm {
    type Instance<'m, S> = SpacewasmInstance<'m, S>;

    const CAPABILITIES: Capabilities =
        Capabilities { name: "spacewasm", fuel: true, memory_below_a_page: true, validates: true };

    fn load<'m, S>(self, wasm: &'m [u8], host: Host<S>) -> Result<SpacewasmInstance<'m, S>, Error> {
        if !wasm.starts_with(crate::sections::HEADER) {
            return Err(ModuleError::NotWasm.into());
        }
        let plan = Plan::new(wasm, &self.config)?;
        let machine = Machine::load(&plan, host_functions(wasm)?, self.config.stack_size)?;
        let fuel = Fuel { limit: self.config.fuel, used: 0 };
        Ok(SpacewasmInstance { wasm, host, machine, memory_end: plan.memory_end, fuel })
    }
}

/// The names of the module's imports, all of which are host functions.
fn host_functions(wasm: &[u8]) -> Result<impl ExactSizeIterator<Item = &str>, Error> {
    let module = Module::parse(wasm)?;
    let mut names = alloc::vec::Vec::new();
    for import in module.imports() {
        let typed = import.ty.and_then(|ty| module.type_is(ty, Signature::Entry)) == Some(true);
        if !import.is_host_function() || !typed {
            return Err(Error::ImportSignature(Name::new(import.name)));
        }
        names.push(import.name);
    }
    Ok(names.into_iter())
}

/// A module in the spacewasm interpreter.
pub struct SpacewasmInstance<'m, S> {
    wasm: &'m [u8],
    host: Host<S>,
    machine: Machine,
    memory_end: Option<u32>,
    fuel: Fuel,
}

/// A function that was found in an instance of the same module.
#[derive(Debug, Clone, Copy)]
pub struct SpacewasmFunction(machine::Target);

impl<S> Engine for SpacewasmInstance<'_, S> {
    type State = S;
    type Function = SpacewasmFunction;

    fn wasm(&self) -> &[u8] {
        self.wasm
    }

    fn start(&mut self) -> Result<(), Error> {
        let Some(start) = self.machine.start_function() else { return Ok(()) };
        self.call(&SpacewasmFunction(start), 0, 0).map(|_| ()).map_err(Error::Trap)
    }

    fn find(&mut self, name: &str, signature: Signature) -> Result<SpacewasmFunction, Error> {
        let module = Module::parse(self.wasm)?;
        let export = module.exports().find(|export| export.name == name);
        let index = export.ok_or(Error::MissingExport(Name::new(name)))?.function;
        let target = self.machine.function(index).filter(|target| target.takes(signature));
        match module.has_signature(index, signature) {
            Some(true) => target.map(SpacewasmFunction).ok_or(Error::MissingExport(Name::new(name))),
            _ => Err(Error::ExportSignature(Name::new(name))),
        }
    }

    fn call(&mut self, function: &SpacewasmFunction, a: u32, b: u32) -> Result<u64, Trap> {
        self.machine.call(function.0, a, b, &mut self.host, &mut self.fuel)
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

    fn refuel(&mut self) {
        self.fuel.used = 0;
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

//! The engine, and how it loads a module.

use super::config::SpacewasmConfig;
use super::instance::SpacewasmInstance;
use super::limits::{self, Fuel};
use super::load_plan::LoadPlan;
use super::machine::Machine;
use crate::counts::EngineLimits;
use crate::runtime::{Backend, Capabilities};
use aingle_wasm_host_core::{Error, Host, Module, ModuleError, Watch, abi};
use alloc::vec::Vec;

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
    pub const LIMITS: EngineLimits = limits::OF_A_MODULE;

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
            return Err(ModuleError::not_wasm(wasm).into());
        }
        Self::LIMITS.check(wasm)?;
        let plan = LoadPlan::new(wasm, &self.config)?;
        let module = Module::parse(wasm)?;
        abi::check_imports(module)?;
        let imports: Vec<_> = module.imports().map(|import| import.name).collect();
        let machine = Machine::load(&plan, &imports, self.config.stack_size)?;
        let requirements = self.config.requirements().check(module, self.config.stack_size as u64, false)?;
        let fuel = Fuel { limit: self.config.engine_fuel, used: 0 };
        let memory_end = plan.memory_end;
        let (watch, counters) = (Watch::default(), None);
        Ok(SpacewasmInstance {
            module,
            host,
            machine,
            memory_end,
            #[cfg(feature = "out-of-memory")]
            memory_limit: self.config.memory_limit,
            fuel,
            requirements,
            watch,
            counters,
        })
    }
}

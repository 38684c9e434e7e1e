//! The engine, and how it loads a module.

use super::config::WasmiConfig;
#[cfg(feature = "out-of-memory")]
use super::growth::Growth;
use super::instance::WasmiInstance;
use super::limits::Limits;
use super::raw::Slot;
use super::{error, select};
use crate::counts::EngineLimits;
use crate::runtime::{Backend, Capabilities};
use ::wasmi::{Module, Store};
use aingle_wasm_host_core::{self as host_core, Error, Host, ModuleError, Watch};

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
}

impl Backend for Wasmi {
    type Instance<'m, S> = WasmiInstance<'m, S>;

    const CAPABILITIES: Capabilities =
        Capabilities { name: "wasmi", engine_fuel: true, memory_below_a_page: false, validates: true };

    fn load<'m, S>(self, wasm: &'m [u8], host: Host<S>) -> Result<WasmiInstance<'m, S>, Error> {
        if !wasm.starts_with(aingle_wasm_module::reader::HEADER) {
            return Err(ModuleError::not_wasm(wasm).into());
        }
        Self::LIMITS.check(wasm)?;
        let engine = ::wasmi::Engine::new(&self.config.engine_config());
        let module = Module::new(&engine, wasm).map_err(|refused| error::load_error(&refused))?;
        let WasmiConfig { memory_limit: memory, table_limit: table, portable_only, .. } = self.config;
        let limits = Limits { memory, table, portable_only };
        limits.check(wasm)?;
        let parsed = host_core::Module::parse(wasm)?;
        select::check(parsed)?;
        let requirements = self.config.requirements().check(parsed, self.config.stack(), false)?;
        let limiter = limits.store_limits();
        #[cfg(feature = "out-of-memory")]
        let limiter = Growth::new(limiter);
        let mut store = Store::new(&engine, Slot::new(limiter));
        store.limiter(|slot| &mut slot.limits);
        let fuel = self.config.engine_fuel;
        let watch = self.config.interruptible.then(Watch::default);
        let (instance, counters, reserve, memory_limit) = (None, None, 0, memory);
        Ok(WasmiInstance {
            wasm,
            host,
            module,
            store,
            memory_limit,
            instance,
            fuel,
            reserve,
            requirements,
            watch,
            counters,
        })
    }
}

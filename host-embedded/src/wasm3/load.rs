//! How a module gets into wasm3.

use super::config::Wasm3Config;
use super::instance::Wasm3Instance;
use crate::{Backend, Capabilities, EngineLimits, Error, Host};

/// wasm3, to be given a module.
#[derive(Debug, Clone, Copy)]
pub struct Wasm3 {
    config: Wasm3Config,
}

impl Wasm3 {
    /// The most of everything that the engine takes of one module. The tables of its compiler set further limits to one
    /// function, which depend on how the C core was built.
    pub const LIMITS: EngineLimits = EngineLimits::COMMON;

    /// wasm3 with this configuration.
    #[must_use]
    pub const fn new(config: Wasm3Config) -> Self {
        Self { config }
    }
}

impl Backend for Wasm3 {
    type Instance<'m, S> = Wasm3Instance<'m, S>;

    const CAPABILITIES: Capabilities =
        Capabilities { memory_below_a_page: true, validates: true, ..Capabilities::none("wasm3") };

    fn load<'m, S>(self, wasm: &'m [u8], host: Host<S>) -> Result<Wasm3Instance<'m, S>, Error> {
        Self::LIMITS.check(wasm)?;
        Wasm3Instance::load(&self.config, wasm, host)
    }
}

//! How a module is run on spacewasm.

use crate::DEFAULT_MEMORY_LIMIT;
use crate::limits::Requirements;
use aingle_wasm_host_core::Budget;
use aingle_wasm_types::metering::DEFAULT_DEPTH;

/// How a module is run on spacewasm.
#[derive(Debug, Clone, Copy)]
pub struct SpacewasmConfig {
    /// The most memory the guest can have, in bytes. Default 16 MiB.
    ///
    /// It may be less than the module's first page: then only so many bytes are allocated, an access
    /// beyond them traps, memory cannot grow, `memory.size` still answers in pages, and a guest of this
    /// project's ABI finds the figure in its control block. Otherwise it is where growth stops.
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

crate::config_with::chained_settings!(
    SpacewasmConfig,
    "let config = aingle_wasm_host_embedded::spacewasm::SpacewasmConfig::default().with_fuel(1_000_000).with_memory(8 << 10);",
    trust_carried_limits
);

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
    pub(super) fn requirements(&self) -> Requirements {
        let budget = Budget { fuel: self.fuel, depth: self.depth_limit, deadline: None };
        Requirements::new(budget, self.trust_carried_limits, self.engine_fuel.is_some())
    }
}

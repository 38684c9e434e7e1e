//! How a module is run on wasmi.

use crate::DEFAULT_MEMORY_LIMIT;
use crate::limits::Requirements;
use ::wasmi::CompilationMode;
use aingle_wasm_host_core::Budget;
use aingle_wasm_types::metering::{DEFAULT_DEPTH, DEPTH_BYTES};

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
    /// WebAssembly 2.0 without SIMD, with one table, and tail calls and extended constants of 3.0.
    pub portable_only: bool,
}

crate::config_with::chained_settings!(
    WasmiConfig,
    "let config = aingle_wasm_host_embedded::wasmi::WasmiConfig::default().with_fuel(1_000_000).with_memory(8 << 10);",
    trust_carried_limits
);

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

impl WasmiConfig {
    pub(super) fn requirements(&self) -> Requirements {
        let WasmiConfig { fuel, depth_limit: depth, trust_carried_limits, engine_fuel, .. } = *self;
        Requirements::new(Budget { fuel, depth, deadline: None }, trust_carried_limits, engine_fuel.is_some())
    }

    /// The bytes of stack that calls have: every call takes at least one unit of depth, and counts.
    pub(super) fn stack(&self) -> u64 {
        let calls = self.recursion_limit as u64 * u64::from(DEPTH_BYTES);
        calls.min(self.stack_size as u64)
    }

    pub(super) fn engine_config(&self) -> ::wasmi::Config {
        let mut config = ::wasmi::Config::default();
        config
            .consume_fuel(self.engine_fuel.is_some() || self.interruptible)
            // Translating later would take fuel from whichever call comes first.
            .compilation_mode(CompilationMode::Eager)
            .ignore_custom_sections(true)
            .wasm_multi_memory(false)
            .set_max_recursion_depth(self.recursion_limit)
            // In this order: the least may never be above the most.
            .set_min_stack_height(self.stack_size.min(1024))
            .set_max_stack_height(self.stack_size);
        if self.portable_only {
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

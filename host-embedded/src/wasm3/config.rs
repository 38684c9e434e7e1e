//! How much of everything a guest gets.

use crate::limits::Requirements;
use crate::{Budget, DEFAULT_MEMORY_LIMIT};
use aingle_wasm_types::metering::DEFAULT_DEPTH;

/// How much of everything a guest gets. All sizes are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wasm3Config {
    /// wasm3's own stack: parameters, locals, constants and values of all functions that are being executed, in
    /// slots of four bytes, two for a value of 64 bits. Default 64 KiB; 4 KiB where there is no operating system.
    pub stack_size: u32,
    /// How much of the stack of the thread that calls the guest may be used, besides what host functions
    /// use. Default 1 MiB; 16 KiB where there is no operating system.
    ///
    /// Every call of a guest's function takes native stack as well, and so does the translation of a function with many
    /// blocks in one another. A guest that recurses without end is stopped with
    /// [`Trap::StackOverflow`](crate::Trap) before that, if this figure is true. A module that carries limits is refused
    /// where there is less than its depth may take.
    pub native_stack: u32,
    /// The most memory the guest can have, which may be less than a page. Default 16 MiB.
    ///
    /// Where it is less than the guest's pages say, the guest finds the figure in its control block, cannot grow
    /// its memory, and is refused when its data does not fit.
    pub memory_limit: u32,
    /// The most elements of the guest's table. Default 65,536.
    pub table_limit: u32,
    /// The fuel of one call of a module that carries limits (`docs/METERING.md`); nothing for no limit.
    /// Where there is one, a module that carries none is refused, and one that carries some unless they are
    /// [trusted](Self::trust_carried_limits).
    pub fuel: Option<u64>,
    /// Whether a module that carries limits is taken at its word. For modules that are signed, or built into the
    /// program: others can carry limits that do not bite. Default: no. Then a module that carries limits is refused
    /// with [`LoadError::UntrustedLimits`](crate::LoadError) where there is `fuel`, and what it counts is not told.
    pub trust_carried_limits: bool,
    /// How deep the calls of a module that carries limits may nest, in units of 256 bytes of stack.
    /// Default 128. A module is refused when the stack is too small for it.
    pub depth_limit: u32,
}

crate::config_with::chained_settings!(
    Wasm3Config,
    "let config = aingle_wasm_host_embedded::wasm3::Wasm3Config::default().with_fuel(1_000_000).with_memory(8 << 10);",
    trust_carried_limits
);

impl Default for Wasm3Config {
    fn default() -> Self {
        let (stack_size, native_stack) =
            if cfg!(target_os = "none") { (4 << 10, 16 << 10) } else { (64 << 10, 1 << 20) };
        Self {
            stack_size,
            native_stack,
            memory_limit: DEFAULT_MEMORY_LIMIT,
            table_limit: 1 << 16,
            fuel: None,
            trust_carried_limits: false,
            depth_limit: DEFAULT_DEPTH,
        }
    }
}

impl Wasm3Config {
    pub(super) fn requirements(&self) -> Requirements {
        let budget = Budget { fuel: self.fuel, depth: self.depth_limit, deadline: None };
        Requirements::new(budget, self.trust_carried_limits, false)
    }
}

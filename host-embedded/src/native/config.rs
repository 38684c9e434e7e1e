//! How an image is run.

use crate::DEFAULT_MEMORY_LIMIT;
use crate::limits::Requirements;
use aingle_wasm_host_core::Budget;
use aingle_wasm_image::{Core, FloatAbi, Target};
use aingle_wasm_types::metering::DEFAULT_DEPTH;

/// How an image is run.
#[derive(Debug, Clone, Copy)]
pub struct NativeConfig {
    /// The most memory that the guest can have, in bytes. Default 16 MiB. The image says how much it has, exactly.
    pub memory_limit: u32,
    /// The native stack that calls of the guest may take, in bytes. Default 16 KiB. What host functions take comes on top. An image
    /// says how much it takes; one that takes more is refused.
    pub native_stack: u32,
    /// What the processor has. Default: the least that the build's target says, `None` for a processor that runs no images. An
    /// image that needs more is refused: see [`NativeConfig::target_of_build`].
    pub target: Option<Target>,
    /// The fuel of one call of an image that carries limits (`docs/METERING.md`); `None`, the default, for no limit. With fuel, an
    /// image that carries no limits is refused.
    pub fuel: Option<u64>,
    /// How deep the calls of an image that carries limits may nest, in units of `docs/METERING.md`. Default 128. An image is refused
    /// if `native_stack` is too small for it.
    pub depth_limit: u32,
}

impl Default for NativeConfig {
    fn default() -> Self {
        Self {
            memory_limit: DEFAULT_MEMORY_LIMIT,
            native_stack: 16 * 1024,
            target: Self::target_of_build(),
            fuel: None,
            depth_limit: DEFAULT_DEPTH,
        }
    }
}

crate::config_with::chained_settings!(
    NativeConfig,
    "let config = aingle_wasm_host_embedded::native::NativeConfig::default().with_fuel(1_000_000).with_memory(8 << 10);"
);

impl NativeConfig {
    /// Sets [`native_stack`](Self::native_stack), in bytes.
    #[must_use]
    pub fn with_native_stack(self, native_stack: u32) -> Self {
        Self { native_stack, ..self }
    }

    /// Sets [`target`](Self::target).
    #[must_use]
    pub fn with_target(self, target: Target) -> Self {
        Self { target: Some(target), ..self }
    }

    /// Returns the least that processors have which this build is for. A build for thumbv7m and one for thumbv7em look alike here, so
    /// that it is ARMv7-M for both: set [`NativeConfig::target`] to run images for ARMv7E-M or ARMv8-M. `None` if no image runs.
    #[must_use]
    pub const fn target_of_build() -> Option<Target> {
        let float = if cfg!(target_abi = "eabihf") { FloatAbi::Hard } else { FloatAbi::Soft };
        let whole = cfg!(target_has_atomic = "32");
        if cfg!(all(target_arch = "arm", target_os = "none")) {
            let core = if whole { Core::V7M } else { Core::V6M };
            return Some(Target { core, float, unaligned: whole });
        }
        if cfg!(all(target_arch = "riscv32", target_feature = "m", target_feature = "c")) {
            let core = if whole { Core::Rv32imac } else { Core::Rv32imc };
            return Some(Target { core, float: FloatAbi::Soft, unaligned: false });
        }
        None
    }

    pub(super) fn requirements(&self) -> Requirements {
        let budget = Budget { fuel: self.fuel, depth: self.depth_limit, deadline: None };
        // Whoever trusts the code of an image trusts its limits.
        Requirements::new(budget, true, false)
    }
}

//! The engine that this firmware was built with.

use crate::board;
use aingle_wasm_host_embedded::Backend;

/// The guest, in flash.
pub static GUEST: &[u8] = include_bytes!(env!("GUEST"));

#[cfg(feature = "wasm3")]
pub fn backend() -> impl Backend {
    use aingle_wasm_host_embedded::wasm3::Wasm3Config;
    crate::trust::raw::wasm3(Wasm3Config {
        memory_limit: board::GUEST_MEMORY,
        stack_size: board::ENGINE_STACK,
        native_stack: board::NATIVE_STACK,
        ..Default::default()
    })
}

#[cfg(feature = "spacewasm")]
pub fn backend() -> impl Backend {
    use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
    Spacewasm::new(SpacewasmConfig {
        memory_limit: board::GUEST_MEMORY,
        stack_size: board::ENGINE_STACK as usize,
        engine_fuel: Some(10_000_000),
        ..Default::default()
    })
}

//! The engine that this firmware was built with.

use crate::board;
use aingle_wasm_host_embedded::Backend;

/// Bytes in flash, aligned as native images are.
#[repr(align(8))]
pub struct Flash<const LEN: usize>(pub [u8; LEN]);

/// The guest, in flash.
pub static GUEST: Flash<{ include_bytes!(env!("GUEST")).len() }> = Flash(*include_bytes!(env!("GUEST")));

/// The engine; with the feature `limits`, one whose stack takes the default depth.
#[cfg(feature = "wasm3")]
pub fn backend(fuel: Option<u64>, _guest: &[u8]) -> impl Backend {
    use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
    let config = Wasm3Config {
        memory_limit: board::GUEST_MEMORY,
        stack_size: board::ENGINE_STACK,
        native_stack: board::NATIVE_STACK,
        fuel,
        // The guest is built into this firmware.
        trust_carried_limits: true,
        ..Default::default()
    };
    Wasm3::new(config)
}

#[cfg(feature = "spacewasm")]
pub fn backend(fuel: Option<u64>, _guest: &[u8]) -> impl Backend {
    use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
    Spacewasm::new(SpacewasmConfig {
        memory_limit: board::GUEST_MEMORY,
        stack_size: board::ENGINE_STACK as usize,
        fuel,
        // The guest is built into this firmware.
        trust_carried_limits: true,
        engine_fuel: engine_fuel(fuel),
        ..Default::default()
    })
}

#[cfg(feature = "wasmi")]
pub fn backend(fuel: Option<u64>, _guest: &[u8]) -> impl Backend {
    use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
    Wasmi::new(WasmiConfig {
        memory_limit: board::GUEST_MEMORY,
        stack_size: board::ENGINE_STACK as usize,
        fuel,
        // The guest is built into this firmware.
        trust_carried_limits: true,
        engine_fuel: engine_fuel(fuel),
        ..Default::default()
    })
}

/// The image is what `Runtime` is given.
#[cfg(feature = "native")]
pub fn backend(fuel: Option<u64>, image: &[u8]) -> impl Backend {
    use aingle_wasm_host_embedded::native::{Native, NativeConfig};
    let config = NativeConfig {
        memory_limit: board::GUEST_MEMORY,
        native_stack: board::NATIVE_STACK,
        fuel,
        ..Default::default()
    };
    Native::new(crate::sys::image(image), config)
}

/// The engine's own fuel counts where the guest carries no limits.
#[cfg(any(feature = "spacewasm", feature = "wasmi"))]
fn engine_fuel(fuel: Option<u64>) -> Option<u64> {
    if fuel.is_some() { None } else { Some(10_000_000) }
}

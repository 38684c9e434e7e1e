//! Runs a module.

use crate::board;
use crate::console::Console;
#[cfg(feature = "native")]
use aingle_wasm_host_embedded::native::{Native, NativeConfig, NativeImage};
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::{Backend, Error, Runtime};

/// Why a module does not work: a number for reports, because words take flash.
#[derive(Clone, Copy)]
pub struct Failure(pub u16);

impl Failure {
    const TRAPPED: u16 = 1;
    const OTHER: u16 = 2;
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(if matches!(error, Error::Trap(_) | Error::Panic { .. }) { Self::TRAPPED } else { Self::OTHER })
    }
}

/// Loads a module into the interpreter, without copying it, and checks that it works: it has to answer one question that it is there for. Returns
/// its version.
///
/// # Errors
/// If the engine refuses it, or a call fails.
#[inline(never)]
pub fn check(wasm: &[u8]) -> Result<u32, Failure> {
    let config = Wasm3Config {
        memory_limit: board::GUEST_MEMORY,
        stack_size: board::ENGINE_STACK,
        native_stack: board::NATIVE_STACK,
        ..Default::default()
    };
    ask(Wasm3::new(config), wasm)
}

/// The same with the processor as the engine.
#[cfg(feature = "native")]
#[inline(never)]
pub fn check_native(image: NativeImage<'_>) -> Result<u32, Failure> {
    ask(Native::new(image, native_config()), image.bytes())
}

/// What a native image may take.
#[cfg(feature = "native")]
pub fn native_config() -> NativeConfig {
    NativeConfig::default()
        .with_memory(board::GUEST_MEMORY)
        .with_native_stack(board::NATIVE_STACK)
        .with_depth(board::IMAGE_DEPTH)
}

fn ask(engine: impl Backend, bytes: &[u8]) -> Result<u32, Failure> {
    let mut module = Runtime::with_state(engine, bytes, Console::open())?;
    module.on_log(|console, _, text| console.line(format_args!("module says {text}")))?;
    let version = module.call("version", ())?;
    let _: Option<bool> = module.call("heat", (19.0_f32, true))?;
    Ok(version)
}

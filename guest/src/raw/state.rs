//! Where the guest's state is.

#[cfg(test)]
pub(crate) use super::test_host::with_runtime;

#[cfg(not(test))]
use crate::runtime::Runtime;

#[cfg(all(target_family = "wasm", target_feature = "atomics"))]
compile_error!("a guest has one thread: build it without the target feature `atomics`");

/// The state of this instance.
#[cfg(target_family = "wasm")]
struct Global(Runtime);

// SAFETY: the guest ABI has one thread: targets with atomics are refused above.
#[cfg(target_family = "wasm")]
unsafe impl Sync for Global {}

#[cfg(target_family = "wasm")]
static GLOBAL: Global = Global(Runtime::new());

/// Runs `run` with the state of this instance.
#[cfg(target_family = "wasm")]
pub(crate) fn with_runtime<T>(run: impl FnOnce(&Runtime) -> T) -> T {
    run(&GLOBAL.0)
}

/// Off WebAssembly there is no host: every call of this function has a runtime of its own, and a
/// native test of an exported function calls the function itself.
#[cfg(not(any(target_family = "wasm", test)))]
pub(crate) fn with_runtime<T>(run: impl FnOnce(&Runtime) -> T) -> T {
    run(&Runtime::new())
}

//! A static constructor, as C++ and crates that register things before `main` have them.

use core::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Runs once, at the start: it adds, so that a second run shows.
#[cfg(target_family = "wasm")]
extern "C" fn construct() {
    COUNT.fetch_add(100, Ordering::Relaxed);
}

// SAFETY: the section is a list of functions without arguments, which the linker has called once.
#[cfg(target_family = "wasm")]
#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = construct;

/// Counts on from what the constructor left.
pub fn count() -> u32 {
    COUNT.fetch_add(1, Ordering::Relaxed) + 1
}

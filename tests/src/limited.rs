//! Modules with limits in them, each made once.

use aingle_wasm_meter::Meter;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

static LIMITED: Mutex<Option<HashMap<Vec<u8>, &'static [u8]>>> = Mutex::new(None);

/// The module with limits in it, as `cargo xtask guest --limits` makes it. One that can have none is left as it is,
/// for an engine to refuse.
pub fn limited(wasm: &[u8]) -> &'static [u8] {
    let mut limited = LIMITED.lock().unwrap_or_else(PoisonError::into_inner);
    let limited = limited.get_or_insert_default();
    let make = || Meter::default().instrument(wasm).unwrap_or_else(|_| wasm.to_vec()).leak();
    limited.entry(wasm.to_vec()).or_insert_with(|| make())
}

//! Modules with limits in them, each made once.

use aingle_wasm_metering::{Meter, MeterError};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

static LIMITED: Mutex<Option<HashMap<Vec<u8>, &'static [u8]>>> = Mutex::new(None);

/// The module with limits in it, as `cargo xtask guest --limits` makes it.
///
/// # Errors
/// When it can have none.
pub fn limited(wasm: &[u8]) -> Result<&'static [u8], MeterError> {
    let mut limited = LIMITED.lock().unwrap_or_else(PoisonError::into_inner);
    let limited = limited.get_or_insert_default();
    if let Some(found) = limited.get(wasm) {
        return Ok(found);
    }
    let made: &'static [u8] = Meter::default().instrument(wasm)?.leak();
    limited.insert(wasm.to_vec(), made);
    Ok(made)
}

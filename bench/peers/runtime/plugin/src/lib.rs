//! The same function as a plug-in of Extism: JSON is read and written in the guest.

use extism_pdk::{FnResult, Json, plugin_fn};

/// Returns the sum, which wraps.
#[plugin_fn]
pub fn sum(Json((a, b)): Json<(i32, i32)>) -> FnResult<Json<i32>> {
    Ok(Json(a.wrapping_add(b)))
}

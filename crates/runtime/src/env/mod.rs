//! Functions of module `env` for modules without the ABI: the log, JSON and memory, as older modules import them.
//!
//! Whatever a module passes is checked against its memory as it is now. What it gets is in pages that the host let its
//! memory grow by, never where the module keeps data of its own.

#[cfg(feature = "http")]
mod exchanges;
mod heap;
#[cfg(feature = "http")]
mod http;
mod memory;
mod missing;
mod state;
mod texts;

pub(crate) use missing::{missing, missing_of_guest};
pub(crate) use state::Env;

use crate::config::WasmConfig;
use aingle_wasm_host::NumberType::I32;
use aingle_wasm_host::{Number, PlainFunctions};
use memory::{bytes, first, range, room, write};
use state::{Call, Results};
use std::sync::Arc;

/// The longest line of the log, in bytes. What is longer is cut.
const MAX_LINE: usize = 64 * 1024;

/// The functions that modules without the ABI may import, within what a configuration grants.
pub(crate) fn functions(config: &WasmConfig) -> Arc<PlainFunctions<Env>> {
    let mut functions = PlainFunctions::new();
    functions.register("env", "log", &[I32, I32], &[], log);
    functions.register("env", "json_parse", &[I32, I32], &[I32], json_parse);
    functions.register("env", "json_stringify", &[I32], &[I32], json_stringify);
    functions.register("env", "alloc", &[I32], &[I32], alloc);
    functions.register("env", "free", &[I32], &[], free);
    #[cfg(feature = "http")]
    if let Some(config) = &config.http {
        http::register(&mut functions, config);
    }
    #[cfg(not(feature = "http"))]
    let _ = config;
    Arc::new(functions)
}

fn log(call: &mut Call<'_>, args: &[Number]) -> Results {
    let bytes = bytes(call, args)?;
    let line = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_LINE)]);
    tracing::info!(target: "aingle_wasm_guest", "{line}");
    Ok(vec![])
}

/// Returns a handle, or -1 for bytes that are no JSON or more than may be kept.
fn json_parse(call: &mut Call<'_>, args: &[Number]) -> Results {
    let range = range(call, args)?;
    let (env, memory) = call.parts();
    let handle = memory.get(range).and_then(|bytes| env.texts.add(bytes));
    Ok(vec![Number::I32(handle.unwrap_or(-1))])
}

/// Returns where the text is, with a NUL behind it; 0 for an unknown handle, or when there is no room.
fn json_stringify(call: &mut Call<'_>, args: &[Number]) -> Results {
    let handle = first(args)?.cast_signed();
    let place = write(call, |env| env.texts.get(handle).map(str::as_bytes));
    Ok(vec![Number::I32(place)])
}

/// Returns where so many bytes are, at 16 modulo 16; 0 when there is no room.
fn alloc(call: &mut Call<'_>, args: &[Number]) -> Results {
    let place = room(call, first(args)?.into());
    Ok(vec![Number::I32(place.unwrap_or(0).cast_signed())])
}

fn free(call: &mut Call<'_>, args: &[Number]) -> Results {
    match first(args)? {
        0 => Ok(vec![]),
        place if call.state().heap.free(place) => Ok(vec![]),
        place => Err(format!("nothing was allocated at {place:#x}, or it was freed before")),
    }
}

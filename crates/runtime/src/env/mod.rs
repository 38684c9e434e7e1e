//! Functions of module `env` for modules without the ABI: the log, JSON and memory, as older modules import them.
//!
//! Whatever a module passes is checked against its memory as it is now. What it gets is in pages that the host let its
//! memory grow by, never where the module keeps data of its own.

mod heap;
mod texts;

use aingle_wasm_host::NumberType::I32;
use aingle_wasm_host::{Number, PlainCall, PlainFunctions};
use heap::Heap;
use std::ops::Range;
use std::sync::Arc;
use texts::Texts;

/// The longest line of the log, in bytes. What is longer is cut.
const MAX_LINE: usize = 64 * 1024;

/// What the functions keep for one instance.
#[derive(Debug, Default)]
pub(crate) struct Env {
    heap: Heap,
    texts: Texts,
}

impl Env {
    /// A call begins: handles of an earlier one mean nothing any more.
    pub(crate) fn begin(&mut self) {
        self.texts = Texts::default();
    }
}

type Call<'c> = PlainCall<'c, Env>;
type Results = Result<Vec<Number>, String>;

/// The functions that modules without the ABI may import.
pub(crate) fn functions() -> Arc<PlainFunctions<Env>> {
    let mut functions = PlainFunctions::new();
    functions.register("env", "log", &[I32, I32], &[], log);
    functions.register("env", "json_parse", &[I32, I32], &[I32], json_parse);
    functions.register("env", "json_stringify", &[I32], &[I32], json_stringify);
    functions.register("env", "alloc", &[I32], &[I32], alloc);
    functions.register("env", "free", &[I32], &[], free);
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
    let Some(len) = call.state().texts.get(handle).map(str::len) else { return Ok(vec![Number::I32(0)]) };
    let Some(place) = room(call, len as u64 + 1) else { return Ok(vec![Number::I32(0)]) };
    let (env, memory) = call.parts();
    let text = env.texts.get(handle).unwrap_or_default();
    if let Some(to) = memory.get_mut(place as usize..place as usize + len + 1) {
        to[..len].copy_from_slice(text.as_bytes());
        to[len] = 0;
    }
    Ok(vec![Number::I32(place.cast_signed())])
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

/// Room of so many bytes, for which the memory grows if it has to.
fn room(call: &mut Call<'_>, len: u64) -> Option<u32> {
    if let Some(place) = call.state().heap.take(len) {
        return Some(place);
    }
    let pages = Heap::pages(len)?;
    let before = call.grow(pages)?;
    call.state().heap.add(before, pages);
    call.state().heap.take(len)
}

fn first(args: &[Number]) -> Result<u32, String> {
    match args.first() {
        Some(Number::I32(value)) => Ok(value.cast_unsigned()),
        _ => Err("other arguments".into()),
    }
}

/// The bytes that two arguments tell, without the NUL that an older module may end them with.
fn bytes<'c>(call: &'c mut Call<'_>, args: &[Number]) -> Result<&'c [u8], String> {
    let range = range(call, args)?;
    let bytes = call.memory().get(range).unwrap_or_default();
    Ok(bytes.strip_suffix(&[0]).unwrap_or(bytes))
}

fn range(call: &mut Call<'_>, args: &[Number]) -> Result<Range<usize>, String> {
    let [Number::I32(place), Number::I32(len)] = *args else { return Err("other arguments".into()) };
    let (place, len) = (place.cast_unsigned(), len.cast_unsigned());
    let (begin, memory) = (place as usize, call.memory().len());
    let end = begin.checked_add(len as usize).filter(|end| *end <= memory);
    let end =
        end.ok_or_else(|| format!("{len} bytes at {place:#x} are outside the memory of {memory} bytes"))?;
    Ok(begin..end)
}

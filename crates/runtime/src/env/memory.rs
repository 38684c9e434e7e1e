//! What functions of module `env` read and write in a module's memory.

use super::heap::Heap;
use super::state::{Call, Env};
use aingle_wasm_host::Number;
use std::ops::Range;

/// Room of so many bytes, for which the memory grows if it has to.
pub(super) fn room(call: &mut Call<'_>, len: u64) -> Option<u32> {
    if let Some(place) = call.state().heap.take(len) {
        return Some(place);
    }
    let pages = Heap::pages(len)?;
    let before = call.grow(pages)?;
    call.state().heap.add(before, pages);
    call.state().heap.take(len)
}

pub(super) fn first(args: &[Number]) -> Result<u32, String> {
    match args.first() {
        Some(Number::I32(value)) => Ok(value.cast_unsigned()),
        _ => Err("other arguments".into()),
    }
}

/// The bytes that two arguments tell, without the NUL that an older module may end them with.
pub(super) fn bytes<'c>(call: &'c mut Call<'_>, args: &[Number]) -> Result<&'c [u8], String> {
    let range = range(call, args)?;
    let bytes = call.memory().get(range).unwrap_or_default();
    Ok(bytes.strip_suffix(&[0]).unwrap_or(bytes))
}

pub(super) fn range(call: &mut Call<'_>, args: &[Number]) -> Result<Range<usize>, String> {
    let [Number::I32(place), Number::I32(len)] = *args else { return Err("other arguments".into()) };
    let (place, len) = (place.cast_unsigned(), len.cast_unsigned());
    let (begin, memory) = (place as usize, call.memory().len());
    let end = begin.checked_add(len as usize).filter(|end| *end <= memory);
    let end =
        end.ok_or_else(|| format!("{len} bytes at {place:#x} are outside the memory of {memory} bytes"))?;
    Ok(begin..end)
}

/// Writes bytes of the state, and a NUL behind them, into memory that is allocated for them. Returns where; 0 when there are
/// none, or no room.
pub(super) fn write(call: &mut Call<'_>, bytes: impl Fn(&Env) -> Option<&[u8]>) -> i32 {
    let Some(len) = bytes(call.state()).map(<[u8]>::len) else { return 0 };
    let Some(place) = room(call, len as u64 + 1) else { return 0 };
    let (env, memory) = call.parts();
    let from = bytes(env).unwrap_or_default();
    if let Some((end, to)) =
        memory.get_mut(place as usize..place as usize + len + 1).and_then(<[u8]>::split_last_mut)
    {
        to.copy_from_slice(from);
        *end = 0;
    }
    place.cast_signed()
}

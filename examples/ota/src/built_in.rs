//! Takes a signed module from the image itself, as it would come from a transport of another kind.

#[cfg(feature = "fleet")]
use crate::announced::receive;
use crate::boot::Slots;
use crate::console::Console;
use crate::figures;
#[cfg(not(feature = "fleet"))]
use aingle_wasm_update::Sink;
use aingle_wasm_update::UpdateError;
use cortex_m::peripheral::SCB;

/// A manifest, its signature and the module.
pub static BLOB: &[u8] = include_bytes!(env!("BLOB"));

/// Bytes that are written at once.
pub const CHUNK: usize = 256;

/// Runs the module of the active slot. If there is none, writes the one that is built in, and restarts to try it.
pub fn take(console: &mut Console) -> Result<(), UpdateError> {
    let slots = Slots::open()?;
    let runs = slots.run(console)?;
    if !runs {
        receive(slots)?;
        console.line(format_args!("received"));
    }
    figures::print(console);
    if !runs {
        SCB::sys_reset();
    }
    Ok(())
}

#[cfg(not(feature = "fleet"))]
fn receive(sink: &mut impl Sink) -> Result<(), UpdateError> {
    let from = sink.begin(BLOB, BLOB.len() as u32)?;
    let rest = BLOB.get(from as usize..).unwrap_or_default();
    for (offset, chunk) in (from..).step_by(CHUNK).zip(rest.chunks(CHUNK)) {
        sink.write(offset, chunk)?;
    }
    sink.finish()?;
    Ok(())
}

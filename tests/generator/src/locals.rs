//! Locals, for who adds some of its own to a function.

use wasm_encoder::ValType;
use wasm_encoder::reencode::{Error, Reencode};
use wasmparser::FunctionBody;

/// Locals as a body declares them, and the index of the next one.
pub type Locals = (Vec<(u32, ValType)>, u32);

/// The locals that a body declares, and how many there are with the function's parameters: the index of the next one.
///
/// # Errors
/// When the body is malformed, or the encoder refuses a type.
pub fn locals<R: Reencode>(
    encoder: &mut R,
    body: &FunctionBody<'_>,
    parameters: usize,
) -> Result<Locals, Error<R::Error>> {
    let (mut locals, mut count) = (Vec::new(), parameters as u32);
    for pair in body.get_locals_reader()? {
        let (more, ty) = pair?;
        count += more;
        locals.push((more, encoder.val_type(ty)?));
    }
    Ok((locals, count))
}

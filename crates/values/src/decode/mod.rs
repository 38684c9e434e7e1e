//! Bytes to JSON.

mod error;
mod function;
mod output;
mod scalar;
mod value;

pub use error::{DecodeError, DecodeErrorKind};
pub(crate) use function::{arguments, reply};
pub use scalar::bytes_to_json;

use crate::ty::Type;
use aingle_wasm_codec::value::Limits;
use value::Decoder;

impl Type {
    /// Decodes a value of this type that is all of `bytes`, and returns it as JSON. `max_decoded` of the limits is the length of the JSON.
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are not one value of the type, or go beyond `limits`.
    pub fn decode(&self, bytes: &[u8], limits: Limits) -> Result<String, DecodeError> {
        let mut decoder = Decoder::new(bytes, limits);
        decoder.value(self)?;
        decoder.finish()
    }
}

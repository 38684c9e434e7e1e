//! JSON to bytes.

mod arguments;
mod compound;
mod error;
mod json;
mod scalar;

pub(crate) use arguments::arguments;
pub use error::{EncodeError, EncodeErrorKind};

use crate::ty::Type;
use json::Json;

impl Type {
    /// Encodes a value of this type that is written as JSON.
    ///
    /// # Errors
    /// [`EncodeError`] when the text is not JSON, or the value does not fit the type.
    pub fn encode(&self, json: &str) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::new();
        compound::value(self, Json::parse(json)?, &mut out)?;
        Ok(out)
    }
}

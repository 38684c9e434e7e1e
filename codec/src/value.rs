//! Typed values, in postcard.

use crate::ValueError;
use serde::{Deserialize, Serialize};

/// Writes `value` at the front of `buffer` and returns how many bytes it took.
///
/// # Errors
/// [`ValueError::BufferTooSmall`], or [`ValueError::Malformed`] when the value cannot be written at
/// all.
pub fn encode_into<T: Serialize + ?Sized>(value: &T, buffer: &mut [u8]) -> Result<usize, ValueError> {
    Ok(postcard::to_slice(value, buffer)?.len())
}

/// How many bytes `value` takes.
///
/// # Errors
/// [`ValueError::Malformed`] when the value cannot be written.
pub fn encoded_len<T: Serialize + ?Sized>(value: &T) -> Result<usize, ValueError> {
    Ok(postcard::experimental::serialized_size(value)?)
}

/// Reads a value that is all of `bytes`. Borrowed parts stay borrowed.
///
/// # Errors
/// [`ValueError::Malformed`] when the bytes are no such value, [`ValueError::TrailingBytes`] when
/// more is there than the value.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ValueError> {
    let (value, rest) = postcard::take_from_bytes(bytes)?;
    match rest.len() {
        0 => Ok(value),
        found => Err(ValueError::TrailingBytes { found }),
    }
}

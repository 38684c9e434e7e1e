//! Typed values, in postcard.

pub use crate::read::{Limits, Used};
#[doc(hidden)]
pub use crate::write::copy;

use crate::error::ValueError;
use crate::read::whole;
use crate::write::Writer;
use serde::de::DeserializeSeed;
use serde::{Deserialize, Serialize};

/// Writes `value` at the front of `buffer` and returns how many bytes it took.
///
/// # Errors
/// [`ValueError::BufferTooSmall`], or [`ValueError::Unwritable`] when the value cannot be written at
/// all.
pub fn encode_into<T: Serialize + ?Sized>(value: &T, buffer: &mut [u8]) -> Result<usize, ValueError> {
    let room = buffer.len();
    let len = write_front(value, buffer)?;
    if len <= room { Ok(len) } else { Err(ValueError::BufferTooSmall) }
}

/// How many bytes `value` takes.
///
/// # Errors
/// [`ValueError::Unwritable`] when the value cannot be written.
pub fn encoded_len<T: Serialize + ?Sized>(value: &T) -> Result<usize, ValueError> {
    write_front(value, &mut [])
}

/// Writes `value` at the front of `buffer`, and returns how many bytes it takes. If these are more than the buffer has, what is in it means
/// nothing, and whoever asked knows how large it has to be, without code that only measures.
///
/// # Errors
/// [`ValueError::Unwritable`] when the value cannot be written.
pub(crate) fn write_front<T: Serialize + ?Sized>(value: &T, buffer: &mut [u8]) -> Result<usize, ValueError> {
    let mut writer = Writer::new(buffer);
    value.serialize(&mut writer)?;
    Ok(writer.len())
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

/// Reads a value that is all of `bytes`, as [`decode`] does, and that becomes no more than `limits` say: for what strangers
/// wrote.
///
/// # Errors
/// As [`decode`], and [`ValueError::TooManyItems`], [`ValueError::DecodedTooLarge`] or [`ValueError::TooDeep`].
pub fn decode_within<'a, T: Deserialize<'a>>(bytes: &'a [u8], limits: Limits) -> Result<T, ValueError> {
    decode_counted(bytes, limits, &mut Used::default())
}

/// Reads a value as [`decode_within`] does, and says in `used` what it came to, also where it is refused.
///
/// # Errors
/// As [`decode_within`].
pub fn decode_counted<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
    limits: Limits,
    used: &mut Used,
) -> Result<T, ValueError> {
    whole(bytes, limits, used, |input| T::deserialize(input.reader()))
}

/// Reads the value at the front of `bytes`, and returns it with the bytes behind it.
///
/// # Errors
/// [`ValueError::Malformed`] when no such value begins there.
pub fn take<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, &'a [u8]), ValueError> {
    Ok(postcard::take_from_bytes(bytes)?)
}

/// As [`take`], for a value that needs more to be read than its type.
///
/// # Errors
/// As [`take`].
pub fn take_seed<'a, T: DeserializeSeed<'a>>(
    seed: T,
    bytes: &'a [u8],
) -> Result<(T::Value, &'a [u8]), ValueError> {
    let mut deserializer = postcard::Deserializer::from_bytes(bytes);
    let value = seed.deserialize(&mut deserializer)?;
    Ok((value, deserializer.finalize()?))
}

/// Takes the bytes of a value, piece by piece. Closures do.
pub trait Sink {
    /// Returns whether it took them. It is not called again after it returned false.
    fn push(&mut self, bytes: &[u8]) -> bool;
}

impl<F: FnMut(&[u8]) -> bool> Sink for F {
    fn push(&mut self, bytes: &[u8]) -> bool {
        self(bytes)
    }
}

/// Writes `value` piece by piece to `sink`.
///
/// # Errors
/// [`ValueError::BufferTooSmall`] when the sink refused, [`ValueError::Unwritable`] when the value
/// cannot be written at all.
pub fn encode_to<T, S>(value: &T, sink: &mut S) -> Result<(), ValueError>
where
    T: Serialize + ?Sized,
    S: Sink + ?Sized,
{
    postcard::serialize_with_flavor(value, Pieces(sink)).map_err(ValueError::of_writing)
}

struct Pieces<'a, S: ?Sized>(&'a mut S);

impl<S: Sink + ?Sized> postcard::ser_flavors::Flavor for Pieces<'_, S> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        if self.0.push(bytes) { Ok(()) } else { Err(postcard::Error::SerializeBufferFull) }
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

//! Values without parts.

use super::error::{DecodeError, DecodeErrorKind};
use super::value::{Decoder, Result};
use crate::integer::Integer;
use aingle_wasm_codec::{Cause, ValueError, value};
use base64ct::{Base64, Encoding};
use serde::Deserialize;
use std::fmt;

/// Floats of one size.
macro_rules! float {
    ($name:ident, $bits:literal) => {
        pub(super) fn $name(&mut self) -> Result {
            let value = self.take::<$name>()?;
            if value.is_finite() {
                // The fewest digits from which this float, of this size, is read again.
                return self.print(format_args!("{value:?}"));
            }
            if value.is_infinite() {
                return self.push(if value > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
            }
            match value.to_bits() {
                bits if bits == $name::NAN.to_bits() => self.push("\"NaN\""),
                bits => self.print(format_args!(concat!("\"NaN(0x{:0", $bits, "x})\""), bits)),
            }
        }
    };
}

impl<'b> Decoder<'b> {
    /// Reads a value as the codec does.
    pub(super) fn take<T: Deserialize<'b>>(&mut self) -> Result<T> {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        let (value, rest) = value::take(rest).map_err(|error| {
            let cause = match error {
                ValueError::Malformed(cause) => cause,
                _ => Cause::Refused,
            };
            self.error(DecodeErrorKind::Malformed(cause))
        })?;
        self.offset = self.bytes.len() - rest.len();
        Ok(value)
    }

    fn print(&mut self, value: fmt::Arguments<'_>) -> Result {
        let written = self.out.print(value);
        self.fit(written)
    }

    pub(super) fn integer(&mut self, ty: Integer) -> Result {
        macro_rules! print {
            ($ty:ty, $form:literal) => {{
                let value = self.take::<$ty>()?;
                self.print(format_args!($form, value))
            }};
        }
        match ty {
            Integer::I8 => print!(i8, "{}"),
            Integer::I16 => print!(i16, "{}"),
            Integer::I32 => print!(i32, "{}"),
            Integer::I64 => print!(i64, "{}"),
            Integer::I128 => print!(i128, "\"{}\""),
            Integer::U8 => print!(u8, "{}"),
            Integer::U16 => print!(u16, "{}"),
            Integer::U32 => print!(u32, "{}"),
            Integer::U64 => print!(u64, "{}"),
            Integer::U128 => print!(u128, "\"{}\""),
        }
    }

    float!(f32, "8");
    float!(f64, "16");

    pub(super) fn text(&mut self) -> Result {
        let text = self.take::<&str>()?;
        self.quote(text)
    }

    /// Reads a text of exactly one character, which postcard does not check.
    pub(super) fn char(&mut self) -> Result {
        let start = self.offset;
        let text = self.take::<&str>()?;
        let mut chars = text.chars();
        if chars.next().is_none() || chars.next().is_some() {
            return Err(DecodeError::new(start, DecodeErrorKind::Malformed(Cause::Text)));
        }
        self.quote(text)
    }

    pub(super) fn blob(&mut self) -> Result {
        let bytes = self.take::<&[u8]>()?;
        self.push(&bytes_to_json(bytes))
    }
}

/// Returns bytes as JSON, in the form that they have in a value: for a function of bytes, which has no types.
#[must_use]
pub fn bytes_to_json(bytes: &[u8]) -> String {
    format!(r#"{{"base64":"{}"}}"#, Base64::encode_string(bytes))
}

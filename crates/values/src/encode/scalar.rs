//! Values without parts.

use super::error::EncodeError;
use super::json::{Json, Kind};
use crate::integer::Integer;
use crate::ty::{Type, Variants};
use base64ct::{Base64, Encoding};

type Result<T = ()> = std::result::Result<T, EncodeError>;

/// Writes an unsigned integer, seven bits in a byte.
pub(super) fn varint(mut value: u128, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes a length or the index of a variant.
pub(super) fn length(value: usize, out: &mut Vec<u8>) {
    varint(value as u128, out);
}

pub(super) fn bytes_of(bytes: &[u8], out: &mut Vec<u8>) {
    length(bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// Writes an integer: digits of a number, or for 128 bits of a text too.
pub(super) fn integer(ty: Integer, json: Json<'_>, out: &mut Vec<u8>) -> Result {
    let text = if ty.bits() == 128 && json.kind() == Kind::Text { json.text() } else { None };
    let digits = text.as_deref().or(json.number());
    let digits = digits.filter(|digits| is_integer(digits));
    let digits = digits.ok_or_else(|| EncodeError::mismatch(&ty, json.source()))?;
    integer_digits(ty, digits, out)
}

/// Writes the integer that is a key of a map.
pub(super) fn integer_key(ty: Integer, key: &str, out: &mut Vec<u8>) -> Result {
    if !is_integer(key) {
        return Err(EncodeError::mismatch(&ty, key));
    }
    integer_digits(ty, key, out)
}

/// Returns whether a text is an integer, without a fraction, an exponent, a sign of zero or zeros in front.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = match digits.as_bytes() {
        [] => false,
        [b'0'] => digits.len() == text.len(),
        [first, ..] => *first != b'0',
    };
    canonical && digits.bytes().all(|digit| digit.is_ascii_digit())
}

fn integer_digits(ty: Integer, digits: &str, out: &mut Vec<u8>) -> Result {
    let out_of_range = || {
        let expected = format!("{ty}, an integer from {} to {}", ty.min(), ty.max());
        EncodeError::out_of_range(&expected, digits)
    };
    if ty.is_signed() {
        let value: i128 = digits.parse().map_err(|_| out_of_range())?;
        if value < ty.min() || value > ty.max().cast_signed() {
            return Err(out_of_range());
        }
        match ty.bits() {
            8 => out.push(value as u8),
            _ => varint(((value << 1) ^ (value >> 127)).cast_unsigned(), out),
        }
        return Ok(());
    }
    let value: u128 = digits.parse().map_err(|_| out_of_range())?;
    if value > ty.max() {
        return Err(out_of_range());
    }
    match ty.bits() {
        8 => out.push(value as u8),
        _ => varint(value, out),
    }
    Ok(())
}

/// Floats of one size.
macro_rules! float {
    ($float:ident, $bits:ty) => {
        pub(super) fn $float(json: Json<'_>, out: &mut Vec<u8>) -> Result {
            let expected = stringify!($float);
            // The nearest float. Infinity, and zero for a number that is not, would be other numbers.
            let nearest = |digits: &str| {
                let value: $float = digits.parse().ok()?;
                (value.is_finite() && (value != 0.0 || is_zero(digits))).then_some(value)
            };
            let value = if let Some(digits) = json.number() {
                nearest(digits).ok_or_else(|| EncodeError::out_of_range(&expected, digits))?
            } else {
                let value = match json.text().as_deref() {
                    Some("NaN") => Some($float::NAN),
                    Some("Infinity") => Some($float::INFINITY),
                    Some("-Infinity") => Some($float::NEG_INFINITY),
                    text => text
                        .and_then(|text| nan(text, <$bits>::BITS as usize / 4))
                        .and_then(|digits| <$bits>::from_str_radix(digits, 16).ok())
                        .map($float::from_bits)
                        .filter(|value| value.is_nan()),
                };
                value.ok_or_else(|| EncodeError::mismatch(&expected, json.source()))?
            };
            out.extend_from_slice(&value.to_bits().to_le_bytes());
            Ok(())
        }
    };
}

float!(f32, u32);
float!(f64, u64);

/// Returns the hexadecimal digits of `NaN(0x…)`, if there are so many.
fn nan(text: &str, len: usize) -> Option<&str> {
    let digits = text.strip_prefix("NaN(0x")?.strip_suffix(')')?;
    let hexadecimal = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    (digits.len() == len && hexadecimal).then_some(digits)
}

/// Returns whether a number has no other digit than 0 before its exponent.
fn is_zero(digits: &str) -> bool {
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    !mantissa.bytes().any(|digit| matches!(digit, b'1'..=b'9'))
}

/// Writes the text of one character.
pub(super) fn char_text(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut chars = text.chars();
    if chars.next().is_none() || chars.next().is_some() {
        return None;
    }
    bytes_of(text.as_bytes(), out);
    Some(())
}

/// Writes bytes: an array of integers, or `{"base64": "…"}`.
pub(super) fn bytes(json: Json<'_>, out: &mut Vec<u8>) -> Result {
    let mismatch = |expected: &str| EncodeError::mismatch(&expected, json.source());
    let (key, value) = json.only_member().ok_or_else(|| mismatch("[u8], an array or {\"base64\": \"…\"}"))?;
    if key != "base64" {
        return Err(EncodeError::unknown(&key, ["base64"].into_iter()));
    }
    let text = value.text().ok_or_else(|| mismatch("a text in base64"))?;
    let decoded = Base64::decode_vec(&text).map_err(|_| mismatch("a text in base64 with padding"))?;
    bytes_of(&decoded, out);
    Ok(())
}

/// Returns the index of a variant.
pub(super) fn index(variants: &Variants, name: &str) -> Result<usize> {
    let names = variants.all().iter().map(|variant| variant.name.as_str());
    variants.index(name).ok_or_else(|| EncodeError::unknown(name, names))
}

/// Writes a key of a map that is an object.
pub(super) fn key(ty: &Type, key: &str, out: &mut Vec<u8>) -> Result {
    let mismatch = || EncodeError::mismatch(ty, key);
    match ty {
        Type::Bool => out.push(match key {
            "false" => 0,
            "true" => 1,
            _ => return Err(mismatch()),
        }),
        Type::Integer(ty) => integer_key(*ty, key, out)?,
        Type::Char => char_text(key, out).ok_or_else(mismatch)?,
        Type::Enum(variants) => {
            length(index(variants, key)?, out);
        }
        _ => bytes_of(key.as_bytes(), out),
    }
    Ok(())
}

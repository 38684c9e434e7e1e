//! Numbers that functions take and return.

use wasmtime::{Val, ValType};

/// Number of one of WebAssembly's number types.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// An integer of 32 bits.
    I32(i32),
    /// An integer of 64 bits.
    I64(i64),
    /// A float of 32 bits.
    F32(f32),
    /// A float of 64 bits.
    F64(f64),
}

impl Value {
    /// Returns Wasmtime's value.
    pub(crate) fn val(self) -> Val {
        match self {
            Self::I32(value) => Val::I32(value),
            Self::I64(value) => Val::I64(value),
            Self::F32(value) => Val::F32(value.to_bits()),
            Self::F64(value) => Val::F64(value.to_bits()),
        }
    }

    /// Returns whether this is its type.
    pub(crate) fn is_of(self, ty: &ValType) -> bool {
        matches!(
            (self, ty),
            (Self::I32(_), ValType::I32)
                | (Self::I64(_), ValType::I64)
                | (Self::F32(_), ValType::F32)
                | (Self::F64(_), ValType::F64)
        )
    }

    /// Returns the number that a value is; `None` for vectors and references.
    pub(crate) fn of(val: &Val) -> Option<Self> {
        match val {
            Val::I32(value) => Some(Self::I32(*value)),
            Val::I64(value) => Some(Self::I64(*value)),
            Val::F32(bits) => Some(Self::F32(f32::from_bits(*bits))),
            Val::F64(bits) => Some(Self::F64(f64::from_bits(*bits))),
            _ => None,
        }
    }
}

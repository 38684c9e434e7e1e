//! Types and values as they are written in emitted source.

use wasmparser::ValType;

/// The letter of a value type in the names of variables.
pub fn letter(ty: ValType) -> char {
    match ty {
        ValType::I32 => 'i',
        ValType::I64 => 'l',
        ValType::F32 => 'f',
        _ => 'd',
    }
}

/// The Rust type of a value type.
pub fn rust_type(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "u32",
        ValType::I64 => "u64",
        ValType::F32 => "f32",
        _ => "f64",
    }
}

/// The constant of a value with these bits.
pub fn constant(ty: ValType, bits: u64) -> String {
    match ty {
        ValType::F32 => format!("opaque32(f32::from_bits({bits}u32))"),
        ValType::F64 => format!("opaque64(f64::from_bits({bits}u64))"),
        ValType::I64 => format!("{bits}u64"),
        _ => format!("{}u32", bits as u32),
    }
}

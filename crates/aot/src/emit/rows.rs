//! The numeric instructions, each as an expression in Rust.

use wasmparser::{Operator, ValType};

/// What a result is: an expression over the operands `@` and `#`, and the checks before it.
pub type Row = (ValType, usize, &'static str);

/// The expression of an instruction. `None` if it is not a numeric one, or a constant.
pub fn row(operator: &Operator<'_>) -> Option<Row> {
    integer(operator).or_else(|| float(operator))
}

/// Whether this is a numeric instruction that cannot trap.
pub fn is_pure(operator: &Operator<'_>) -> bool {
    let constant = matches!(
        operator,
        Operator::I32Const { .. }
            | Operator::I64Const { .. }
            | Operator::F32Const { .. }
            | Operator::F64Const { .. }
    );
    constant || row(operator).is_some_and(|(_, _, text)| !text.contains("break"))
}

#[rustfmt::skip]
fn integer(operator: &Operator<'_>) -> Option<Row> {
    use Operator as O;
    use ValType::{F32, F64, I32, I64};
    Some(match operator {
        O::I32Eqz | O::I64Eqz => (I32, 1, "(@ == 0) as u32"),
        O::I32Eq | O::I64Eq | O::F32Eq | O::F64Eq => (I32, 2, "(@ == #) as u32"),
        O::I32Ne | O::I64Ne | O::F32Ne | O::F64Ne => (I32, 2, "(@ != #) as u32"),
        O::I32LtU | O::I64LtU | O::F32Lt | O::F64Lt => (I32, 2, "(@ < #) as u32"),
        O::I32GtU | O::I64GtU | O::F32Gt | O::F64Gt => (I32, 2, "(@ > #) as u32"),
        O::I32LeU | O::I64LeU | O::F32Le | O::F64Le => (I32, 2, "(@ <= #) as u32"),
        O::I32GeU | O::I64GeU | O::F32Ge | O::F64Ge => (I32, 2, "(@ >= #) as u32"),
        O::I32LtS => (I32, 2, "((@ as i32) < # as i32) as u32"),
        O::I32GtS => (I32, 2, "(@ as i32 > # as i32) as u32"),
        O::I32LeS => (I32, 2, "(@ as i32 <= # as i32) as u32"),
        O::I32GeS => (I32, 2, "(@ as i32 >= # as i32) as u32"),
        O::I64LtS => (I32, 2, "((@ as i64) < # as i64) as u32"),
        O::I64GtS => (I32, 2, "(@ as i64 > # as i64) as u32"),
        O::I64LeS => (I32, 2, "(@ as i64 <= # as i64) as u32"),
        O::I64GeS => (I32, 2, "(@ as i64 >= # as i64) as u32"),
        O::I32Clz => (I32, 1, "@.leading_zeros()"),
        O::I32Ctz => (I32, 1, "@.trailing_zeros()"),
        O::I32Popcnt => (I32, 1, "@.count_ones()"),
        O::I64Clz => (I64, 1, "@.leading_zeros() as u64"),
        O::I64Ctz => (I64, 1, "@.trailing_zeros() as u64"),
        O::I64Popcnt => (I64, 1, "@.count_ones() as u64"),
        O::I32Add => (I32, 2, "@.wrapping_add(#)"), O::I64Add => (I64, 2, "@.wrapping_add(#)"),
        O::I32Sub => (I32, 2, "@.wrapping_sub(#)"), O::I64Sub => (I64, 2, "@.wrapping_sub(#)"),
        O::I32Mul => (I32, 2, "@.wrapping_mul(#)"), O::I64Mul => (I64, 2, "@.wrapping_mul(#)"),
        O::I32And => (I32, 2, "@ & #"), O::I64And => (I64, 2, "@ & #"),
        O::I32Or => (I32, 2, "@ | #"), O::I64Or => (I64, 2, "@ | #"),
        O::I32Xor => (I32, 2, "@ ^ #"), O::I64Xor => (I64, 2, "@ ^ #"),
        O::I32Shl => (I32, 2, "@.wrapping_shl(#)"), O::I64Shl => (I64, 2, "@.wrapping_shl(# as u32)"),
        O::I32ShrU => (I32, 2, "@.wrapping_shr(#)"), O::I64ShrU => (I64, 2, "@.wrapping_shr(# as u32)"),
        O::I32ShrS => (I32, 2, "(@ as i32).wrapping_shr(#) as u32"),
        O::I64ShrS => (I64, 2, "(@ as i64).wrapping_shr(# as u32) as u64"),
        O::I32Rotl => (I32, 2, "@.rotate_left(# & 31)"), O::I64Rotl => (I64, 2, "@.rotate_left(# as u32 & 63)"),
        O::I32Rotr => (I32, 2, "@.rotate_right(# & 31)"), O::I64Rotr => (I64, 2, "@.rotate_right(# as u32 & 63)"),
        O::I32DivU => (I32, 2, "if # == 0 { break 'trap DIVISION; };@.checked_div(#).unwrap_unchecked()"),
        O::I64DivU => (I64, 2, "if # == 0 { break 'trap DIVISION; };@.checked_div(#).unwrap_unchecked()"),
        O::I32RemU => (I32, 2, "if # == 0 { break 'trap DIVISION; };@.checked_rem(#).unwrap_unchecked()"),
        O::I64RemU => (I64, 2, "if # == 0 { break 'trap DIVISION; };@.checked_rem(#).unwrap_unchecked()"),
        O::I32DivS => (I32, 2, "if # == 0 { break 'trap DIVISION; } if # == u32::MAX && @ == 1 << 31 { break 'trap OVERFLOW; };\
            (@ as i32).checked_div(# as i32).unwrap_unchecked() as u32"),
        O::I64DivS => (I64, 2, "if # == 0 { break 'trap DIVISION; } if # == u64::MAX && @ == 1 << 63 { break 'trap OVERFLOW; };\
            (@ as i64).checked_div(# as i64).unwrap_unchecked() as u64"),
        O::I32RemS => (I32, 2, "if # == 0 { break 'trap DIVISION; };\
            if # == u32::MAX { 0 } else { (@ as i32).checked_rem(# as i32).unwrap_unchecked() as u32 }"),
        O::I64RemS => (I64, 2, "if # == 0 { break 'trap DIVISION; };\
            if # == u64::MAX { 0 } else { (@ as i64).checked_rem(# as i64).unwrap_unchecked() as u64 }"),
        O::I32WrapI64 => (I32, 1, "@ as u32"),
        O::I64ExtendI32U => (I64, 1, "@ as u64"),
        O::I64ExtendI32S => (I64, 1, "@ as i32 as u64"),
        O::I32Extend8S => (I32, 1, "@ as i8 as u32"), O::I32Extend16S => (I32, 1, "@ as i16 as u32"),
        O::I64Extend8S => (I64, 1, "@ as i8 as u64"), O::I64Extend16S => (I64, 1, "@ as i16 as u64"),
        O::I64Extend32S => (I64, 1, "@ as i32 as u64"),
        O::I32ReinterpretF32 => (I32, 1, "@.to_bits()"), O::I64ReinterpretF64 => (I64, 1, "@.to_bits()"),
        O::F32ReinterpretI32 => (F32, 1, "opaque32(f32::from_bits(@))"), O::F64ReinterpretI64 => (F64, 1, "opaque64(f64::from_bits(@))"),
        _ => return None,
    })
}

/// The check of a conversion that traps: not a number, or out of a range whose ends are not in it.
macro_rules! trunc {
    ($low:literal, $high:literal, $to:literal, $as:literal) => {
        concat!(
            "if !(@ ",
            $low,
            " && @ < ",
            $high,
            ") { break 'trap if @ != @ { CONVERSION } else { OVERFLOW }; };",
            "@.to_int_unchecked::<",
            $to,
            ">() as ",
            $as
        )
    };
}

#[rustfmt::skip]
fn float(operator: &Operator<'_>) -> Option<Row> {
    use Operator as O;
    use ValType::{F32, F64, I32, I64};
    Some(match operator {
        O::F32Abs => (F32, 1, "f32::from_bits(@.to_bits() & !(1 << 31))"),
        O::F64Abs => (F64, 1, "f64::from_bits(@.to_bits() & !(1 << 63))"),
        O::F32Neg => (F32, 1, "f32::from_bits(@.to_bits() ^ (1 << 31))"),
        O::F64Neg => (F64, 1, "f64::from_bits(@.to_bits() ^ (1 << 63))"),
        O::F32Copysign => (F32, 2, "f32::from_bits(@.to_bits() & !(1 << 31) | #.to_bits() & (1 << 31))"),
        O::F64Copysign => (F64, 2, "f64::from_bits(@.to_bits() & !(1 << 63) | #.to_bits() & (1 << 63))"),
        O::F32Ceil => (F32, 1, "ceil32(@)"), O::F64Ceil => (F64, 1, "ceil64(@)"),
        O::F32Floor => (F32, 1, "floor32(@)"), O::F64Floor => (F64, 1, "floor64(@)"),
        O::F32Trunc => (F32, 1, "trunc32(@)"), O::F64Trunc => (F64, 1, "trunc64(@)"),
        O::F32Nearest => (F32, 1, "nearest32(@)"), O::F64Nearest => (F64, 1, "nearest64(@)"),
        O::F32Sqrt => (F32, 1, "sqrt32(@)"), O::F64Sqrt => (F64, 1, "sqrt64(@)"),
        O::F32Add => (F32, 2, "@ + #"), O::F64Add => (F64, 2, "@ + #"),
        O::F32Sub => (F32, 2, "@ - #"), O::F64Sub => (F64, 2, "@ - #"),
        O::F32Mul => (F32, 2, "@ * #"), O::F64Mul => (F64, 2, "@ * #"),
        O::F32Div => (F32, 2, "@ / #"), O::F64Div => (F64, 2, "@ / #"),
        O::F32Min => (F32, 2, "min32(@, #)"), O::F64Min => (F64, 2, "min64(@, #)"),
        O::F32Max => (F32, 2, "max32(@, #)"), O::F64Max => (F64, 2, "max64(@, #)"),
        O::F32ConvertI32S => (F32, 1, "opaque32(@ as i32 as f32)"), O::F64ConvertI32S => (F64, 1, "opaque64(@ as i32 as f64)"),
        O::F32ConvertI64S => (F32, 1, "opaque32(@ as i64 as f32)"), O::F64ConvertI64S => (F64, 1, "opaque64(@ as i64 as f64)"),
        O::F32ConvertI32U | O::F32ConvertI64U => (F32, 1, "opaque32(@ as f32)"),
        O::F64ConvertI32U | O::F64ConvertI64U => (F64, 1, "opaque64(@ as f64)"),
        O::F32DemoteF64 => (F32, 1, "opaque64(@) as f32"), O::F64PromoteF32 => (F64, 1, "@ as f64"),
        O::I32TruncF32S => (I32, 1, trunc!(">= -2147483648.0", "2147483648.0", "i32", "u32")),
        O::I32TruncF64S => (I32, 1, trunc!("> -2147483649.0", "2147483648.0", "i32", "u32")),
        O::I32TruncF32U | O::I32TruncF64U => (I32, 1, trunc!("> -1.0", "4294967296.0", "u32", "u32")),
        O::I64TruncF32S | O::I64TruncF64S =>
            (I64, 1, trunc!(">= -9223372036854775808.0", "9223372036854775808.0", "i64", "u64")),
        O::I64TruncF32U | O::I64TruncF64U => (I64, 1, trunc!("> -1.0", "18446744073709551616.0", "u64", "u64")),
        O::I32TruncSatF32S | O::I32TruncSatF64S => (I32, 1, "@ as i32 as u32"),
        O::I32TruncSatF32U | O::I32TruncSatF64U => (I32, 1, "@ as u32"),
        O::I64TruncSatF32S | O::I64TruncSatF64S => (I64, 1, "@ as i64 as u64"),
        O::I64TruncSatF32U | O::I64TruncSatF64U => (I64, 1, "@ as u64"),
        _ => return None,
    })
}

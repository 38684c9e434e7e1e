//! Constants, comparisons, arithmetic and conversions.

use super::function::Emitter;
use super::rows::row;
use crate::error::AotError;
use crate::text::constant;
use wasmparser::{Operator, ValType};

impl Emitter<'_, '_> {
    /// Emits a numeric instruction. Returns whether it was one.
    pub(super) fn numeric(&mut self, operator: &Operator<'_>) -> Result<bool, AotError> {
        let value = match operator {
            Operator::I32Const { value } => Some((ValType::I32, u64::from(value.cast_unsigned()))),
            Operator::I64Const { value } => Some((ValType::I64, value.cast_unsigned())),
            Operator::F32Const { value } => Some((ValType::F32, u64::from(value.bits()))),
            Operator::F64Const { value } => Some((ValType::F64, value.bits())),
            _ => None,
        };
        if let Some((ty, bits)) = value {
            let to = self.operands.push(ty);
            self.put(&format!("{to} = {};", constant(ty, bits)));
            return Ok(true);
        }
        let Some((ty, inputs, expression)) = row(operator) else {
            return Ok(false);
        };
        let b = if inputs == 2 { self.operands.pop() } else { String::new() };
        let a = self.operands.pop();
        let expression = expression.replace('@', &a).replace('#', &b);
        let (checks, expression) = expression.rsplit_once(';').unwrap_or(("", &expression));
        if !checks.is_empty() {
            self.put(&format!("{checks};"));
        }
        let to = self.operands.push(ty);
        self.put(&format!("{to} = {expression};\n"));
        Ok(true)
    }
}

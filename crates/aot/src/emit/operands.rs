//! The operands of a function: each height of the stack has a variable for each type.

use crate::text::letter;
use std::collections::BTreeSet;
use wasmparser::ValType;

/// The operand stack while a function is emitted.
#[derive(Default)]
pub struct Operands {
    types: Vec<ValType>,
    /// The variables that were used: height and letter.
    used: BTreeSet<(usize, char)>,
}

impl Operands {
    pub fn height(&self) -> usize {
        self.types.len()
    }

    /// The name of a new topmost operand.
    pub fn push(&mut self, ty: ValType) -> String {
        self.types.push(ty);
        self.name(self.types.len() - 1, ty)
    }

    /// The name of the topmost operand, which is taken away. A validated function has one.
    pub fn pop(&mut self) -> String {
        let ty = self.types.pop().unwrap_or(ValType::I32);
        self.name(self.types.len(), ty)
    }

    /// The type of the topmost operand.
    pub fn top(&self) -> ValType {
        self.types.last().copied().unwrap_or(ValType::I32)
    }

    /// The names of the topmost operands of these types, which stay.
    pub fn names(&mut self, types: &[ValType]) -> Vec<String> {
        let first = self.types.len().saturating_sub(types.len());
        self.names_from(first, types)
    }

    /// The names of operands of these types from a height on.
    pub fn names_from(&mut self, first: usize, types: &[ValType]) -> Vec<String> {
        types.iter().enumerate().map(|(at, ty)| self.name(first + at, *ty)).collect()
    }

    /// Leaves so many operands, and puts others above them.
    pub fn reset(&mut self, height: usize, types: &[ValType]) {
        self.types.truncate(height);
        self.types.extend_from_slice(types);
    }

    /// The declarations of all variables that were used.
    pub fn declarations(&self) -> String {
        let declare = |(height, letter): &(usize, char)| match letter {
            'i' => format!("let mut s{height}i = 0u32;"),
            'l' => format!("let mut s{height}l = 0u64;"),
            'f' => format!("let mut s{height}f = 0f32;"),
            _ => format!("let mut s{height}d = 0f64;"),
        };
        self.used.iter().map(declare).collect()
    }

    fn name(&mut self, height: usize, ty: ValType) -> String {
        self.used.insert((height, letter(ty)));
        format!("s{height}{}", letter(ty))
    }
}

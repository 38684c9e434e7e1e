//! What the functions of a module have to know of it.

use crate::error::AotError;
use crate::graph::Graph;
use crate::module::Module;
use std::collections::BTreeSet;
use wasmparser::{FunctionBody, Operator, ValType};

/// What all functions of a module are emitted by.
pub struct Plan<'m> {
    pub(super) module: &'m Module<'m>,
    pub(super) memory: u32,
    pub(super) graph: &'m Graph,
    /// The global that holds the fuel, and how it is written and read.
    pub(super) fuel: Option<(u32, String, String)>,
    /// Whether limits that were merged in here end every recursion.
    pub(super) limited: bool,
    pub(super) program: bool,
}

impl Plan<'_> {
    pub(super) fn is_program(&self) -> bool {
        self.program
    }

    pub(super) fn fuel(&self) -> Option<u32> {
        self.fuel.as_ref().map(|(index, ..)| *index)
    }

    pub(super) fn flush(&self) -> &str {
        self.fuel.as_ref().map_or("", |(_, flush, _)| flush)
    }

    pub(super) fn reload(&self) -> &str {
        self.fuel.as_ref().map_or("", |(.., reload)| reload)
    }

    /// Whether a function reads or writes the fuel.
    pub(super) fn counts(&self, body: &FunctionBody<'_>) -> bool {
        let Some(fuel) = self.fuel() else { return false };
        let Ok(operators) = body.get_operators_reader() else { return false };
        operators.into_iter().any(|operator| {
            matches!(operator, Ok(Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index }) if global_index == fuel)
        })
    }

    /// Whether a function checks the native stack before it makes calls.
    pub(super) fn checks_stack(&self, function: u32) -> bool {
        !self.limited && self.graph.recursive.get(function as usize) == Some(&true)
    }

    /// Whether a function that checks the stack does so before this instruction: a call that can lead to a function which can be
    /// called twice.
    pub(super) fn nests(&self, operator: &Operator<'_>) -> bool {
        let reaches = |node: usize| self.graph.reaches.get(node) == Some(&true);
        match operator {
            Operator::Call { function_index } => reaches(*function_index as usize),
            Operator::CallIndirect { type_index, .. } => {
                reaches(self.module.functions.len() + self.module.canonical_type(*type_index) as usize)
            }
            _ => false,
        }
    }

    /// The places of the loops of a function in which there are such calls. It checks the stack before it enters them, so that
    /// iterations do not.
    pub(super) fn nesting_loops(&self, body: &FunctionBody<'_>) -> Result<BTreeSet<u64>, AotError> {
        let (mut nesting, mut open) = (BTreeSet::new(), Vec::new());
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let (operator, offset) = reader.read_with_offset()?;
            match operator {
                Operator::Loop { .. } => open.push(Some(offset)),
                Operator::Block { .. } | Operator::If { .. } => open.push(None),
                Operator::End => drop(open.pop()),
                _ if self.nests(&operator) => nesting.extend(open.iter().flatten()),
                _ => {}
            }
        }
        Ok(nesting)
    }

    pub(super) fn indirect_type(&self, ty: u32) -> u32 {
        self.module.canonical_type(ty)
    }

    /// Whether a type has only numbers.
    pub(super) fn numbers(&self, ty: u32) -> bool {
        let ty = &self.module.types[ty as usize];
        let mut all = ty.params().iter().chain(ty.results());
        all.all(|ty| matches!(ty, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64))
    }
}

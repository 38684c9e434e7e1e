//! What the functions of a module have to know of it.

use crate::graph::Graph;
use crate::module::Module;
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

    /// Whether a function checks the native stack when it is entered.
    pub(super) fn checks_stack(&self, function: u32) -> bool {
        !self.limited && self.graph.recursive.get(function as usize) == Some(&true)
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

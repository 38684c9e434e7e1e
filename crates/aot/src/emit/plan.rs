//! What the functions of a module have to know of it.

use super::count::Counting;
use crate::error::AotError;
use crate::graph::Graph;
use crate::module::Module;
use std::collections::BTreeSet;
use wasmparser::{FunctionBody, Operator, ValType};

/// The most that charges which are not checked take from the slice in functions that no chain of calls comes to twice, together.
const MOST_UNCHECKED: u64 = 1 << 28;

/// The most that they take in others, for each unit of depth: of those there are at most 2^20.
const MOST_BY_DEPTH: u64 = 1 << 8;

/// What all functions of a module are emitted by.
pub struct Plan<'m> {
    pub(super) module: &'m Module<'m>,
    pub(super) memory: u32,
    pub(super) graph: &'m Graph,
    /// The globals that hold fuel and depth.
    pub(super) counters: Option<(u32, u32)>,
    /// The functions whose charges that are not checked leave the slice as it is.
    pub(super) leaving: Vec<bool>,
    /// Whether limits that were merged in here end every recursion.
    pub(super) limited: bool,
    pub(super) program: bool,
}

impl Plan<'_> {
    pub(super) fn is_program(&self) -> bool {
        self.program
    }

    pub(super) fn fuel(&self) -> Option<u32> {
        self.counters.map(|(fuel, _)| fuel)
    }

    /// How the depth is read.
    pub(super) fn depth(&self) -> String {
        let global = self.counters.and_then(|(_, depth)| self.module.globals.get(depth));
        let place = global.and_then(|global| global.place).unwrap_or_default();
        format!("get::<u32>(i, G + {place})")
    }

    /// What a function does with the counters.
    pub(super) fn counting(&self, operators: &[Operator<'_>]) -> Counting {
        self.counters.map_or_else(Counting::default, |(fuel, depth)| Counting::of(operators, fuel, depth))
    }

    /// Which functions have charges that leave the slice as it is, below zero or not: the next check notices. Until then it must not
    /// take so much that the slice wraps. Between two checks a call only goes forward and returns, so that a function which no chain of
    /// calls comes to twice executes each of its charges once. Another one does so for each time that it took its share of the depth.
    pub(super) fn leaving(&self) -> Result<Vec<bool>, AotError> {
        let (mut leaving, mut sum) = (vec![false; self.module.functions.len()], 0_u64);
        if !self.limited {
            return Ok(leaving);
        }
        for (at, body) in self.module.bodies.iter().enumerate() {
            let function = self.module.imports.len() + at;
            let operators = body.get_operators_reader()?.into_iter().collect::<Result<Vec<_>, _>>()?;
            let counting = self.counting(&operators);
            let unchecked = counting.unchecked();
            leaving[function] = match (self.graph.recursive[function], counting.weight()) {
                (false, _) => {
                    sum = sum.saturating_add(unchecked);
                    sum <= MOST_UNCHECKED
                }
                (true, Some(weight)) => unchecked <= MOST_BY_DEPTH * u64::from(weight),
                (true, None) => false,
            };
        }
        Ok(leaving)
    }

    /// Whether charges of a function that are not checked leave the slice as it is.
    pub(super) fn leaves_slice(&self, function: u32) -> bool {
        self.leaving.get(function as usize) == Some(&true)
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

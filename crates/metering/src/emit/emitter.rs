//! A function as far as it is written.

use crate::depth::Depth;
use crate::pass::{Failure, Pass};
use crate::price::PriceList;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{Encode, Instruction, ValType};
use wasmparser::Operator;

/// What a function is written with.
pub(crate) struct Frame {
    /// Its parameters and locals.
    pub(crate) locals: u32,
    /// The locals as they were declared.
    pub(crate) declared: Vec<(u32, ValType)>,
    /// What it does about the depth of calls.
    pub(crate) depth: Depth,
    /// The local in which it is given the depth, if it is: its own locals move one up.
    pub(crate) given_depth: Option<u32>,
    /// What its callers have paid for its entry.
    pub(crate) prepaid: u64,
}

pub(super) struct Emitter<'m> {
    pub(super) pass: Pass<'m>,
    pub(super) bytes: Vec<u8>,
    pub(super) first_added: u32,
    pub(super) added: Vec<ValType>,
    pub(super) fuel: u32,
    pub(super) size: Option<u32>,
    pub(super) depth: Option<u32>,
    /// The first of the function's locals that is one up.
    pub(super) moved: u32,
    /// Whether the local holds what the global does.
    pub(super) cached: bool,
    /// The function's own blocks that are open.
    pub(super) open: Vec<Open>,
}

/// A block that is open.
pub(super) struct Open {
    /// Whether the local must hold the counter where branches to this block lead.
    pub(super) cached: bool,
    /// Whether it did where an `if` parted the edges.
    pub(super) cached_at_fork: bool,
    /// What the other edge of an `if` has to pay, until it does; nothing for other blocks.
    pub(super) owed: Option<u64>,
    /// Whether a branch to it may carry operands.
    pub(super) carries: bool,
}

impl Open {
    /// Whether it is an `if` without `else` on whose other edge there is something to do.
    pub(super) fn lacks_other_edge(&self) -> bool {
        self.owed.is_some_and(|owed| owed > 0 || self.cached && !self.cached_at_fork)
    }
}

impl<'m> Emitter<'m> {
    pub(super) fn new(frame: &Frame, pass: Pass<'m>) -> Self {
        let mut emitter = Self {
            pass,
            bytes: Vec::new(),
            first_added: frame.locals + u32::from(frame.given_depth.is_some()),
            added: Vec::new(),
            fuel: 0,
            size: None,
            depth: frame.given_depth,
            moved: frame.given_depth.unwrap_or(u32::MAX),
            cached: false,
            open: Vec::new(),
        };
        emitter.fuel = emitter.add_local(ValType::I64);
        emitter
    }

    pub(super) fn add_local(&mut self, ty: ValType) -> u32 {
        self.added.push(ty);
        self.first_added + self.added.len() as u32 - 1
    }

    pub(super) fn op(&mut self, instruction: Instruction<'_>) {
        instruction.encode(&mut self.bytes);
    }

    /// The depth of the label that stops the function, from where the next instruction stands.
    pub(super) fn stop(&self) -> u32 {
        self.open.len() as u32
    }

    /// The depth of a label of the function's own, from where the next instruction stands: the
    /// function itself has moved one out.
    pub(super) fn label(&self, depth: u32) -> u32 {
        depth + u32::from(depth == self.stop())
    }

    pub(super) fn prices(&self) -> &'m PriceList {
        self.pass.prices
    }

    pub(super) fn copy(&mut self, operator: &Operator<'_>) -> Result<(), Failure> {
        let mut operator = operator.clone();
        if let Operator::LocalGet { local_index }
        | Operator::LocalSet { local_index }
        | Operator::LocalTee { local_index } = &mut operator
        {
            *local_index += u32::from(*local_index >= self.moved);
        }
        let instruction = self.pass.instruction(operator)?;
        instruction.encode(&mut self.bytes);
        Ok(())
    }
}

//! A function as it was read: what is to be done at each of its instructions.

use crate::graph::{Charges, EdgeId, Node};
use std::collections::BTreeMap;
use wasmparser::Operator;

/// A function that was read, with its charges.
pub(crate) struct Scan<'a> {
    /// The instructions, and what is to be done at each.
    pub(crate) steps: Vec<(Operator<'a>, Step)>,
    /// The charges that the steps refer to.
    pub(crate) charges: Charges,
    /// The labels that the steps refer to.
    pub(crate) labels: Vec<Label>,
    /// For the step at which a short loop begins, how many instructions its iteration has.
    pub(crate) short_loops: BTreeMap<usize, usize>,
}

/// What is known of a block, a loop or an `if` as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Label {
    /// Whether there is a call in it, or an instruction that is charged by an operand.
    pub(crate) calls: bool,
    /// Whether a branch comes to it from within a loop without calls.
    pub(crate) from_quiet_loop: bool,
    /// Whether a branch to it may carry operands.
    pub(crate) carries: bool,
}

/// What is to be done at an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing.
    Keep,
    /// It is never reached, and left out.
    Drop,
    /// A loop begins, and the number of its label.
    Loop(usize, usize),
    /// A block begins: the number of its label.
    Block(usize),
    /// Two edges: the condition holds, or not; and the number of the label of an `if`.
    If(EdgeId, EdgeId, usize),
    /// Two edges: the branch is taken, or not; and the loop whose head this ends.
    Branch(EdgeId, EdgeId, Option<usize>),
    /// The end of a block: where its branches lead, and whether nothing comes there.
    Join(Node, Arrival),
    /// The end of a loop, and whether nothing comes there.
    LoopEnd(Arrival),
}

/// Whether the code behind an `end` is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It is, and those who come have paid for it.
    Paid,
    /// It is, and pays for itself.
    Unpaid,
    /// It is not.
    Never,
}

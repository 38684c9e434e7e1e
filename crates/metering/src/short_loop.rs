//! A short loop among the steps of its function.

use crate::graph::EdgeId;
use crate::steps::{Scan, Step};
use std::ops::Range;

/// A loop whose iterations are paid for several at a time.
pub(crate) struct ShortLoop {
    /// The loop's number.
    pub(crate) index: usize,
    /// The steps of an iteration, without the branch at its end.
    pub(crate) body: Range<usize>,
    /// The edge out of the loop.
    pub(crate) not_taken: EdgeId,
}

impl ShortLoop {
    /// The one that begins at a step, if one does.
    pub(crate) fn at(step: usize, scan: &Scan<'_>) -> Option<Self> {
        let branch = step + scan.short_loops.get(&step)?;
        match (scan.steps[step].1, scan.steps[branch].1) {
            (Step::Loop(index, _), Step::Branch(_, not_taken, _)) => {
                Some(Self { index, body: step + 1..branch, not_taken })
            }
            _ => None,
        }
    }

    /// How many steps it takes: the `loop`, an iteration, the branch, and the `end`.
    pub(crate) fn len(&self) -> usize {
        self.body.len() + 3
    }
}

//! Instructions that do something with the counters together.

use wasmparser::Operator;

/// The most that one charge takes from the slice in a register. `counted.rs` has to hold so much below zero.
pub const MOST_UNITS: u32 = 1 << 20;

/// What holds the counters in a function.
#[derive(Clone, Copy)]
pub struct Names {
    /// The global that holds the fuel, and the one that holds the depth.
    pub fuel: u32,
    pub depth: u32,
    /// The local in which the function keeps the fuel, too, if it does.
    pub local: Option<u32>,
}

/// Instructions that were found, as many as `len`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    pub len: usize,
    pub act: Act,
    pub check: Option<Check>,
}

/// What is done with the fuel. The local has it then, unless nothing is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Nothing: there is only a check.
    Nothing,
    /// It is read into the local.
    Hold,
    /// It becomes the topmost operand.
    Set,
    /// So many units are taken.
    Charge(u32),
    /// A unit for each full 2^`shift` of a local is taken; `wide` if the lower half of the local counts.
    Pieces { local: u32, wide: bool, shift: u32 },
    /// So many units are given back.
    Give(u32),
}

/// A branch, if the fuel is below zero, or the depth that is computed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    pub branch: u32,
    pub depth: Option<Depth>,
}

/// What a function takes of the depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// The local that has the depth; `None` for the global.
    pub from: Option<u32>,
    pub to: u32,
    pub weight: u32,
}

impl Names {
    /// What begins here. `held` says that the local has the fuel.
    pub fn find(self, ops: &[Operator<'_>], held: bool) -> Option<Match> {
        let (act, len) = self.act(ops, held).unwrap_or((Act::Nothing, 0));
        let held = held || act != Act::Nothing;
        match self.check(&ops[len..], held) {
            Some((check, more)) => Some(Match { len: len + more, act, check: Some(check) }),
            None if len > 0 => Some(Match { len, act, check: None }),
            None => None,
        }
    }

    /// Whether the first instruction reads the fuel.
    fn reads(self, ops: &[Operator<'_>], held: bool) -> bool {
        match ops.first() {
            Some(Operator::GlobalGet { global_index }) => *global_index == self.fuel,
            Some(Operator::LocalGet { local_index }) => held && Some(*local_index) == self.local,
            _ => false,
        }
    }

    /// Whether the first two instructions write the topmost operand to the local and to the global.
    fn keeps(self, ops: &[Operator<'_>]) -> bool {
        matches!(ops, [Operator::LocalTee { local_index }, Operator::GlobalSet { global_index }, ..]
            if Some(*local_index) == self.local && *global_index == self.fuel)
    }

    fn act(self, ops: &[Operator<'_>], held: bool) -> Option<(Act, usize)> {
        use Operator as O;
        if self.keeps(ops) {
            return Some((Act::Set, 2));
        }
        if !self.reads(ops, held) {
            return None;
        }
        match ops {
            [O::GlobalGet { .. }, O::LocalSet { local_index }, ..] if Some(*local_index) == self.local => {
                Some((Act::Hold, 2))
            }
            [_, O::I64Const { value }, O::I64Sub, rest @ ..] if self.keeps(rest) => {
                Some((Act::Charge(units(*value)?), 5))
            }
            [_, O::I64Const { value }, O::I64Add, rest @ ..] if self.keeps(rest) => {
                Some((Act::Give(units(*value)?), 5))
            }
            // The loop charges at once, by the local.
            [_, O::I64Const { value }, O::I64Add, O::LocalSet { local_index }, O::Loop { .. }, rest @ ..]
                if held && Some(*local_index) == self.local && self.charges(rest) =>
            {
                Some((Act::Give(units(*value)?), 4))
            }
            [_, O::LocalGet { local_index }, rest @ ..] if !held || Some(*local_index) != self.local => {
                let (wide, rest, len) = match rest {
                    [O::I32WrapI64, rest @ ..] => (true, rest, 9),
                    _ => (false, rest, 8),
                };
                match rest {
                    [
                        O::I64ExtendI32U,
                        O::I64Const { value: shift @ 2..32 },
                        O::I64ShrU,
                        O::I64Sub,
                        rest @ ..,
                    ] if self.keeps(rest) => {
                        Some((Act::Pieces { local: *local_index, wide, shift: *shift as u32 }, len))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether a charge by the local begins here.
    fn charges(self, ops: &[Operator<'_>]) -> bool {
        matches!(ops.first(), Some(Operator::LocalGet { .. }))
            && matches!(self.act(ops, true), Some((Act::Charge(_), _)))
    }

    fn check(self, ops: &[Operator<'_>], held: bool) -> Option<(Check, usize)> {
        use Operator as O;
        if !self.reads(ops, held) {
            return None;
        }
        match ops {
            [_, O::I64Const { value: 0 }, O::I64LtS, O::BrIf { relative_depth }, ..] => {
                Some((Check { branch: *relative_depth, depth: None }, 4))
            }
            [
                _,
                from,
                O::I32Const { value },
                O::I32Sub,
                O::LocalTee { local_index },
                O::I64ExtendI32S,
                O::I64Or,
                O::I64Const { value: 0 },
                O::I64LtS,
                O::BrIf { relative_depth },
                ..,
            ] if Some(*local_index) != self.local => {
                let from = match from {
                    O::LocalGet { local_index } if Some(*local_index) != self.local => Some(*local_index),
                    O::GlobalGet { global_index } if *global_index == self.depth => None,
                    _ => return None,
                };
                let depth = Depth { from, to: *local_index, weight: value.cast_unsigned() };
                Some((Check { branch: *relative_depth, depth: Some(depth) }, 10))
            }
            _ => None,
        }
    }
}

/// The units of a charge that the slice can have.
fn units(value: i64) -> Option<u32> {
    u32::try_from(value).ok().filter(|units| (1..=MOST_UNITS).contains(units))
}

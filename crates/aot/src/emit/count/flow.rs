//! Where a function's own copy of the fuel is the fuel, and what is found there.

use super::pattern::{Act, Match, Names};
use std::collections::{BTreeSet, HashMap};
use wasmparser::Operator;

/// What is known of the local that can hold the fuel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Code that is never reached.
    Never,
    /// It has what was written to it, as any other local.
    Own,
    /// It would have the fuel, and so need not exist.
    Fuel,
    /// One of both, or the fuel of a time before.
    Unknown,
}

impl State {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (State::Never, state) | (state, State::Never) => state,
            (one, other) if one == other => one,
            _ => State::Unknown,
        }
    }
}

/// What a function does with the counters, by the number of the instruction.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counting {
    found: HashMap<usize, Match>,
    /// Where the local is read and would have the fuel.
    pub(super) reads: BTreeSet<usize>,
}

/// How often a function is gone through at most, until what is known at the heads of loops is true.
const ROUNDS: usize = 8;

impl Counting {
    /// Goes through a function.
    pub fn of(ops: &[Operator<'_>], fuel: u32, depth: u32) -> Self {
        let local = ops.windows(2).find_map(|pair| match pair {
            [Operator::LocalTee { local_index }, Operator::GlobalSet { global_index }] => {
                (*global_index == fuel).then_some(*local_index)
            }
            _ => None,
        });
        let mut heads = HashMap::new();
        for _ in 0..ROUNDS {
            let mut flow = Flow::new(Names { fuel, depth, local }, &mut heads);
            match flow.run(ops) {
                None => break,
                Some(true) => return flow.counting,
                Some(false) => {}
            }
        }
        // The local is one like the others then, and only what does without it is found.
        let mut heads = HashMap::new();
        let mut flow = Flow::new(Names { fuel, depth, local: None }, &mut heads);
        flow.run(ops);
        flow.counting
    }

    /// What begins at an instruction.
    pub fn at(&self, at: usize) -> Option<Match> {
        self.found.get(&at).copied()
    }

    /// Whether an instruction reads the local where it would have the fuel.
    pub fn reads_fuel(&self, at: usize) -> bool {
        self.reads.contains(&at)
    }

    /// The units of depth that the function takes at its entry.
    pub fn weight(&self) -> Option<u32> {
        self.found.values().find_map(|found| Some(found.check?.depth?.weight))
    }

    /// The units of all charges that are not checked.
    pub fn unchecked(&self) -> u64 {
        let charges = self.found.values().filter(|found| found.check.is_none());
        charges.map(|found| if let Act::Charge(units) = found.act { u64::from(units) } else { 0 }).sum()
    }
}

struct Flow<'h> {
    names: Names,
    state: State,
    open: Vec<Open>,
    /// What is known at the head of a loop, by the number of the instruction.
    heads: &'h mut HashMap<usize, State>,
    settled: bool,
    counting: Counting,
}

/// A block that is open.
struct Open {
    /// The number of the instruction, if it is a loop.
    head: Option<usize>,
    /// What is known where branches to it lead, as far as they were seen.
    label: State,
    /// What was known where an `if` began, until its `else`.
    fork: State,
}

impl<'h> Flow<'h> {
    fn new(names: Names, heads: &'h mut HashMap<usize, State>) -> Self {
        let open = vec![Open { head: None, label: State::Never, fork: State::Never }];
        Self { names, state: State::Own, open, heads, settled: true, counting: Counting::default() }
    }

    /// Goes through the function once. Returns whether what was known of loops is true, and `None` if the local is read where it is
    /// not known what it has.
    fn run(&mut self, ops: &[Operator<'_>]) -> Option<bool> {
        let mut at = 0;
        while let Some(op) = ops.get(at) {
            let found = match self.state {
                State::Never => None,
                state => self.names.find(&ops[at..], state == State::Fuel),
            };
            match found {
                Some(found) => {
                    self.take(found)?;
                    self.counting.found.insert(at, found);
                    at += found.len;
                }
                None => {
                    self.step(op, at)?;
                    at += 1;
                }
            }
        }
        Some(self.settled)
    }

    fn take(&mut self, found: Match) -> Option<()> {
        if let Act::Pieces { local, .. } = found.act {
            self.read(local)?;
        }
        if found.act != Act::Nothing {
            self.state = State::Fuel;
        }
        if let Some(check) = found.check {
            self.branch(check.branch);
        }
        Some(())
    }

    fn read(&mut self, local: u32) -> Option<()> {
        let unknown = self.state == State::Unknown && Some(local) == self.names.local;
        (!unknown).then_some(())
    }

    /// The fuel may be another one: the local would have that of before.
    fn change(&mut self) {
        if self.state == State::Fuel {
            self.state = State::Unknown;
        }
    }

    fn step(&mut self, op: &Operator<'_>, at: usize) -> Option<()> {
        use Operator as O;
        match op {
            O::Block { .. } | O::If { .. } => {
                self.open.push(Open { head: None, label: State::Never, fork: State::Never });
                if matches!(op, O::If { .. }) {
                    self.last().fork = self.state;
                }
            }
            O::Loop { .. } => {
                let known = self.heads.get(&at).copied().unwrap_or(State::Never).or(self.state);
                self.state = known;
                self.heads.insert(at, known);
                self.open.push(Open { head: Some(at), label: State::Never, fork: State::Never });
            }
            O::Else => {
                let state = self.state;
                let open = self.last();
                open.label = open.label.or(state);
                self.state = std::mem::replace(&mut open.fork, State::Never);
            }
            O::End => {
                let Some(open) = self.open.pop() else { return Some(()) };
                self.state = self.state.or(open.label).or(open.fork);
            }
            O::Br { relative_depth } => {
                self.branch(*relative_depth);
                self.state = State::Never;
            }
            O::BrIf { relative_depth } => self.branch(*relative_depth),
            O::BrTable { targets } => {
                for depth in targets.targets().flatten().chain([targets.default()]) {
                    self.branch(depth);
                }
                self.state = State::Never;
            }
            O::Return | O::Unreachable => self.state = State::Never,
            _ if self.state == State::Never => {}
            O::LocalGet { local_index } if Some(*local_index) == self.names.local => match self.state {
                State::Unknown => return None,
                State::Fuel => drop(self.counting.reads.insert(at)),
                _ => {}
            },
            O::LocalSet { local_index } | O::LocalTee { local_index }
                if Some(*local_index) == self.names.local =>
            {
                self.state = State::Own;
            }
            O::GlobalSet { global_index } if *global_index == self.names.fuel => self.change(),
            O::Call { .. } | O::CallIndirect { .. } => self.change(),
            _ => {}
        }
        Some(())
    }

    fn last(&mut self) -> &mut Open {
        let last = self.open.len() - 1;
        &mut self.open[last]
    }

    /// A branch to the label at this depth.
    fn branch(&mut self, depth: u32) {
        let Some(at) = self.open.len().checked_sub(1 + depth as usize) else { return };
        let state = self.state;
        let open = &mut self.open[at];
        let Some(head) = open.head else {
            open.label = open.label.or(state);
            return;
        };
        if let Some(known) = self.heads.get_mut(&head) {
            let all = known.or(state);
            self.settled &= all == *known;
            *known = all;
        }
    }
}

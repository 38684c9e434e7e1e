//! Reads a function's instructions into a [`Graph`] and the steps that refer to it.

use crate::graph::{EdgeId, Graph, Node, Target};
use crate::module_info::ModuleInfo;
use crate::price::PriceList;
use crate::short::Finder;
use crate::steps::{Arrival, Label, Scan, Step};
use std::collections::BTreeMap;
use wasmparser::{BinaryReaderError, BlockType, FunctionBody, Operator};

/// Reads a function.
pub(crate) fn scan<'a>(
    body: &FunctionBody<'a>,
    info: &ModuleInfo,
    prices: &PriceList,
) -> Result<Scan<'a>, BinaryReaderError> {
    let mut reader = body.get_operators_reader()?;
    let mut scanner = Scanner::new(info, prices);
    let mut steps = Vec::new();
    let (mut short_loops, mut finder) = (BTreeMap::new(), Finder::default());
    while !reader.eof() {
        let operator = reader.read()?;
        if let Some(iteration) = finder.see(&operator) {
            short_loops.insert(steps.len() - iteration - 1, iteration);
        }
        let step = scanner.step(&operator);
        steps.push((operator, step));
    }
    let Scanner { graph, mut labels, .. } = scanner;
    mark_quiet_branches(&steps, &mut labels);
    Ok(Scan { steps, charges: graph.solve(), labels, short_loops })
}

/// Marks the labels that are branched to from within loops without calls.
fn mark_quiet_branches(steps: &[(Operator<'_>, Step)], labels: &mut [Label]) {
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut quiet = 0usize;
    for (operator, step) in steps {
        match (operator, step) {
            (_, Step::Drop) => {}
            (_, Step::Loop(_, label)) => {
                quiet += usize::from(!labels[*label].calls);
                open.push((*label, !labels[*label].calls));
            }
            (_, Step::Block(label) | Step::If(_, _, label)) => open.push((*label, false)),
            (_, Step::Join(..) | Step::LoopEnd(_)) => {
                quiet -= usize::from(open.pop().is_some_and(|(_, is_quiet)| is_quiet));
            }
            _ if quiet > 0 => {
                for depth in targets(operator) {
                    let at = open.len().checked_sub(1 + depth as usize);
                    if let Some((label, _)) = at.and_then(|at| open.get(at)) {
                        labels[*label].from_quiet_loop = true;
                    }
                }
            }
            _ => {}
        }
    }
}

/// The labels that an instruction branches to, by depth.
fn targets(operator: &Operator<'_>) -> Vec<u32> {
    match operator {
        Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => vec![*relative_depth],
        Operator::BrTable { targets } => targets.targets().flatten().chain([targets.default()]).collect(),
        _ => Vec::new(),
    }
}

struct Scanner<'s> {
    info: &'s ModuleInfo,
    prices: &'s PriceList,
    graph: Graph,
    frames: Vec<Frame>,
    /// The basic block that the next instruction belongs to, if it is reached.
    here: Option<Node>,
    /// How many blocks are open that began in code that is not reached.
    unreached: usize,
    labels: Vec<Label>,
    /// How many jump tables there were.
    tables: usize,
}

struct Frame {
    kind: Kind,
    /// Where branches to this frame lead, with the loops that are open around the target.
    target: Target,
    keep: usize,
    /// Whether a branch or the code before the end arrives at the target.
    arrives: bool,
    /// The last jump table that leads to the target, if one does.
    table: Option<usize>,
    label: usize,
    calls: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Function,
    Block,
    Loop,
    /// An `if` whose `else` has not come, with the basic block of the other edge.
    If(Node),
    Else,
}

impl<'s> Scanner<'s> {
    fn new(info: &'s ModuleInfo, prices: &'s PriceList) -> Self {
        let mut graph = Graph::default();
        let entry = graph.node();
        graph.begin(entry);
        graph.add_cost(entry, u64::from(prices.function));
        let mut scanner = Self {
            info,
            prices,
            graph,
            frames: Vec::new(),
            here: Some(entry),
            unreached: 0,
            labels: Vec::new(),
            tables: 0,
        };
        scanner.enter(Kind::Function, Target::Exit, 0, true);
        scanner
    }

    fn step(&mut self, operator: &Operator<'_>) -> Step {
        match self.here {
            Some(here) => self.reached(operator, here),
            None => self.not_reached(operator),
        }
    }

    fn not_reached(&mut self, operator: &Operator<'_>) -> Step {
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => self.unreached += 1,
            Operator::Else if self.unreached == 0 => return self.other_edge(),
            Operator::End if self.unreached == 0 => return self.end(),
            Operator::End => self.unreached -= 1,
            _ => {}
        }
        Step::Drop
    }

    fn reached(&mut self, operator: &Operator<'_>, here: Node) -> Step {
        self.graph.add_cost(here, self.cost(operator));
        match operator {
            Operator::Block { blockty } => return self.block(*blockty),
            Operator::Loop { .. } => return self.begin_loop(operator, here),
            Operator::If { blockty } => return self.fork(here, *blockty),
            Operator::Else => return self.other_edge(),
            Operator::End => return self.end(),
            Operator::Br { relative_depth } => self.leave(here, *relative_depth as usize),
            Operator::Return => self.leave(here, self.frames.len() - 1),
            Operator::BrIf { relative_depth } => return self.branch(here, *relative_depth as usize),
            Operator::BrTable { targets } => {
                self.tables += 1;
                for depth in targets.targets().chain([Ok(targets.default())]).flatten() {
                    self.jump(here, depth as usize);
                }
                self.here = None;
            }
            Operator::Unreachable => self.here = None,
            Operator::Call { function_index } => {
                if !self.info.is_imported(*function_index) {
                    self.graph.calls(here);
                }
                self.mark_call();
            }
            Operator::CallIndirect { .. } => self.mark_call(),
            // It may take long, and the counter may be another one behind it: see `Emitter::plain`.
            _ if self.prices.of(operator).sized.is_some() => self.mark_call(),
            _ => {}
        }
        Step::Keep
    }

    fn cost(&self, operator: &Operator<'_>) -> u64 {
        match operator {
            // Paid by its head, at each iteration.
            Operator::Loop { .. } => 0,
            Operator::Call { function_index } if self.info.is_imported(*function_index) => {
                self.prices.of(operator).fixed + u64::from(self.prices.host_call)
            }
            Operator::Call { function_index } => {
                self.prices.of(operator).fixed + self.info.prepaid(*function_index).unwrap_or(0)
            }
            _ => self.prices.of(operator).fixed,
        }
    }

    /// Opens a frame, and gives the number of its label.
    fn enter(&mut self, kind: Kind, target: Target, keep: usize, carries: bool) -> usize {
        let label = self.labels.len();
        self.labels.push(Label { carries, ..Label::default() });
        self.frames.push(Frame { kind, target, keep, arrives: false, table: None, label, calls: false });
        label
    }

    fn block(&mut self, ty: BlockType) -> Step {
        let (join, keep) = (self.graph.node(), self.graph.open_loops());
        Step::Block(self.enter(Kind::Block, Target::Node(join), keep, ty != BlockType::Empty))
    }

    fn begin_loop(&mut self, operator: &Operator<'_>, here: Node) -> Step {
        let head = self.graph.node();
        let keep = self.graph.open_loops();
        let index = self.graph.open_loop(head);
        self.graph.edge(here, Target::Enter(index), keep + 1);
        // Results leave a loop at its end only.
        let carries = matches!(operator, Operator::Loop { blockty: BlockType::FuncType(_) });
        let label = self.enter(Kind::Loop, Target::Iteration(index), keep + 1, carries);
        self.graph.begin(head);
        self.graph.add_cost(head, self.prices.of(operator).fixed);
        self.here = Some(head);
        Step::Loop(index, label)
    }

    fn fork(&mut self, here: Node, ty: BlockType) -> Step {
        let [then, other, join] = [(); 3].map(|()| self.graph.node());
        let keep = self.graph.open_loops();
        let forks = [then, other].map(|to| self.graph.edge(here, Target::Node(to), keep));
        let label = self.enter(Kind::If(other), Target::Node(join), keep, ty != BlockType::Empty);
        self.graph.begin(then);
        self.here = Some(then);
        Step::If(forks[0], forks[1], label)
    }

    fn other_edge(&mut self) -> Step {
        self.arrive();
        let frame = self.innermost();
        let Kind::If(other) = frame.kind else { return Step::Keep };
        frame.kind = Kind::Else;
        self.graph.begin(other);
        self.here = Some(other);
        Step::Keep
    }

    fn branch(&mut self, here: Node, depth: usize) -> Step {
        let (_, leaves_to) = self.label(depth);
        let asks_first = self.graph.asks_first(here, leaves_to);
        let taken = self.go(here, depth);
        let next = self.graph.node();
        let keep = self.graph.open_loops();
        let not_taken = self.graph.edge(here, Target::Node(next), keep);
        self.graph.begin(next);
        self.here = Some(next);
        Step::Branch(taken, not_taken, asks_first)
    }

    fn leave(&mut self, here: Node, depth: usize) {
        self.go(here, depth);
        self.here = None;
    }

    /// An edge of a jump table. Where several entries of one table lead to a label they are one edge.
    fn jump(&mut self, here: Node, depth: usize) {
        let at = self.frames.len() - 1 - depth;
        if self.frames[at].table == Some(self.tables) {
            return;
        }
        self.frames[at].table = Some(self.tables);
        let (target, keep) = self.label(depth);
        self.graph.pays_itself(target, keep);
        self.go(here, depth);
    }

    /// An edge to the label at this depth.
    fn go(&mut self, here: Node, depth: usize) -> EdgeId {
        let (target, keep) = self.label(depth);
        let at = self.frames.len() - 1 - depth;
        self.frames[at].arrives = true;
        self.graph.edge(here, target, keep)
    }

    fn label(&self, depth: usize) -> (Target, usize) {
        let frame = &self.frames[self.frames.len() - 1 - depth];
        (frame.target, frame.keep)
    }

    /// The code at the end of the innermost frame goes on to its join.
    fn arrive(&mut self) {
        if let Some(here) = self.here.take() {
            self.go(here, 0);
        }
    }

    fn end(&mut self) -> Step {
        match self.innermost().kind {
            Kind::Loop => return self.loop_end(),
            Kind::If(_) => {
                self.other_edge();
            }
            Kind::Function | Kind::Block | Kind::Else => {}
        }
        self.arrive();
        let Some(frame) = self.frames.pop() else { return Step::Keep };
        self.inherit(&frame);
        let Target::Node(join) = frame.target else { return Step::Keep };
        if !frame.arrives {
            return Step::Join(join, Arrival::Never);
        }
        self.graph.begin(join);
        self.here = Some(join);
        Step::Join(join, if frame.table.is_some() { Arrival::Unpaid } else { Arrival::Paid })
    }

    fn loop_end(&mut self) -> Step {
        let Some(frame) = self.frames.pop() else { return Step::Keep };
        self.inherit(&frame);
        let after = self.here.take().map(|here| {
            let after = self.graph.node();
            self.graph.edge(here, Target::Node(after), frame.keep - 1);
            after
        });
        self.graph.close_loop();
        let Some(after) = after else { return Step::LoopEnd(Arrival::Never) };
        self.graph.begin(after);
        self.here = Some(after);
        Step::LoopEnd(Arrival::Paid)
    }

    fn inherit(&mut self, inner: &Frame) {
        self.labels[inner.label].calls = inner.calls;
        if inner.calls && !self.frames.is_empty() {
            self.innermost().calls = true;
        }
    }

    fn mark_call(&mut self) {
        self.innermost().calls = true;
    }

    fn innermost(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("a valid function ends where its frame ends")
    }
}

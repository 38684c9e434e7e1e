//! Where charges go, so that every path costs what its instructions cost, in as few charges as can be.
//!
//! A function is a graph of basic blocks. Each block asks for what all that is certain to
//! follow it costs, up to the next iteration of a loop: that is its *need*. Whoever enters the function,
//! or begins an iteration of a loop, pays the need at once. Where paths part, what was paid is the
//! cheaper path's need, and the dearer one pays the difference on its edge. The sum along every path
//! is the sum of its instructions' prices, whatever the edges are that pay.
//!
//! Paths that end in `unreachable` do not lower a need: code that may panic is paid for as if it did
//! not.

/// A basic block: code without a branch in or out of its middle.
pub(crate) type Node = usize;
/// An edge from one basic block to another.
pub(crate) type EdgeId = usize;

/// Where loops are nested deeper than this nothing is hoisted, which bounds the pass's own work.
const MAX_NEST: usize = 64;

/// Where an edge leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// To a basic block that is not the head of a loop.
    Node(Node),
    /// Into this loop.
    Enter(usize),
    /// To the head of this loop, for the next iteration.
    Iteration(usize),
    /// Out of the function.
    Exit,
}

/// A function as a graph, built in the order of its code.
#[derive(Default)]
pub(crate) struct Graph {
    nodes: Vec<NodeData>,
    edges: Vec<Target>,
    loops: Vec<LoopData>,
    order: Vec<Step>,
    open: Vec<usize>,
    /// Whether loops are nested so deep that nothing is hoisted.
    deep: bool,
}

#[derive(Default)]
struct NodeData {
    cost: u64,
    edges: Vec<EdgeId>,
    /// Whether those who come here have paid nothing for it.
    pays_itself: bool,
}

struct LoopData {
    head: Node,
    /// How many loops are open around it.
    depth: usize,
    /// The last loop within it, itself where there is none.
    last: usize,
    /// Where edges lead that leave the loop and begin in no loop within it, and how many loops are open there.
    exits: Vec<(Target, usize)>,
    pays_itself: bool,
    /// Whether the head's only edge, beside the one out of the loop, is into the body.
    asks_first: bool,
    /// Whether the head calls a function, which checks.
    calls_first: bool,
}

enum Step {
    Node(Node),
    LoopEnd(usize),
}

/// Where a loop's iteration is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// At its head.
    Head,
    /// Behind its head's question.
    BehindQuestion,
    /// By a function that its head is certain to call.
    Callee,
}

/// The charges of a function.
pub(crate) struct Charges {
    /// At the function's entry.
    pub(crate) entry: u64,
    /// Whether every path through the function ends in `unreachable`.
    pub(crate) diverges: bool,
    /// For each edge.
    pub(crate) edges: Vec<u64>,
    /// At each iteration of each loop.
    pub(crate) loops: Vec<u64>,
    /// Where the iterations of each loop are checked.
    pub(crate) checks: Vec<Check>,
    /// For each basic block that pays for itself.
    pub(crate) nodes: Vec<u64>,
}

impl Graph {
    /// A new basic block that begins later.
    pub(crate) fn node(&mut self) -> Node {
        self.nodes.push(NodeData::default());
        self.nodes.len() - 1
    }

    /// The code of a basic block begins here.
    pub(crate) fn begin(&mut self, node: Node) {
        self.order.push(Step::Node(node));
    }

    /// The code of a basic block costs more.
    pub(crate) fn add_cost(&mut self, node: Node, cost: u64) {
        self.nodes[node].cost += cost;
    }

    /// An edge from a basic block to a target around which `keep` loops are open.
    pub(crate) fn edge(&mut self, from: Node, target: Target, keep: usize) -> EdgeId {
        self.edges.push(target);
        let edge = self.edges.len() - 1;
        self.nodes[from].edges.push(edge);
        if let Some(&innermost) = self.open.iter().take(MAX_NEST).skip(keep).next_back() {
            self.loops[innermost].exits.push((target, keep));
        }
        edge
    }

    /// How many loops are open.
    pub(crate) fn open_loops(&self) -> usize {
        self.open.len()
    }

    /// A loop with this basic block as its head begins.
    pub(crate) fn open_loop(&mut self, head: Node) -> usize {
        self.deep |= self.open.len() >= MAX_NEST;
        self.loops.push(LoopData {
            head,
            depth: self.open.len(),
            last: self.loops.len(),
            exits: Vec::new(),
            pays_itself: false,
            asks_first: false,
            calls_first: false,
        });
        self.open.push(self.loops.len() - 1);
        self.loops.len() - 1
    }

    /// The innermost loop ends.
    pub(crate) fn close_loop(&mut self) {
        if let Some(innermost) = self.open.pop() {
            self.order.push(Step::LoopEnd(innermost));
            self.loops[innermost].last = self.loops.len() - 1;
            let exits = &mut self.loops[innermost].exits;
            exits.sort_unstable();
            exits.dedup();
            if let Some(&around) = self.open.last() {
                self.loops[around].pays_itself |= self.loops[innermost].pays_itself;
            }
        }
    }

    /// If this basic block is the head of the innermost loop, and ends by asking whether to leave the loop
    /// to where `keep` loops are open: that loop.
    pub(crate) fn asks_first(&mut self, here: Node, keep: usize) -> Option<usize> {
        let innermost = *self.open.last()?;
        let data = &mut self.loops[innermost];
        let asks_first = data.head == here && keep < self.open.len();
        data.asks_first |= asks_first;
        asks_first.then_some(innermost)
    }

    /// This basic block calls a function that checks.
    pub(crate) fn calls(&mut self, here: Node) {
        if let Some(&innermost) = self.open.last() {
            self.loops[innermost].calls_first |= self.loops[innermost].head == here;
        }
    }

    /// Where a loop's iteration is checked.
    fn check(&self, data: &LoopData) -> Check {
        match data {
            LoopData { calls_first: true, .. } => Check::Callee,
            LoopData { asks_first: true, .. } if self.hoists(data) => Check::BehindQuestion,
            _ => Check::Head,
        }
    }

    /// Those who come to this target come by a jump table, on which nobody can pay: it pays itself.
    /// `keep` loops are open around it.
    pub(crate) fn pays_itself(&mut self, target: Target, keep: usize) {
        if let Target::Node(node) = target {
            self.nodes[node].pays_itself = true;
        }
        // Those around that one are told when it ends.
        if let Some(&innermost) = self.open.iter().take(keep.min(MAX_NEST)).next_back() {
            self.loops[innermost].pays_itself = true;
        }
    }

    /// Where the edges lead that leave a loop. Where loops are nested too deeply no edge is kept.
    fn exits(&self, index: usize) -> impl Iterator<Item = Target> {
        let data = &self.loops[index];
        let within = if data.depth < MAX_NEST { &self.loops[index..=data.last] } else { &[] };
        let exits = within.iter().flat_map(|inner| &inner.exits);
        let depth = data.depth;
        exits.filter(move |(_, keep)| *keep <= depth).map(|(target, _)| *target)
    }

    /// Whether code behind a loop is paid for before it.
    fn hoists(&self, data: &LoopData) -> bool {
        !self.deep && !data.pays_itself
    }

    /// Places the charges. The first basic block that began is the entry.
    pub(crate) fn solve(&self) -> Charges {
        let mut solution = Solution::new(self);
        for step in self.order.iter().rev() {
            match *step {
                Step::LoopEnd(index) => solution.hoist(index),
                Step::Node(node) => solution.place(node),
            }
        }
        solution.charges()
    }
}

/// Needs as they become known, from the end of the code to its beginning.
struct Solution<'g> {
    graph: &'g Graph,
    need: Vec<u64>,
    diverges: Vec<bool>,
    /// Whether each loop has no edge out.
    endless: Vec<bool>,
    /// What has been paid at each loop's iteration for the code behind the loop.
    hoisted: Vec<u64>,
    edges: Vec<u64>,
}

impl<'g> Solution<'g> {
    fn new(graph: &'g Graph) -> Self {
        Self {
            graph,
            need: vec![0; graph.nodes.len()],
            diverges: vec![false; graph.nodes.len()],
            endless: vec![false; graph.loops.len()],
            hoisted: vec![0; graph.loops.len()],
            edges: vec![0; graph.edges.len()],
        }
    }

    /// What one who comes to a target must have paid.
    fn need(&self, target: Target) -> u64 {
        match target {
            Target::Node(node) if self.graph.nodes[node].pays_itself => 0,
            Target::Node(node) => self.need[node],
            Target::Enter(index) | Target::Iteration(index) => self.hoisted[index],
            Target::Exit => 0,
        }
    }

    fn diverges(&self, target: Target) -> bool {
        match target {
            Target::Node(node) => self.diverges[node],
            Target::Enter(index) => self.endless[index],
            Target::Iteration(_) | Target::Exit => false,
        }
    }

    /// The least that one must have paid, of the targets that do not diverge.
    fn least(&self, targets: impl Iterator<Item = Target>) -> Option<u64> {
        targets.filter(|&target| !self.diverges(target)).map(|target| self.need(target)).min()
    }

    /// Code that is certain to follow a loop is paid for before it. So is the head of a loop that
    /// asks first: each iteration then pays once, for its body and the next question.
    fn hoist(&mut self, index: usize) {
        let data = &self.graph.loops[index];
        let behind = self.least(self.graph.exits(index));
        self.endless[index] = behind.is_none();
        if self.graph.hoists(data) {
            let head = if data.asks_first { self.graph.nodes[data.head].cost } else { 0 };
            self.hoisted[index] = behind.unwrap_or(0) + head;
        }
    }

    fn place(&mut self, node: Node) {
        let data = &self.graph.nodes[node];
        let targets = || data.edges.iter().map(|&edge| self.graph.edges[edge]);
        let least = self.least(targets());
        let rest = least.or_else(|| targets().map(|target| self.need(target)).min()).unwrap_or(0);
        for &edge in &data.edges {
            self.edges[edge] = self.need(self.graph.edges[edge]).saturating_sub(rest);
        }
        self.diverges[node] = least.is_none();
        self.need[node] = data.cost + rest;
    }

    fn charges(self) -> Charges {
        let iterations = self.graph.loops.iter().zip(&self.hoisted);
        let loops = iterations.map(|(data, &hoisted)| self.need[data.head] - hoisted).collect();
        let entry = self.graph.order.iter().find_map(|step| match step {
            Step::Node(node) => Some(*node),
            Step::LoopEnd(_) => None,
        });
        let diverges = entry.is_some_and(|node| self.diverges[node]);
        let entry = entry.map_or(0, |node| self.need[node]);
        let checks = self.graph.loops.iter().map(|data| self.graph.check(data)).collect();
        Charges { entry, diverges, edges: self.edges, loops, checks, nodes: self.need }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A branch table may have a million edges, and be in as many loops as are looked at.
    #[test]
    fn an_edge_out_of_many_loops_is_kept_once() {
        let mut graph = Graph::default();
        let here = graph.node();
        graph.begin(here);
        for _ in 0..MAX_NEST {
            graph.open_loop(here);
        }
        for _ in 0..1000 {
            graph.edge(here, Target::Exit, 0);
        }
        let kept: usize = graph.loops.iter().map(|data| data.exits.len()).sum();
        assert_eq!(kept, 1000);
        (0..MAX_NEST).for_each(|_| graph.close_loop());
        assert!((0..MAX_NEST).all(|index| graph.exits(index).eq([Target::Exit])));
    }
}

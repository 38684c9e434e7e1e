//! Which functions count depth: those that a chain of calls can come to twice.
//!
//! All others stand in a chain at most once, so that what they take is known beforehand. A call through
//! the table may be one of any function that is referenced.

use crate::depth::{Depth, Depths};
use crate::module_info::ModuleInfo;

impl Depths {
    /// Finds the cycles among all functions.
    pub(crate) fn of(info: &ModuleInfo) -> Self {
        let mut search = Search::new(info);
        for root in 0..search.graph.len() {
            search.visit_from(root);
        }
        let own = search.cyclic.iter().zip(&search.weights);
        let counted = own.filter(|(cyclic, _)| **cyclic).map(|(_, weight)| *weight).max().unwrap_or(0);
        let chain = search.chain.iter().copied().max().unwrap_or(0);
        // The memory's size is asked for by a call.
        let fixed_depth = chain.saturating_add(counted).saturating_add(u32::from(info.asks_size));
        let of = (0..search.graph.len()).map(|node| search.depth(node)).collect();
        Self { of, fixed_depth: fixed_depth.max(1) }
    }
}

/// A search for cycles of calls. Functions are nodes by their index, and behind them stands one that
/// is called where the table is, and calls all that are referenced.
struct Search {
    graph: Vec<Vec<usize>>,
    weights: Vec<u32>,
    /// When a node was found, counted from 1; 0 before.
    found: Vec<usize>,
    /// The first found node that it leads back to.
    low: Vec<usize>,
    open: Vec<usize>,
    is_open: Vec<bool>,
    count: usize,
    cyclic: Vec<bool>,
    counts_below: Vec<bool>,
    /// The dearest chain of nodes that are in no cycle.
    chain: Vec<u32>,
}

impl Search {
    fn new(info: &ModuleInfo) -> Self {
        let table = info.functions.len() + info.thunks.len();
        let mut graph = vec![Vec::new(); table + 1];
        let mut weights = vec![0; table + 1];
        for (body, node) in info.bodies.iter().zip(info.imported as usize..) {
            graph[node].extend(body.callees.iter().map(|&callee| callee as usize));
            graph[node].extend(body.calls_table.then_some(table));
            weights[node] = body.weight;
        }
        for (&function, &thunk) in &info.thunks {
            weights[thunk as usize] = info.thunk_weight(function);
            graph[thunk as usize].push(function as usize);
        }
        let target = |function: &u32| info.thunks.get(function).copied().unwrap_or(*function) as usize;
        graph[table] = info.referenced.iter().map(target).collect();
        let nodes = graph.len();
        Self {
            graph,
            weights,
            found: vec![0; nodes],
            low: vec![0; nodes],
            open: Vec::new(),
            is_open: vec![false; nodes],
            count: 0,
            cyclic: vec![false; nodes],
            counts_below: vec![false; nodes],
            chain: vec![0; nodes],
        }
    }

    fn depth(&self, node: usize) -> Depth {
        match (self.cyclic[node], self.counts_below[node]) {
            (true, _) => Depth::Counted(self.weights[node]),
            (false, true) => Depth::Passed,
            (false, false) => Depth::Ignored,
        }
    }

    /// Tarjan's search, without recursion: chains of calls can be long.
    fn visit_from(&mut self, root: usize) {
        let mut path = Vec::new();
        self.enter(root, &mut path);
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            if let Some(&callee) = self.graph[node].get(*next) {
                *next += 1;
                match self.found[callee] {
                    0 => self.enter(callee, &mut path),
                    found if self.is_open[callee] => self.low[node] = self.low[node].min(found),
                    _ => {}
                }
                continue;
            }
            path.pop();
            if let Some((caller, _)) = path.last() {
                self.low[*caller] = self.low[*caller].min(self.low[node]);
            }
            if self.low[node] == self.found[node] {
                self.close(node);
            }
        }
    }

    fn enter(&mut self, node: usize, path: &mut Vec<(usize, usize)>) {
        if self.found[node] != 0 {
            return;
        }
        self.count += 1;
        (self.found[node], self.low[node]) = (self.count, self.count);
        self.open.push(node);
        self.is_open[node] = true;
        path.push((node, 0));
    }

    /// All nodes found since this one lead back to it and to each other.
    fn close(&mut self, first: usize) {
        let at = self.open.iter().rposition(|&node| node == first).unwrap_or(0);
        let cycle = self.open.split_off(at);
        let cyclic = cycle.len() > 1 || self.graph[first].contains(&first);
        cycle.iter().for_each(|&node| self.is_open[node] = false);
        let callees = || cycle.iter().flat_map(|&node| &self.graph[node]).copied();
        let counts = cyclic || callees().any(|callee| self.counts_below[callee]);
        let below = callees().map(|callee| self.chain[callee]).max().unwrap_or(0);
        for node in cycle {
            self.cyclic[node] = cyclic;
            self.counts_below[node] = counts;
            self.chain[node] = if cyclic { below } else { below.saturating_add(self.weights[node]) };
        }
    }
}

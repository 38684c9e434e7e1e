//! The calls of a module: who calls whom, and who may be called twice in one chain.

use crate::error::AotError;
use crate::module::Module;
use wasmparser::Operator;

/// The calls of a module. Nodes are its functions, and behind them one node for each type: the calls through the table.
pub struct Graph {
    /// What each node calls.
    pub callees: Vec<Vec<usize>>,
    /// Whether a chain of calls can come to a node twice.
    pub recursive: Vec<bool>,
    /// Whether a chain of calls from a node, itself included, can come to one that is recursive.
    pub reaches: Vec<bool>,
}

impl Graph {
    /// Finds all calls.
    ///
    /// # Errors
    /// [`AotError::Invalid`] for code that cannot be read.
    pub fn of(module: &Module<'_>) -> Result<Self, AotError> {
        let functions = module.functions.len();
        let mut callees = vec![Vec::new(); functions + module.types.len()];
        for (at, body) in module.bodies.iter().enumerate() {
            let found = &mut callees[module.imports.len() + at];
            for operator in body.get_operators_reader()? {
                match operator? {
                    Operator::Call { function_index } => found.push(function_index as usize),
                    Operator::CallIndirect { type_index, .. } => {
                        found.push(functions + module.canonical_type(type_index) as usize);
                    }
                    _ => {}
                }
            }
            found.sort_unstable();
            found.dedup();
        }
        for ty in 0..module.types.len() {
            callees[functions + ty] = module.elements(ty as u32).map(|(_, to)| to as usize).collect();
        }
        let recursive = recursive(&callees);
        let reaches = reaches(&callees, &recursive);
        Ok(Self { callees, recursive, reaches })
    }
}

/// Which nodes are in a cycle, or can come to one.
fn reaches(callees: &[Vec<usize>], recursive: &[bool]) -> Vec<bool> {
    let mut callers = vec![Vec::new(); callees.len()];
    for (from, to) in callees.iter().enumerate().flat_map(|(from, all)| all.iter().map(move |to| (from, *to)))
    {
        callers[to].push(from);
    }
    let mut reaches = recursive.to_vec();
    let mut open: Vec<usize> = (0..callees.len()).filter(|node| recursive[*node]).collect();
    while let Some(node) = open.pop() {
        for caller in &callers[node] {
            if !std::mem::replace(&mut reaches[*caller], true) {
                open.push(*caller);
            }
        }
    }
    reaches
}

/// Which nodes are in a cycle: Tarjan's strongly connected components, without recursion.
fn recursive(callees: &[Vec<usize>]) -> Vec<bool> {
    const NEW: usize = usize::MAX;
    let mut order = vec![NEW; callees.len()];
    let mut low = vec![0; callees.len()];
    let mut is_open = vec![false; callees.len()];
    let mut found = vec![false; callees.len()];
    let (mut open, mut next) = (Vec::new(), 0);
    for root in 0..callees.len() {
        let mut path = vec![(root, 0)];
        while let Some((node, edge)) = path.pop() {
            if edge == 0 {
                if order[node] != NEW {
                    continue;
                }
                (order[node], low[node], is_open[node]) = (next, next, true);
                next += 1;
                open.push(node);
            } else {
                let to = callees[node][edge - 1];
                if is_open[to] {
                    low[node] = low[node].min(low[to]);
                }
            }
            if let Some(to) = callees[node].get(edge) {
                path.push((node, edge + 1));
                if order[*to] == NEW {
                    path.push((*to, 0));
                }
                continue;
            }
            if low[node] != order[node] {
                continue;
            }
            let first = open.iter().rposition(|one| *one == node).unwrap_or(0);
            let members = open.split_off(first);
            for member in &members {
                is_open[*member] = false;
                found[*member] = members.len() > 1 || callees[*member].contains(member);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_to_a_cycle_is_found_and_what_a_cycle_leads_to_is_not_in_it() {
        // 0 calls 1, which calls 2, which calls 3 and itself. 4 calls 3.
        let callees = [vec![1], vec![2], vec![2, 3], vec![], vec![3]];
        let recursive = recursive(&callees);
        assert_eq!(recursive, [false, false, true, false, false]);
        assert_eq!(reaches(&callees, &recursive), [true, true, true, false, false]);
    }
}

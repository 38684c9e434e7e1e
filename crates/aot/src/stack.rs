//! The native stack that an image takes, from the frames of its functions and from who calls whom.

use crate::elf::Function;
use crate::error::AotError;
use crate::graph::Graph;
use crate::library::{Library, branches, frame_of};
use aingle_wasm_image::Stack;
use std::collections::HashMap;

/// What the entry takes besides its frame: the call of the host's function, in bytes.
const ENTRY: u32 = 32;

/// The frames of the emitted functions, by node of the graph, and what the others take.
struct Frames {
    nodes: Vec<u32>,
    /// The frames of `enter` and `dispatch`, which are entered once.
    entry: u32,
    /// The dearest chain of library functions.
    library: u32,
}

/// The stack that calls of these functions take.
///
/// # Errors
/// [`AotError::Stack`] if the frame of a function is not known, or if it calls what it does not call in the module.
pub fn bound(
    graph: &Graph,
    functions: usize,
    callable: &[u32],
    linked: &[Function],
    said: &[(String, u32)],
    thumb: bool,
) -> Result<Stack, AotError> {
    let frames = Frames::of(graph, functions, linked, said, thumb)?;
    let mut known = vec![None; graph.callees.len()];
    let mut longest = 0;
    for function in callable {
        let function = *function as usize;
        // A function that can be called twice is counted with those that recursion nests.
        if !graph.recursive[function] {
            longest = longest.max(segment(graph, &frames.nodes, function, &mut known));
        }
    }
    let nodes = 0..graph.callees.len();
    let per_depth = nodes
        .filter(|node| graph.recursive[*node])
        .map(|node| segment(graph, &frames.nodes, node, &mut known))
        .max()
        .unwrap_or(0);
    // Behind the last function that passed a check, with its frame or just before it took it, a call through the table and one more
    // function are entered. With limits, it is one more than they allow.
    let fixed = ENTRY + frames.entry + frames.library + longest + 3 * per_depth;
    Ok(Stack { fixed, per_depth })
}

/// A node's frame, and those of the dearest chain from it through nodes that no chain comes to twice.
fn segment(graph: &Graph, frames: &[u32], node: usize, known: &mut [Option<u32>]) -> u32 {
    let mut path = vec![(node, 0, 0)];
    loop {
        let Some((node, edge, longest)) = path.pop() else { return 0 };
        let value = match graph.callees[node].get(edge) {
            Some(to) if graph.recursive[*to] => {
                path.push((node, edge + 1, longest));
                continue;
            }
            Some(to) => match known[*to] {
                Some(found) => {
                    path.push((node, edge + 1, longest.max(found)));
                    continue;
                }
                None => {
                    path.push((node, edge, longest));
                    path.push((*to, 0, 0));
                    continue;
                }
            },
            None => frames[node] + longest,
        };
        known[node] = Some(value);
        if path.is_empty() {
            return value;
        }
    }
}

impl Frames {
    fn of(
        graph: &Graph,
        functions: usize,
        linked: &[Function],
        said: &[(String, u32)],
        thumb: bool,
    ) -> Result<Self, AotError> {
        let said: HashMap<&str, u32> = said.iter().map(|(name, bytes)| (&name[..], *bytes)).collect();
        let mut frames = Self { nodes: vec![0; graph.callees.len()], entry: 0, library: 0 };
        let (mut library, mut nodes) = (Library::default(), HashMap::new());
        let refused = |function: &Function| AotError::Stack { function: function.name.clone() };
        for function in linked {
            let bytes = said.get(&function.name[..]).copied().or_else(|| frame_of(function, thumb));
            let bytes = bytes.ok_or_else(|| refused(function))?;
            let node = node(&function.name, functions).filter(|node| *node < graph.callees.len());
            // Several names of one function are one function.
            if nodes.insert(function.address, node).is_some() {
                continue;
            }
            match node {
                // A part that was split off is called by the rest.
                Some(node) => frames.nodes[node] += bytes,
                None if is_entry(&function.name) => frames.entry += bytes,
                None => library.add(function, bytes, thumb),
            }
        }
        frames.library = library.longest();
        for function in linked {
            let Some(from) = nodes.get(&function.address).copied().flatten() else { continue };
            let found = branches(function, thumb);
            let called = found.targets.iter().filter_map(|target| nodes.get(target).copied().flatten());
            let strange = called.filter(|to| *to != from).any(|to| !reaches(graph, from, to));
            if strange || found.indirect {
                return Err(refused(function));
            }
        }
        Ok(frames)
    }
}

/// Whether calls can lead from a node to another. What was inlined between them has its frame in the first.
fn reaches(graph: &Graph, from: usize, to: usize) -> bool {
    let (mut seen, mut open) = (vec![false; graph.callees.len()], vec![from]);
    while let Some(node) = open.pop() {
        for next in &graph.callees[node] {
            if *next == to {
                return true;
            }
            if !std::mem::replace(&mut seen[*next], true) {
                open.push(*next);
            }
        }
    }
    false
}

/// Whether this is one of the functions through which the code is entered.
fn is_entry(name: &str) -> bool {
    name == "enter" || name.contains("_5image8dispatch")
}

/// The node of an emitted function, by its mangled name: the crate is called `image`.
fn node(name: &str, functions: usize) -> Option<usize> {
    let path = name.split_once("_5image")?.1;
    let path = path.split('.').next()?;
    let ident = path.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = |prefix: &str| ident.strip_prefix(prefix)?.parse::<usize>().ok();
    number("indirect").map(|ty| functions + ty).or_else(|| number("f"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_added_up_and_cycles_counted_once() {
        // 0 calls 1 and 2; 1 calls 3; 2 calls itself and 3.
        let callees = vec![vec![1, 2], vec![3], vec![2, 3], vec![]];
        let graph = Graph { callees, recursive: vec![false, false, true, false], reaches: vec![] };
        let said = [
            ("enter", 40),
            ("_RNvCs1_5image2f0", 10),
            ("_RNvCs1_5image2f1", 20),
            ("_RNvCs1_5image2f2", 40),
            ("other", 3),
        ];
        let said: Vec<_> = said.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes)).collect();
        let function = |(at, (name, _)): (usize, &(String, u32))| Function {
            name: name.clone(),
            address: at as u32,
            size: 1,
            code: vec![],
        };
        let mut linked: Vec<_> = said.iter().enumerate().map(function).collect();
        // A part of the first function.
        linked.push(Function {
            name: "_RNvCs1_5image2f0.cold".into(),
            address: 20,
            size: 2,
            code: vec![(20, vec![0x10, 0xb4])],
        });
        // push {r4, lr}: the compiler has said nothing of it.
        linked.push(Function {
            name: "_RNvCs1_5image2f3".into(),
            address: 30,
            size: 2,
            code: vec![(30, vec![0x10, 0xb5])],
        });
        let stack = bound(&graph, 4, &[0, 2], &linked, &said, true).unwrap();
        assert_eq!(stack, Stack { fixed: ENTRY + 40 + 3 + 10 + 4 + 20 + 8 + 3 * 48, per_depth: 48 });
        // bl to the function at address 1, from one that does not call it in the module.
        linked.push(Function {
            name: "_RNvCs1_5image2f3.part".into(),
            address: 40,
            size: 4,
            code: vec![(41, vec![0xff, 0xf7, 0xea, 0xff])],
        });
        let strange = bound(&graph, 4, &[0, 2], &linked, &said, true);
        assert!(matches!(strange, Err(AotError::Stack { .. })), "{strange:?}");
    }
}

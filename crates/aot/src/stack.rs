//! The native stack that an image takes, from the frames of its functions and from who calls whom.

use crate::elf::Function;
use crate::error::AotError;
use crate::frame;
use crate::graph::Graph;
use aingle_wasm_image::Stack;
use std::collections::HashMap;

/// What `enter` saves, at most, in bytes.
const ENTRY: u32 = 112;

/// The frames of the emitted functions, by node of the graph, and those of all other functions together.
struct Frames {
    nodes: Vec<u32>,
    /// A chain of calls comes to each of them once at most, so their sum is a bound.
    others: u32,
}

/// The stack that calls of these functions take.
///
/// # Errors
/// [`AotError::Stack`] if the frame of a function is not known.
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
    // Of functions that call themselves, one more is entered than the limit allows, and one checks the stack after it took its frame.
    let fixed = ENTRY + frames.others + longest + 2 * per_depth;
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
        let mut frames = Self { nodes: vec![0; graph.callees.len()], others: 0 };
        // Several names of one function are one function.
        let mut seen = HashMap::new();
        for function in linked {
            let bytes = match said.get(&function.name[..]) {
                Some(bytes) => Some(*bytes),
                None => {
                    let pieces = function.code.iter();
                    let read = if thumb { frame::thumb } else { frame::riscv };
                    pieces.map(|code| read(code)).try_fold(0_u32, |sum, piece| sum.checked_add(piece?))
                }
            };
            let bytes = bytes.ok_or_else(|| AotError::Stack { function: function.name.clone() })?;
            match node(&function.name, functions) {
                _ if seen.insert(function.address, ()).is_some() => {}
                // A part that was split off is called by the rest.
                Some(at) if at < frames.nodes.len() => frames.nodes[at] += bytes,
                _ => frames.others += bytes,
            }
        }
        Ok(frames)
    }
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
        let graph = Graph { callees, recursive: vec![false, false, true, false] };
        let said =
            [("_RNvCs1_5image2f0", 10), ("_RNvCs1_5image2f1", 20), ("_RNvCs1_5image2f2", 40), ("other", 3)];
        let said: Vec<_> = said.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes)).collect();
        let function = |(at, (name, _)): (usize, &(String, u32))| Function {
            name: name.clone(),
            address: at as u32,
            code: vec![],
        };
        let mut linked: Vec<_> = said.iter().enumerate().map(function).collect();
        // A part of the first function.
        linked.push(Function {
            name: "_RNvCs1_5image2f0.cold".into(),
            address: 8,
            code: vec![vec![0x10, 0xb4]],
        });
        // push {r4, lr}: the compiler has said nothing of it.
        linked.push(Function { name: "_RNvCs1_5image2f3".into(), address: 9, code: vec![vec![0x10, 0xb5]] });
        let stack = bound(&graph, 4, &[0, 2], &linked, &said, true).unwrap();
        assert_eq!(stack, Stack { fixed: ENTRY + 3 + 10 + 4 + 20 + 8 + 2 * 48, per_depth: 48 });
    }
}

//! How deep the calls of a guest can reach into the native stack, and how large wasm3's own stack may thus
//! be.
//!
//! Each call takes native stack, and wasm3 counts only slots of its own stack. A function without
//! parameters, locals and constants takes one slot, so that a bound by slots alone would have to assume
//! that every function is such a one. So the graph of calls is looked at. For a price of a slot, in bytes
//! of native stack, the dearest chain of calls is sought, where each function costs what it takes of the
//! native stack and earns back the price of its slots. If no circle of calls gains, there is a dearest
//! chain, and no chain that fits wasm3's stack takes more native stack than that chain's gain and the
//! price of all slots. Where no calls go in circles, a price of nothing will do.

use super::instructions::{Instructions, Step};
use super::layout::Layout;
use super::sys::CONSTANTS;
use super::types::Types;
use super::vectors::{collect, reserve};
use crate::LoadError;
use alloc::vec::Vec;

/// The native stack that one call of a guest's function takes, in bytes: the C frames of `op_Call` or
/// `op_CallIndirect` and of `op_Entry`. Measured 128 with gcc -O2 and -O3 on x86-64; on Cortex-M3 64 with -Os, and 104
/// with frame pointers besides.
const CALL_FRAME: u32 = if cfg!(target_pointer_width = "64") { 192 } else { 128 };

/// The native stack that one loop takes, in bytes: until its function returns, because what follows a
/// loop runs inside it. Measured 48 and 56.
const LOOP_FRAME: u32 = 64;

/// The native stack that the compiler takes for one level of nesting, in bytes. Measured 256 and 152.
const NESTING_FRAME: u32 = if cfg!(target_pointer_width = "64") { 320 } else { 192 };

/// The native stack that an entry, a compilation and the crossing to a host function take besides.
const FIXED: u32 = 1024;

/// After so many rounds over the graph a chain of calls counts as endless.
const ROUNDS: u32 = 32;

/// The graph of calls. Its nodes are the functions, and behind them the types: a call through the table is
/// one of its type, which calls every function of that type in the table.
pub(super) struct Depth {
    nodes: Vec<Node>,
    calls: Vec<Call>,
    /// For each node, the call of it that was added last.
    latest: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Node {
    /// The native stack that it takes if it calls nothing.
    native: u32,
    /// The native stack that its compilation takes, which comes before it gets its slots.
    compilation: u32,
    /// The slots between its frame and that of a function that it calls, at least.
    slots: u32,
}

#[derive(Clone, Copy)]
struct Call {
    from: u32,
    to: u32,
    /// The native stack that the caller takes while it calls.
    native: u32,
}

impl Depth {
    /// Reads all functions of a module, the imported ones having these types.
    ///
    /// # Errors
    /// [`LoadError::Invalid`] and [`LoadError::Unsupported`] for code that is not what wasm3 has, and
    /// [`LoadError::OutOfMemory`].
    pub fn of(
        layout: &Layout<'_>,
        types: &Types<'_>,
        imports: impl Iterator<Item = u32>,
    ) -> Result<Self, LoadError> {
        let functions = collect(imports.map(Ok).chain(layout.functions()))?;
        let bodies = layout.functions().left()? as usize;
        let mut depth = Self { nodes: Vec::new(), calls: Vec::new(), latest: Vec::new() };
        let nodes = functions.len() + types.len();
        reserve(&mut depth.nodes, nodes)?;
        depth.nodes.resize(nodes, Node::default());
        reserve(&mut depth.latest, nodes)?;
        depth.latest.resize(nodes, u32::MAX);
        let type_node = |ty: u32| Ok(functions.len() as u32 + types.first(ty)?);
        for (body, at) in layout.bodies().zip(functions.len() - bodies..) {
            let body = body?;
            let params = functions.get(at).and_then(|ty| types.get(*ty));
            let params = params.map_or(0, |ty| ty.params.len());
            let constants = body.instructions.seeming_constants().min(CONSTANTS);
            let slots = (params + usize::from(body.locals) + constants) as u32;
            depth.add(at as u32, slots, body.instructions, type_node)?;
        }
        for element in layout.elements() {
            for function in element?.functions() {
                let to = function?;
                let from = functions.get(to as usize).map_or(Ok(0), |ty| type_node(*ty))?;
                depth.push(Call { from, to, native: 0 })?;
            }
        }
        depth.latest = Vec::new();
        Ok(depth)
    }

    /// How many slots wasm3's stack may have, so that it is exhausted before the native stack is.
    ///
    /// # Errors
    /// [`LoadError::Engine`] when the native stack does not suffice for one call.
    pub fn stack_slots(&self, stack_size: u32, native_stack: u32) -> Result<u32, LoadError> {
        let wanted = stack_size / 8;
        // The last call may be one that finds no slots any more.
        let left = u64::from(native_stack.saturating_sub(FIXED + CALL_FRAME));
        let mut slots = 0;
        // At the highest price there is an end to every chain; below some price there is none to some. The
        // two bounds close in on that one.
        let (mut low, mut high) = (0, self.highest_price());
        let mut price = high;
        while slots < wanted {
            match self.dearest_chain(price)? {
                Some(chain) => {
                    slots = slots.max(affordable(left, chain, price).min(wanted));
                    high = price;
                }
                None => low = price + 1,
            }
            if low >= high {
                break;
            }
            price = low + (high - low) / 2;
        }
        if slots < 16 {
            return Err(LoadError::Engine { reason: "the stack is too small for the module's code" });
        }
        Ok(slots)
    }

    /// At this price no function costs more than its slots earn.
    fn highest_price(&self) -> u32 {
        let price = |node: &Node| node.native.div_ceil(node.slots.max(1));
        self.nodes.iter().map(price).max().unwrap_or_default()
    }

    /// What the dearest chain of calls costs, its slots at this price deducted; nothing where there seems
    /// to be no end to it.
    fn dearest_chain(&self, price: u32) -> Result<Option<u64>, LoadError> {
        let earned = |node: &Node| i64::from(price) * i64::from(node.slots);
        let alone = |node: &Node| (i64::from(node.native) - earned(node)).max(node.compilation.into());
        let mut costs = collect(self.nodes.iter().map(|node| Ok(alone(node))))?;
        for _ in 0..ROUNDS {
            let mut settled = true;
            for call in self.calls.iter().rev() {
                let (from, to) = (call.from as usize, call.to as usize);
                let (Some(caller), Some(&callee)) = (self.nodes.get(from), costs.get(to)) else { continue };
                let cost = i64::from(call.native) - earned(caller) + callee;
                settled &= cost <= costs[from];
                costs[from] = costs[from].max(cost);
            }
            if settled {
                return Ok(Some(costs.into_iter().max().unwrap_or_default().max(0) as u64));
            }
        }
        Ok(None)
    }

    fn add(
        &mut self,
        from: u32,
        slots: u32,
        instructions: Instructions<'_>,
        type_node: impl Fn(u32) -> Result<u32, LoadError>,
    ) -> Result<(), LoadError> {
        let (mut native, mut nesting, mut deepest) = (CALL_FRAME, 1_u32, 1);
        let first = self.calls.len();
        for step in instructions {
            let to = match step? {
                Step::Call(function) => function,
                Step::CallIndirect(ty) => type_node(ty)?,
                step => {
                    nesting = match step {
                        Step::Block | Step::Loop => nesting.saturating_add(1),
                        Step::End => nesting.saturating_sub(1),
                        _ => nesting,
                    };
                    deepest = deepest.max(nesting);
                    native = native.saturating_add(if step == Step::Loop { LOOP_FRAME } else { 0 });
                    continue;
                }
            };
            // Loops only add up, so a later call of the same function is the dearer one.
            let latest = self.latest.get(to as usize).map_or(usize::MAX, |latest| *latest as usize);
            match self.calls[first..].get_mut(latest.wrapping_sub(first)) {
                Some(call) => call.native = native,
                None => {
                    let added = self.calls.len() as u32;
                    if let Some(latest) = self.latest.get_mut(to as usize) {
                        *latest = added;
                    }
                    self.push(Call { from, to, native })?;
                }
            }
        }
        if let Some(node) = self.nodes.get_mut(from as usize) {
            // wasm3 puts frames at least one slot apart.
            *node = Node { native, compilation: deepest.saturating_mul(NESTING_FRAME), slots: slots.max(1) };
        }
        Ok(())
    }

    fn push(&mut self, call: Call) -> Result<(), LoadError> {
        reserve(&mut self.calls, 1)?;
        self.calls.push(call);
        Ok(())
    }
}

/// How many slots are left over by a chain of calls, at this price.
fn affordable(left: u64, chain: u64, price: u32) -> u32 {
    let Some(left) = left.checked_sub(chain) else { return 0 };
    left.checked_div(price.into()).map_or(u32::MAX, |slots| slots.min(u32::MAX.into()) as u32)
}

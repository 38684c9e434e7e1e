//! What a function's frame takes of a stack, on the engine where it takes most.

use crate::module_info::BodyFacts;
use crate::short::{self, Finder};
use aingle_wasm_types::metering::DEPTH_BYTES;
use wasmparser::Operator;

/// What a frame costs an interpreter beside the function's own slots, in bytes: the pass's locals,
/// operands and constants, and the interpreter's own.
const FRAME_BYTES: u64 = 128;
/// The bytes of a slot.
const SLOT_BYTES: u64 = 8;
/// The bytes that a loop stands for: some interpreters recurse for it until the function returns.
const LOOP_BYTES: u64 = 64;
/// Some interpreters keep a function's constants in its frame, up to this many.
const MAX_CONSTANT_SLOTS: u64 = 128;
/// So much is more than any limit, and can be taken from it without wrapping.
const MAX_WEIGHT: u32 = 1 << 30;
/// So many instructions stand for a byte: compilers keep values for later which no operand holds.
const INSTRUCTIONS_PER_BYTE: u64 = 2;

/// The measure of a frame.
#[derive(Default)]
pub(crate) struct FrameEstimate {
    /// The most operands, and above them a slot for each call since there were none: an interpreter puts
    /// each call's result above all others.
    slots: u64,
    drift: u64,
    constants: u64,
    loops: u64,
    instructions: u64,
    short_loops: Finder,
}

impl FrameEstimate {
    /// That of a function that does nothing but pass its parameters on.
    pub(crate) fn passing_on(params: usize) -> Self {
        Self { slots: params as u64 + 1, ..Self::default() }
    }

    pub(crate) fn before(&mut self, operator: &Operator<'_>, height: u32, reachable: bool) {
        if reachable && height == 0 {
            self.drift = 0;
        }
        self.instructions += 1;
        // The pass charges where edges part, at most a constant for each edge.
        self.constants += match operator {
            Operator::I32Const { .. } | Operator::I64Const { .. } => 1,
            Operator::F32Const { .. } | Operator::F64Const { .. } => 1,
            Operator::V128Const { .. } | Operator::If { .. } | Operator::BrIf { .. } => 2,
            Operator::BrTable { targets } => 1 + u64::from(targets.len()),
            _ => 0,
        };
        // The pass writes a short loop as two, and its iteration several times.
        if let Some(iteration) = self.short_loops.see(operator) {
            self.loops += 1;
            self.constants += short::ITERATIONS as u64;
            self.instructions += (iteration * short::ITERATIONS) as u64;
        }
        match operator {
            Operator::Call { .. } | Operator::CallIndirect { .. } => self.drift += 1,
            Operator::Loop { .. } => self.loops += 1,
            _ => {}
        }
    }

    pub(crate) fn after(&mut self, height: u32) {
        self.slots = self.slots.max(u64::from(height) + self.drift);
    }

    pub(crate) fn facts(&self, locals_and_results: u64) -> BodyFacts {
        let slots = locals_and_results + self.slots + self.constants.min(MAX_CONSTANT_SLOTS);
        let bytes = FRAME_BYTES
            + SLOT_BYTES * slots
            + LOOP_BYTES * self.loops
            + self.instructions / INSTRUCTIONS_PER_BYTE;
        let weight = bytes.div_ceil(u64::from(DEPTH_BYTES));
        BodyFacts {
            weight: u32::try_from(weight).unwrap_or(MAX_WEIGHT).min(MAX_WEIGHT),
            ..BodyFacts::default()
        }
    }
}

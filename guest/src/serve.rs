//! Serves a call: hands the call state to the code that answers.

use crate::call::{Answer, Run, answer};
use crate::outgoing;
use crate::raw::with_runtime;
use crate::runtime::Runtime;
use aingle_wasm_types::{Packed, control_block};

/// What an export's shim calls.
pub fn serve(ptr: u32, len: u32, run: Run) -> u64 {
    with_runtime(|runtime| runtime.serve(ptr, len, run))
}

impl Runtime {
    /// One call, from the request's place to the reply's.
    fn serve(&self, ptr: u32, len: u32, run: Run) -> u64 {
        let threshold = || self.control_block.get(control_block::LZ4_THRESHOLD);
        let packed = self.with_call_state(|state| {
            state.arena.empty();
            let request = state.request_buffer.at(ptr, len);
            match answer(&state.arena, request, &mut state.reply, &self.format, threshold, run) {
                Answer::None => None,
                Answer::Reply => Some(state.reply.packed()),
                Answer::InRequest(len, format) => outgoing::head(&mut state.request_buffer, len, format),
            }
        });
        packed.flatten().unwrap_or(Packed::NONE).to_u64()
    }
}

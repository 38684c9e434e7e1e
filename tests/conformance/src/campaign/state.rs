//! A guest that tells whose marks are on it: what the trials of pools, forks and caches run.

use aingle_wasm_host::prelude::*;

/// A guest that answers `name` with `number`. `write` puts a mark all over its memory and into a global; `read` answers with
/// the marks that are there, joined; `trap` traps; `grow` grows its memory.
pub(super) fn guest(number: u32) -> Vec<u8> {
    let places = |change: &str| {
        format!(
            "(local.set $at (i32.const 20000))
             (loop $more {change}
                (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4100))) (i32.const 131000))))"
        )
    };
    let write = places("(i32.store (local.get $at) (i32.load offset=12 (local.get 0)))");
    let read = places("(local.set $sum (i32.or (local.get $sum) (i32.load (local.get $at))))");
    let text = format!(
        r#"(module
            (memory (export "memory") 2)
            (global $mark (mut i32) (i32.const 0))
            (data (i32.const 16)
                "\04\10\00\00\00\20\00\00\04\40\00\00\00\04\00\00\00\00\00\00\00\00\00\00\01\00\00\00")
            (func (export "__aingle_abi_2") (result i32) (i32.const 16))
            (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0))
            (func $answer (param $value i32) (result i64)
                (i32.store (i32.const 3076) (i32.const 0x10024149))
                (i32.store (i32.const 3080) (i32.const 4))
                (i32.store (i32.const 3088) (local.get $value))
                (i64.or (i64.shl (i64.const 3076) (i64.const 32)) (i64.const 16)))
            (func (export "name") (param i32 i32) (result i64) (call $answer (i32.const {number})))
            (func (export "write") (param i32 i32) (result i64) (local $at i32)
                (global.set $mark (i32.load offset=12 (local.get 0)))
                {write}
                (call $answer (i32.const 0)))
            (func (export "read") (param i32 i32) (result i64) (local $at i32) (local $sum i32)
                (local.set $sum (global.get $mark))
                {read}
                (call $answer (local.get $sum)))
            (func (export "trap") (param i32 i32) (result i64) (unreachable))
            (func (export "grow") (param i32 i32) (result i64)
                (call $answer (memory.grow (i32.const 1)))))"#
    );
    wat::parse_str(text).expect("the guest is valid")
}

/// The configuration that the guest's envelopes are for.
pub(super) fn config() -> EngineConfig {
    EngineConfig { integrity: Integrity::Trusted, ..Default::default() }
}

/// Calls a function of the guest with a number.
pub(super) fn call<S: Send + 'static>(
    instance: &mut WasmInstance<S>,
    function: &str,
    number: u32,
) -> Result<u32, String> {
    let reply = instance.call_raw(function, &number.to_le_bytes()).map_err(|error| error.to_string())?;
    let bytes = reply.try_into().map_err(|reply| format!("{function} answered with {reply:?}"))?;
    Ok(u32::from_le_bytes(bytes))
}

/// Numbers that follow from a seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `below`.
    pub(super) fn roll(&mut self, below: u64) -> u64 {
        // SplitMix64, which any seed will do for.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ word >> 31) % below
    }
}

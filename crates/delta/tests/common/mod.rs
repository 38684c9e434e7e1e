//! What several tests need.
#![allow(dead_code)]

use aingle_wasm_delta::{Applier, ApplyError, TooShort};
use std::fmt::Write as _;

/// More than any test writes.
pub const ROOM: u32 = 1 << 20;

/// Applies a patch in chunks of one size, into pieces of another.
pub fn apply_in(
    old: &[u8],
    patch: &[u8],
    chunk: usize,
    piece: usize,
) -> Result<Vec<u8>, ApplyError<TooShort>> {
    let mut applier = Applier::new(old.len() as u32, ROOM);
    let (mut new, mut out) = (Vec::new(), vec![0; piece]);
    for mut chunk in patch.chunks(chunk) {
        loop {
            let written = applier.step(&mut &old[..], &mut chunk, &mut out)?;
            new.extend_from_slice(&out[..written]);
            assert!(applier.new_len().is_none_or(|len| new.len() <= len as usize), "more than it declared");
            if written < out.len() {
                assert!(chunk.is_empty(), "it left some of the chunk");
                break;
            }
        }
    }
    match applier.finish() {
        Ok(()) => Ok(new),
        Err(ApplyError::Truncated { at }) => Err(ApplyError::Truncated { at }),
        Err(other) => panic!("{other}"),
    }
}

/// Applies a patch that is there as a whole.
pub fn apply(old: &[u8], patch: &[u8]) -> Result<Vec<u8>, ApplyError<TooShort>> {
    apply_in(old, patch, patch.len().max(1), 4096)
}

/// A module of many functions that call each other and use memory. `extra` is one more function in the middle, and
/// `constant` is in another.
pub fn module(extra: bool, constant: u32) -> Vec<u8> {
    let mut text = String::from("(module (memory 1) (type $t (func (param i32 i32) (result i32)))");
    let mut random = 7u32;
    for function in 0..300 {
        if function == 100 && extra {
            text.push_str("(func $extra (type $t) (i32.mul (local.get 0) (i32.const 77)))");
        }
        write!(text, "(func $f{function} (type $t)").unwrap();
        if function == 150 {
            write!(text, "(drop (i32.const {constant}))").unwrap();
        }
        for _ in 0..4 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (callee, offset, number) = (random >> 24, random >> 12 & 0xfff, random >> 8 & 0xff);
            write!(
                text,
                "(local.set 0 (call $f{callee} (i32.load offset={offset} (local.get 1)) (i32.const {number})))"
            )
            .unwrap();
        }
        text.push_str("(local.get 0))");
    }
    text.push(')');
    wat::parse_str(text).expect("a module")
}

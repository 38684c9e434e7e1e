//! Every access at every edge of the memory, by emitted code: offsets up to 2^32 - 1, and addresses around what is allowed.
#![allow(missing_docs)]

#[allow(dead_code)]
mod common;

use aingle_wasm_aot::Limits;
use aingle_wasm_aot::program::{Unit, unit};
use common::{Program, compile};
use std::fmt::Write;

/// Loads and stores, their sizes, and the type of the value.
const ACCESSES: [(&str, u64, &str); 23] = [
    ("i32.load", 4, "i32"),
    ("i64.load", 8, "i64"),
    ("f32.load", 4, "f32"),
    ("f64.load", 8, "f64"),
    ("i32.load8_s", 1, "i32"),
    ("i32.load8_u", 1, "i32"),
    ("i32.load16_s", 2, "i32"),
    ("i32.load16_u", 2, "i32"),
    ("i64.load8_s", 1, "i64"),
    ("i64.load8_u", 1, "i64"),
    ("i64.load16_s", 2, "i64"),
    ("i64.load16_u", 2, "i64"),
    ("i64.load32_s", 4, "i64"),
    ("i64.load32_u", 4, "i64"),
    ("i32.store", 4, "i32"),
    ("i64.store", 8, "i64"),
    ("f32.store", 4, "f32"),
    ("f64.store", 8, "f64"),
    ("i32.store8", 1, "i32"),
    ("i32.store16", 2, "i32"),
    ("i64.store8", 1, "i64"),
    ("i64.store16", 2, "i64"),
    ("i64.store32", 4, "i64"),
];

fn offsets(memory: u64) -> Vec<u64> {
    let edges = [0, memory, 1 << 16, 1 << 31, 1 << 32];
    let near = edges.iter().flat_map(|edge| (0..10).map(move |by| edge.wrapping_sub(by)).chain([edge + 1]));
    let mut offsets: Vec<u64> = near.filter(|offset| *offset < 1 << 32).collect();
    offsets.sort_unstable();
    offsets.dedup();
    offsets
}

/// A module with a function for each access and offset.
fn module(memory: u64) -> Vec<u8> {
    let mut text = String::from("(module (memory 1)");
    for (access, _, ty) in ACCESSES {
        for offset in offsets(memory) {
            let _ = match access.contains("load") {
                true => write!(
                    text,
                    "(func (export \"{access} {offset}\") (param i32) (drop ({access} offset={offset} (local.get 0))))"
                ),
                false => write!(
                    text,
                    "(func (export \"{access} {offset}\") (param i32) ({access} offset={offset} (local.get 0) ({ty}.const 1)))"
                ),
            };
        }
    }
    wat::parse_str(text + ")").unwrap()
}

/// The size of a memory of bytes: a part of its page, or the whole of it.
const MEMORIES: [u32; 3] = [65_536, 4093, 0];

#[test]
fn every_access_stays_in_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let compiled = |memory: &u32| module((*memory).into());
    let units: Vec<Unit> = MEMORIES
        .iter()
        .enumerate()
        .map(|(at, memory)| unit(&compiled(memory), at, Limits::AsIs, Some(*memory)).unwrap())
        .collect();
    // A load whose value nobody uses is left out by the optimiser, but not its check.
    let program = compile(&units, folder.path(), "edges", "s");
    let mut program = Program::start(&program);
    let (mut allowed, mut trapped) = (0, 0);
    for (at, (unit, memory)) in units.iter().zip(MEMORIES).enumerate() {
        program.instantiate(at).unwrap();
        for (name, ordinal, ..) in &unit.functions {
            let (access, offset) = name.split_once(' ').unwrap();
            let offset: u64 = offset.parse().unwrap();
            let size = ACCESSES.iter().find(|(known, ..)| *known == access).unwrap().1;
            let edges =
                [0, u64::from(memory), u64::from(memory).wrapping_sub(offset + size), 1 << 31, 1 << 32];
            let near = edges
                .iter()
                .flat_map(|edge| (0..3).flat_map(move |by| [edge.wrapping_sub(by), edge.wrapping_add(by)]));
            for address in near.filter(|address| *address < 1 << 32) {
                let within = address + offset + size <= memory.into();
                let found = program.call(*ordinal, 0, &[address]);
                let wanted = if within { Ok(Vec::new()) } else { Err(2) };
                assert_eq!(found, wanted, "{access} offset={offset} at {address} in {memory} bytes");
                *if within { &mut allowed } else { &mut trapped } += 1;
            }
        }
    }
    println!("{allowed} accesses allowed, {trapped} trapped");
    assert!(allowed > 1000 && trapped > 10_000);
}

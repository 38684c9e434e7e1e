//! What is made is applied.

mod common;

use aingle_wasm_delta::{Applier, make};
use common::{apply, apply_in, module};
use proptest::collection::vec;
use proptest::prelude::*;

/// A change of a module.
#[derive(Debug, Clone)]
enum Edit {
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Replace(usize, Vec<u8>),
    Move(usize, usize, usize),
    /// Adds a number to every n-th byte, as an index that shifts does.
    Add(usize, usize, usize, u8),
}

fn edit() -> impl Strategy<Value = Edit> {
    let bytes = || vec(any::<u8>(), 0..60);
    prop_oneof![
        (any::<usize>(), bytes()).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        (any::<usize>(), 0..100usize).prop_map(|(at, len)| Edit::Remove(at, len)),
        (any::<usize>(), bytes()).prop_map(|(at, bytes)| Edit::Replace(at, bytes)),
        (any::<usize>(), 0..300usize, any::<usize>()).prop_map(|(at, len, to)| Edit::Move(at, len, to)),
        (any::<usize>(), 0..500usize, 1..9usize, any::<u8>())
            .prop_map(|(at, len, step, add)| Edit::Add(at, len, step, add)),
    ]
}

fn edited(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let place = |at: &usize, len: usize| {
            let at = at % (bytes.len() + 1);
            at..(at + len).min(bytes.len())
        };
        match edit {
            Edit::Insert(at, insert) => drop(bytes.splice(place(at, 0), insert.iter().copied())),
            Edit::Remove(at, len) => drop(bytes.drain(place(at, *len))),
            Edit::Replace(at, by) => drop(bytes.splice(place(at, by.len()), by.iter().copied())),
            Edit::Move(at, len, to) => {
                let moved: Vec<u8> = bytes.drain(place(at, *len)).collect();
                let to = to % (bytes.len() + 1);
                bytes.splice(to..to, moved);
            }
            Edit::Add(at, len, step, add) => {
                let place = place(at, *len);
                bytes[place].iter_mut().step_by(*step).for_each(|byte| *byte = byte.wrapping_add(*add));
            }
        }
    }
    bytes
}

proptest! {
    #[test]
    fn an_edited_module_comes_back(
        old in prop_oneof![vec(any::<u8>(), 0..2000), vec(0..4u8, 0..2000)],
        edits in vec(edit(), 0..8),
        chunk in 1..50usize,
        piece in 1..50usize,
    ) {
        let new = edited(old.clone(), &edits);
        let patch = make(&old, &new).unwrap();
        prop_assert_eq!(&apply(&old, &patch).unwrap(), &new);
        prop_assert_eq!(&apply_in(&old, &patch, chunk, piece).unwrap(), &new);
    }

    #[test]
    fn unrelated_bytes_come_back(old in vec(any::<u8>(), 0..300), new in vec(any::<u8>(), 0..300)) {
        let patch = make(&old, &new).unwrap();
        // What cannot be copied costs little more than its bytes.
        prop_assert!(patch.len() <= new.len() + new.len() / 8 + 40, "{} for {}", patch.len(), new.len());
        prop_assert_eq!(apply(&old, &patch).unwrap(), new);
    }
}

#[test]
fn every_size_of_chunks_and_pieces_agrees() {
    let (old, new) = (module(false, 1), module(true, 2));
    let patch = make(&old, &new).unwrap();
    for size in 1..=patch.len() {
        assert_eq!(apply_in(&old, &patch, size, 4096).unwrap(), new, "chunks of {size}");
    }
    for size in 1..200 {
        assert_eq!(apply_in(&old, &patch, patch.len(), size).unwrap(), new, "pieces of {size}");
        assert_eq!(apply_in(&old, &patch, 1, size).unwrap(), new, "single bytes, pieces of {size}");
    }
}

#[test]
fn a_change_of_one_function_is_small() {
    let old = module(false, 1);
    for (new, percent) in [(module(false, 1_000_000), 0.5), (module(true, 1), 5.0)] {
        let patch = make(&old, &new).unwrap();
        assert_eq!(apply(&old, &patch).unwrap(), new);
        let part = 100.0 * patch.len() as f64 / new.len() as f64;
        assert!(part < percent, "{} of {} bytes, {part:.2} %", patch.len(), new.len());
    }
}

#[test]
fn the_same_modules_make_the_same_patch() {
    let (old, new) = (module(false, 1), module(true, 2));
    assert_eq!(make(&old, &new).unwrap(), make(&old, &new).unwrap());
}

#[test]
fn repetitive_modules_take_no_time() {
    let (old, mut new) = (vec![0; 200_000], vec![0; 250_000]);
    for at in (0..new.len()).step_by(1000) {
        new[at] = 1;
    }
    let patch = make(&old, &new).unwrap();
    assert_eq!(apply(&old, &patch).unwrap(), new);
}

#[test]
fn the_applier_is_small() {
    assert!(size_of::<Applier>() < 600, "{} bytes", size_of::<Applier>());
}

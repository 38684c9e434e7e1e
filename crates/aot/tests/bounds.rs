//! The one comparison on which the sandbox rests: tried whole on a smaller word, and at all edges on the real one.
#![allow(missing_docs)]

use aingle_wasm_aot::last_address;

/// What the code does: with a last address it compares, without one it traps.
fn allowed(last: Option<u64>, address: u64) -> bool {
    last.is_some_and(|last| address <= last)
}

#[test]
fn every_address_offset_and_size_of_a_word_of_six_bits() {
    const WORD: u64 = 1 << 6;
    let mut tried = 0;
    for memory in 0..=WORD {
        for offset in 0..WORD {
            for size in [1, 2, 4, 8] {
                let last = last_address(memory, offset, size);
                for address in 0..WORD {
                    let within =
                        u128::from(address) + u128::from(offset) + u128::from(size) <= u128::from(memory);
                    assert_eq!(allowed(last, address), within, "{memory} {offset} {size} {address}");
                    tried += 1;
                }
            }
        }
    }
    println!("{tried} accesses");
}

#[test]
fn edges_of_the_real_word() {
    let near = |value: u64| (0..10).flat_map(move |by| [value.wrapping_sub(by), value.wrapping_add(by)]);
    let words = |value: u64| near(value).filter(|value| *value < 1 << 32);
    let mut tried = 0;
    for memory in [0, 1, 4096, 8192, 65_536, 1 << 31, 0xffff_0000, 1 << 32] {
        for offset in words(0).chain(words(memory)).chain(words(1 << 32)) {
            for size in [1, 2, 4, 8] {
                let last = last_address(memory, offset, size);
                let edge = memory.wrapping_sub(offset + size);
                for address in words(0).chain(words(edge)).chain(words(memory)).chain(words(1 << 32)) {
                    let within =
                        u128::from(address) + u128::from(offset) + u128::from(size) <= u128::from(memory);
                    assert_eq!(allowed(last, address), within, "{memory} {offset} {size} {address}");
                    tried += 1;
                }
            }
        }
    }
    println!("{tried} accesses");
}

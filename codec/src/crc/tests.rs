//! Each method against `crc32fast`, and the sparse multiples against the polynomial.

use super::{sparse, table};
use proptest::prelude::*;
use std::vec::Vec;

extern crate std;

const METHODS: [fn(u32, &[u8]) -> u32; 2] = [table::update, sparse::update];
const LONGEST: usize = 2048;

fn of(method: fn(u32, &[u8]) -> u32, pieces: &[&[u8]]) -> u32 {
    !pieces.iter().fold(!0, |crc, piece| method(crc, piece))
}

fn noise(len: usize) -> Vec<u8> {
    (0..len as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

#[test]
fn the_published_check_value() {
    for method in METHODS {
        assert_eq!(of(method, &[b"123456789"]), 0xcbf4_3926);
        assert_eq!(of(method, &[]), 0);
    }
    assert_eq!(super::Crc::new().and(b"1234").and(b"56789").finish(), 0xcbf4_3926);
}

#[test]
fn every_length_at_every_alignment() {
    let bytes = noise(LONGEST + 8);
    for len in 0..=LONGEST {
        for offset in 0..8 {
            let bytes = &bytes[offset..offset + len];
            let expected = crc32fast::hash(bytes);
            for method in METHODS {
                assert_eq!(of(method, &[bytes]), expected, "{len} bytes at {offset}");
            }
        }
    }
}

#[test]
fn every_split() {
    for len in [20, 100, sparse::LONG_FROM + 100] {
        let bytes = noise(len);
        let expected = crc32fast::hash(&bytes);
        for at in 0..=len {
            let (a, b) = bytes.split_at(at);
            for method in METHODS {
                assert_eq!(of(method, &[a, b]), expected, "{len} bytes split at {at}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn pieces_of_random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..40_000), at: prop::sample::Index) {
        let (a, b) = bytes.split_at(at.index(bytes.len() + 1));
        for method in METHODS {
            prop_assert_eq!(of(method, &[a, b]), crc32fast::hash(&bytes));
        }
    }
}

proptest! {
    #[test]
    fn tables_of_bytes_and_of_halves_agree(word: u64) {
        prop_assert_eq!(table::bytes::reduce(word), table::halves::reduce(word));
    }
}

/// The polynomials are multiples of the CRC's, by long division.
#[test]
fn the_sparse_multiples_are_multiples() {
    assert_eq!(remainder(&sparse::SHORT), 0);
    assert_eq!(remainder(&sparse::LONG), 0);
    let mut wrong = sparse::LONG;
    wrong[2] += 1;
    assert_ne!(remainder(&wrong), 0);
}

/// Of x^n + x^(n - d) + …, where n is the largest distance, by x^32 + x^26 + … + 1.
fn remainder(distances: &[u32]) -> u64 {
    const POLYNOMIAL: u64 = 0x1_04c1_1db7;
    let degree = *distances.iter().max().unwrap();
    let has = |power: u32| power == degree || distances.contains(&(degree - power));
    (0..=degree).rev().fold(0, |rest, power| {
        let rest = rest << 1 | u64::from(has(power));
        if rest >> 32 == 1 { rest ^ POLYNOMIAL } else { rest }
    })
}

//! What is written is what postcard writes, byte for byte.
#![cfg(feature = "alloc")]

use aingle_wasm_codec::value;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Serialize)]
enum Choice {
    Unit,
    One(u64),
    Two(i8, i128),
    Named { text: String, maybe: Option<f32> },
}

#[derive(Debug, Clone, Serialize)]
struct Parts {
    unit: (),
    pair: Pair,
    new: New,
    choices: Vec<Choice>,
    map: BTreeMap<u16, Vec<bool>>,
    shown: Shown,
    bytes: Bytes,
}

#[derive(Debug, Clone, Serialize)]
struct Pair(f32, char);

#[derive(Debug, Clone, Serialize)]
struct New(u128);

/// A type that writes itself as text.
#[derive(Debug, Clone)]
struct Shown(i64);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/{:?}", self.0, self.0.checked_neg()))
    }
}

/// A type that writes itself as bytes.
#[derive(Debug, Clone)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

/// Values whose integers have any length.
fn short<T: Clone + std::fmt::Debug + 'static>(of: fn(u128) -> T) -> impl Strategy<Value = T> {
    (any::<u128>(), 0_u32..128).prop_map(move |(bits, by)| of(bits >> by))
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![
        Just(Choice::Unit),
        short(|bits| Choice::One(bits as u64)),
        short(|bits| Choice::Two(bits as i8, bits as i128)),
        (any::<String>(), any::<Option<f32>>()).prop_map(|(text, maybe)| Choice::Named { text, maybe }),
    ]
}

fn parts() -> impl Strategy<Value = Parts> {
    let first = (any::<(f32, char)>(), any::<u128>(), vec(choice(), 0..200));
    let second =
        (btree_map(any::<u16>(), vec(any::<bool>(), 0..3), 0..4), any::<i64>(), vec(any::<u8>(), 0..300));
    (first, second).prop_map(|((pair, new, choices), (map, shown, bytes))| Parts {
        unit: (),
        pair: Pair(pair.0, pair.1),
        new: New(new),
        choices,
        map,
        shown: Shown(shown),
        bytes: Bytes(bytes),
    })
}

fn same<T: Serialize>(value: &T) {
    let expected = postcard::to_allocvec(value).unwrap();
    assert_eq!(value::encoded_len(value), Ok(expected.len()));
    let mut written = vec![0; expected.len()];
    assert_eq!(value::encode_into(value, &mut written), Ok(expected.len()));
    assert_eq!(written, expected);
    if let Some(short) = written.len().checked_sub(1) {
        assert!(value::encode_into(value, &mut written[..short]).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn integers(bits in any::<u128>(), by in 0_u32..128, sign in any::<bool>()) {
        let (unsigned, signed) = (bits >> by, if sign { !(bits >> by) } else { bits >> by } as i128);
        same(&(unsigned as u8, unsigned as u16, unsigned as u32, unsigned as u64, unsigned, unsigned as usize));
        same(&(signed as i8, signed as i16, signed as i32, signed as i64, signed, signed as isize));
    }

    #[test]
    fn everything_else(value in parts()) {
        same(&value);
    }
}

#[test]
fn edges() {
    same(&(u16::MAX, u32::MAX, u64::MAX, u128::MAX, i16::MIN, i32::MIN, i64::MIN, i128::MIN));
    same(&(0x7f_u64, 0x80_u64, 0x3fff_u64, 0x4000_u64, u64::from(u32::MAX), u64::from(u32::MAX) + 1));
    same(&(f64::NAN, f64::MIN_POSITIVE, "", "é", 'é', '𝄞', [0_u8; 0], Some(Some(())), None::<u8>));
}

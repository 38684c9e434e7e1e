//! What a value may become when it is read: items, memory, nesting.

use aingle_wasm_codec::value::{self, Limits};
use aingle_wasm_codec::{Cause, ValueError};
use aingle_wasm_types::limits::MAX_NESTING;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Choice {
    Unit,
    One(u64),
    Two(i8, i128),
    Named { text: String, maybe: Option<f32> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Empty;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct New(u128);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum List {
    Nil,
    Cons(Box<List>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Tree(Vec<Tree>);

/// All that postcard has.
type Everything = (
    (bool, i8, i16, i32, i64, u16, u32, u64),
    (f32, f64, char, Option<New>),
    (String, Vec<u8>, Vec<Choice>, [u16; 3]),
    (BTreeMap<u8, String>, Empty, Result<u16, String>),
    (BTreeSet<i16>, BTreeMap<u16, Vec<bool>>, usize, isize),
);

const OPEN: Limits = Limits { max_decoded: u32::MAX, max_items: u32::MAX };

fn items(max_items: u32) -> Limits {
    Limits { max_items, ..OPEN }
}

fn memory(max_decoded: u32) -> Limits {
    Limits { max_decoded, ..OPEN }
}

fn bytes_of<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = vec![0; value::encoded_len(value).unwrap()];
    value::encode_into(value, &mut bytes).unwrap();
    bytes
}

/// Lesson 44: a length with no bytes behind it, of items that need none.
#[test]
fn lesson_44_items_of_no_size_are_counted() {
    let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    for limits in [Limits::default(), items(0), memory(0)] {
        let refused = ValueError::TooManyItems { limit: limits.max_items };
        if limits.max_items < u32::MAX {
            assert_eq!(value::decode_within::<Vec<()>>(&most, limits), Err(refused));
            assert_eq!(value::decode_within::<Vec<Empty>>(&most, limits), Err(refused));
            assert_eq!(value::decode_within::<BTreeMap<(), ()>>(&most, limits), Err(refused));
        }
    }
    assert_eq!(value::decode_within::<Vec<()>>(&[100], items(100)), Ok(vec![(); 100]));
    assert_eq!(
        value::decode_within::<Vec<()>>(&[100], items(99)),
        Err(ValueError::TooManyItems { limit: 99 })
    );
}

#[test]
fn items_of_all_sequences_count_together() {
    let value = (vec![1_u8; 10], vec![vec![2_u16; 5]; 3], BTreeMap::from([(1_u8, 2_u8), (3, 4)]));
    let bytes = bytes_of(&value);
    let read =
        |limit| value::decode_within::<(Vec<u8>, Vec<Vec<u16>>, BTreeMap<u8, u8>)>(&bytes, items(limit));
    assert_eq!(read(10 + 3 + 15 + 2), Ok(value));
    assert_eq!(read(29), Err(ValueError::TooManyItems { limit: 29 }));
}

/// A reply of zeros becomes a text for each byte.
#[test]
fn the_memory_of_a_value_is_bounded_whatever_its_bytes() {
    let zeros = [&[0xe8, 7][..], &[0; 1000]].concat();
    let texts = size_of::<String>() as u32 * 1000;
    assert_eq!(value::decode_within(&zeros, memory(4 * texts)), Ok(vec![String::new(); 1000]));
    fn refused<T>(limit: u32) -> Result<T, ValueError> {
        Err(ValueError::DecodedTooLarge { limit })
    }
    assert_eq!(value::decode_within::<Vec<String>>(&zeros, memory(texts - 1)), refused(texts - 1));
    assert_eq!(value::decode_within::<Vec<Option<[u64; 32]>>>(&zeros, memory(texts)), refused(texts));
    assert_eq!(value::decode_within::<Vec<Box<Option<[u64; 32]>>>>(&zeros, memory(texts)), refused(texts));
    assert_eq!(value::decode_within::<Vec<BTreeMap<u8, u8>>>(&zeros, memory(texts - 1)), refused(texts - 1));
    let text = bytes_of(&"a".repeat(1000));
    assert_eq!(value::decode_within::<String>(&text, memory(1016)).map(|text| text.len()), Ok(1000));
    assert_eq!(value::decode_within::<String>(&text, memory(1015)), refused(1015));
    assert_eq!(value::decode_within::<(u64, Choice)>(&[0, 0], memory(0)), Ok((0, Choice::Unit)));
}

/// postcard recurses on the native stack, and a MiB of nested boxes ends the process.
#[test]
fn nesting_is_bounded_before_the_stack_is() {
    let refused = ValueError::TooDeep { limit: MAX_NESTING };
    for depth in [1, MAX_NESTING as usize - 1, MAX_NESTING as usize, 1 << 20] {
        let fits = depth < MAX_NESTING as usize;
        let list = [vec![1; depth], vec![0]].concat();
        let list = value::decode_within::<List>(&list, OPEN);
        assert_eq!(list.is_ok(), fits, "{depth}");
        let tree = value::decode_within::<Tree>(&[vec![1; depth], vec![0]].concat(), OPEN);
        assert_eq!(tree.is_ok(), fits, "{depth}");
        if !fits {
            assert_eq!((list.err(), tree.err()), (Some(refused), Some(refused)));
        }
    }
}

#[test]
fn limits_say_what_they_are() {
    let errors = [
        ValueError::TooManyItems { limit: 7 },
        ValueError::DecodedTooLarge { limit: 8 },
        ValueError::TooDeep { limit: 64 },
    ];
    let texts = [
        "too many items: limit 7",
        "the value takes too much memory: limit 8 bytes",
        "the value is nested too deeply: limit 64 levels",
    ];
    assert_eq!(errors.map(|error| error.to_string()), texts);
    assert!(errors.iter().all(ValueError::is_limit) && !ValueError::Malformed(Cause::End).is_limit());
}

fn equal<T: for<'a> Deserialize<'a> + PartialEq + std::fmt::Debug>(
    bytes: &[u8],
) -> Result<(), TestCaseError> {
    let (ours, theirs) = (value::decode_within::<T>(bytes, OPEN), value::decode::<T>(bytes));
    if ours.as_ref().is_err_and(ValueError::is_limit) {
        // A length that is claimed and not there.
        prop_assert!(matches!(theirs, Err(ValueError::Malformed(_))));
        return Ok(());
    }
    // Compared as text, because of NaN.
    prop_assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    /// Values are read, and bytes refused, just as postcard does it.
    #[test]
    fn what_is_read_within_limits_is_what_postcard_reads(bytes in prop::collection::vec(
        prop_oneof![4 => 0_u8..4, 1 => 0x7e_u8..0x82, 1 => any::<u8>(), 1 => Just(0xff)], 0..60))
    {
        equal::<Everything>(&bytes)?;
        equal::<(u16, u32, u64, u128)>(&bytes)?;
        equal::<(i16, i32, i64, i128)>(&bytes)?;
        equal::<(char, char, bool, usize)>(&bytes)?;
        equal::<Vec<Choice>>(&bytes)?;
        equal::<BTreeMap<u8, (String, Option<u8>)>>(&bytes)?;
        equal::<(f32, f64, Vec<u8>, Option<Box<str>>)>(&bytes)?;
    }

    #[test]
    fn written_values_read_back_within_limits(a: i128, b: String, c: Vec<u16>, d: Option<i64>, e: Result<u16, (bool, char)>) {
        let wanted = (a, b, c, d, e);
        prop_assert_eq!(value::decode_within(&bytes_of(&wanted), Limits::default()), Ok(wanted));
    }
}

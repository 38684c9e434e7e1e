//! Typed values of strangers, within limits.

use aingle_wasm_codec::ValueError;
use aingle_wasm_codec::value::{self, Limits};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;

#[derive(Debug, Serialize, Deserialize)]
enum List {
    Nil,
    Cons(Box<List>),
}

#[derive(Debug, Serialize, Deserialize)]
struct Tree(Vec<Tree>);

#[derive(Debug, Serialize, Deserialize)]
enum Choice {
    Unit,
    One(i64),
    Named { text: String, maybe: Option<u16> },
}

/// Any bytes as values of many types: read as postcard reads them, or refused by a limit that they go beyond.
pub fn value_read(bytes: &[u8]) {
    let [first, second, bytes @ ..] = bytes else { return };
    let limits = Limits { max_decoded: u32::from(*first) << 4, max_items: u32::from(*second) };
    compare::<(u8, i16, u32, i64, u128)>(bytes, limits);
    compare::<(String, Vec<u8>, Option<f64>, char, bool)>(bytes, limits);
    compare::<Vec<Choice>>(bytes, limits);
    compare::<Vec<Vec<String>>>(bytes, limits);
    compare::<BTreeMap<u8, Vec<i16>>>(bytes, limits);
    // postcard would read these for ever, or until the stack ends.
    if let Ok(items) = value::decode_within::<Vec<()>>(bytes, limits) {
        assert!(items.len() <= limits.max_items as usize);
    }
    let _ = value::decode_within::<List>(bytes, limits);
    let _ = value::decode_within::<Tree>(bytes, limits);
}

fn compare<T: for<'a> Deserialize<'a> + Debug>(bytes: &[u8], limits: Limits) {
    let expected = value::decode::<T>(bytes);
    match value::decode_within::<T>(bytes, limits) {
        Err(error) if error.is_limit() => {
            let open = Limits { max_decoded: u32::MAX, max_items: u32::MAX };
            match value::decode_within::<T>(bytes, open) {
                Err(error) if error.is_limit() => assert!(matches!(expected, Err(ValueError::Malformed(_)))),
                read => same(read, expected),
            }
        }
        read => same(read, expected),
    }
}

/// Compared as text, because of NaN.
fn same<T: Debug>(one: T, other: T) {
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
}

//! Types of Rust that are `Data`: the codec writes their values, this crate makes JSON of them, and serde_json has the same JSON where the
//! forms are serde's.

use aingle_wasm_codec::schema::signature_text;
use aingle_wasm_codec::value::{self, Limits};
use aingle_wasm_codec::{Data, value::encode_to};
use aingle_wasm_values::{DecodeErrorKind, Type};
use aingle_wasm_vectors::{VALUES, all};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

#[derive(Debug, PartialEq, Data)]
struct Summary {
    station: String,
    r#type: u8,
    mean: Option<f32>,
    celsius: Celsius,
    position: (f64, f64),
    history: Vec<Reading>,
}

#[derive(Debug, PartialEq, Data)]
struct Celsius(f32);

#[derive(Debug, PartialEq, Data)]
struct Pair(u16, i64);

#[derive(Debug, PartialEq, Data)]
struct Nothing;

#[derive(Debug, PartialEq, Data)]
enum Reading {
    Missing,
    Value(Celsius),
    Range(i16, i16),
    At { index: u64, text: String },
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Data)]
enum Direction {
    North,
    South,
}

/// The description of a type, as the codec makes it.
fn described<T: Data>() -> Type {
    let text = signature_text(&[], T::TYPE);
    Type::parse(text.strip_prefix("() -> ").expect("a signature")).expect("a type")
}

fn encoded<T: Data>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut sink = |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        true
    };
    encode_to(value, &mut sink).expect("a value");
    bytes
}

/// Checks that the value comes back by JSON, and returns that.
fn json<T: Data + DeserializeOwned + PartialEq + Debug>(value: &T) -> String {
    let ty = described::<T>();
    let bytes = encoded(value);
    let json = ty.decode(&bytes, Limits::default()).expect("JSON");
    assert_eq!(ty.encode(&json).as_ref(), Ok(&bytes), "{json}");
    assert_eq!(value::decode::<T>(&ty.encode(&json).unwrap()).as_ref(), Ok(value));
    json
}

/// Checks that serde_json writes the same, and reads what is written here.
fn same<T: Data + DeserializeOwned + PartialEq + Debug>(value: T) {
    let found = json(&value);
    let expected = serde_json::to_string(&value).expect("JSON");
    let parse = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(parse(&found), parse(&expected));
    assert_eq!(serde_json::from_str::<T>(&found).expect("a value"), value);
    // And the other way: what serde_json writes is read here.
    assert_eq!(described::<T>().encode(&expected), Ok(encoded(&value)), "{expected}");
}

fn summary() -> Summary {
    Summary {
        station: "Zürich \"roof\"\u{7}\u{2028}\n".into(),
        r#type: 255,
        mean: Some(0.1),
        celsius: Celsius(-0.0),
        position: (47.376_9, 1e-300),
        history: vec![
            Reading::Missing,
            Reading::Value(Celsius(f32::MAX)),
            Reading::Range(i16::MIN, -1),
            Reading::At { index: u64::MAX, text: String::new() },
        ],
    }
}

#[test]
fn h01_values_have_the_json_of_serde() {
    same(summary());
    same(Summary { mean: None, history: vec![], ..summary() });
    same(());
    same(Nothing);
    same((true, false));
    same((i8::MIN, i16::MIN, i32::MIN, i64::MIN, u8::MAX, u16::MAX, u32::MAX, u64::MAX));
    same(vec![1e16_f32, 1e-7, f32::MIN_POSITIVE, f32::EPSILON, 16_777_216.0, 1.0, 0.0]);
    same(vec![1e21_f64, 1e-7, f64::MIN_POSITIVE, f64::MAX, 5e-324, 0.1 + 0.2]);
    same(('a', 'é', '\u{10ffff}', '"', '\0'));
    same(Pair(300, -300));
    same([1_u16, 2, 300]);
    same(BTreeSet::from([3_u16, 1]));
    same(BTreeMap::from([("a".to_owned(), 1_u8), ("\"".to_owned(), 2)]));
    same(BTreeMap::from([(-1_i64, true), (300, false)]));
    same(BTreeMap::from([(true, 1_u8)]));
    same(BTreeMap::from([('é', 1_u8)]));
    same(BTreeMap::from([(Direction::North, 1_u8), (Direction::South, 2)]));
    same(Ok::<u16, Direction>(300));
    same(Err::<u16, Direction>(Direction::South));
    same(vec![Some(7_u8), None]);
    same(1_u16..300);
    same(Duration::new(u64::MAX, 999_999_999));
}

/// Each of these is a row of the reasons in `docs/VALUES.md`.
#[test]
fn other_forms_keep_what_the_json_of_serde_does_not() {
    assert_eq!(json(&i128::MIN), format!("\"{}\"", i128::MIN));
    assert_eq!(json(&Some(Some(5_u8))), "{\"Some\":5}");
    assert_eq!(json(&Some(None::<u8>)), "{\"Some\":null}");
    assert_eq!(serde_json::to_string(&Some(None::<u8>)).unwrap(), "null");
    assert_eq!(json(&vec![1_u8, 2, 255]), "{\"base64\":\"AQL/\"}");
    assert_eq!(json(&BTreeMap::from([((1_u8, 2_u8), 3_u8)])), "[[[1,2],3]]");
    assert!(serde_json::to_string(&BTreeMap::from([((1_u8, 2_u8), 3_u8)])).is_err());
    assert_eq!(json(&f32::NEG_INFINITY), "\"-Infinity\"");
    assert_eq!(serde_json::to_string(&f32::NEG_INFINITY).unwrap(), "null");
    let nan = described::<f32>().decode(&encoded(&f32::NAN), Limits::default());
    assert_eq!(nan.unwrap(), "\"NaN\"");
    // serde writes an address as text for people, and its bytes here.
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    assert_eq!(json(&address), "{\"V4\":{\"octets\":[127,0,0,1]}}");
    assert_eq!(serde_json::to_string(&address).unwrap(), "\"127.0.0.1\"");
}

#[test]
fn every_vector_of_a_value_comes_back_through_json() {
    for vector in all(VALUES) {
        let ty = Type::parse(vector.text("type")).expect(vector.name);
        let bytes = vector.bytes("bytes");
        let json = ty.decode(&bytes, Limits::default()).expect(vector.name);
        assert_eq!(ty.encode(&json), Ok(bytes), "{}", vector.name);
    }
}

/// Random bytes are a value here if, and only if, they are one for the codec, and it is the same value.
fn agrees<T: Data + DeserializeOwned>(bytes: &[u8]) -> Result<(), TestCaseError> {
    let ty = described::<T>();
    match (ty.decode(bytes, Limits::default()), value::decode_within::<T>(bytes, Limits::default())) {
        (Ok(json), Ok(value)) => {
            // The codec's maps have an order.
            let again: T = value::decode(&ty.encode(&json).unwrap()).unwrap();
            prop_assert_eq!(encoded(&again), encoded(&value));
        }
        (Err(_), Err(_)) => {}
        // The codec keeps the last of two.
        (Err(error), Ok(_)) => {
            prop_assert!(matches!(error.kind, DecodeErrorKind::DuplicateKey { .. }), "{}", error);
        }
        (Ok(json), Err(error)) => prop_assert!(false, "{error}: {json}"),
    }
    Ok(())
}

/// Small numbers, which are the lengths, marks and variants that there are, among any others.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![4 => 0..4_u8, 1 => any::<u8>()], 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn random_bytes_are_what_they_are_to_the_codec(bytes in payload()) {
        agrees::<bool>(&bytes)?;
        agrees::<(u8, i16, u32, i64)>(&bytes)?;
        agrees::<(u16, i128)>(&bytes)?;
        agrees::<(u64, u128)>(&bytes)?;
        agrees::<char>(&bytes)?;
        agrees::<(char, f32)>(&bytes)?;
        agrees::<f64>(&bytes)?;
        agrees::<(String, Vec<u8>)>(&bytes)?;
        agrees::<Vec<Option<Option<u16>>>>(&bytes)?;
        agrees::<Vec<Reading>>(&bytes)?;
        agrees::<Vec<Result<Pair, Direction>>>(&bytes)?;
        agrees::<BTreeMap<u8, Vec<char>>>(&bytes)?;
        agrees::<Vec<Nothing>>(&bytes)?;
        agrees::<Summary>(&bytes)?;
    }
}

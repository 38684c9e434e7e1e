//! Typed values: the golden vectors, and whatever is not such a value.
#![cfg(all(feature = "alloc", feature = "derive"))]

use aingle_wasm_codec::postcard_schema::schema::NamedType;
use aingle_wasm_codec::schema::{args_len, args_text, type_len, type_text};
use aingle_wasm_codec::{Cause, Data, ValueError, value};
use aingle_wasm_vectors::{VALUES, all, named};
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Debug;

#[derive(Debug, PartialEq, Data)]
enum BadBatch {
    Empty,
    TooLong(u32),
}

#[derive(Debug, PartialEq, Data)]
struct Summary {
    mean: f32,
    count: u32,
}

#[derive(Debug, PartialEq, Data)]
struct Celsius(f32);

#[derive(Debug, PartialEq, Data)]
struct Wrapped(Summary);

/// Compares one vector with a value of its type, written and read, and counts it.
fn check<T>(seen: &mut Vec<&'static str>, name: &'static str, wanted: T)
where
    T: for<'a> Deserialize<'a> + PartialEq + Debug + Data,
{
    let bytes = named(VALUES, name).bytes("bytes");
    assert_eq!(value::decode::<T>(&bytes).as_ref(), Ok(&wanted), "{name}");
    let mut buffer = vec![0; bytes.len()];
    assert_eq!(value::encoded_len(&wanted), Ok(bytes.len()), "{name}");
    assert_eq!(value::encode_into(&wanted, &mut buffer), Ok(bytes.len()), "{name}");
    assert_eq!(buffer, bytes, "{name}");
    if let Some(short) = bytes.len().checked_sub(1) {
        let refused = value::encode_into(&wanted, &mut buffer[..short]);
        assert_eq!(refused, Err(ValueError::BufferTooSmall), "{name}");
        assert!(value::decode::<T>(&bytes[..short]).is_err(), "{name}");
    }
    let long = [&bytes[..], &[0]].concat();
    assert_eq!(value::decode::<T>(&long), Err(ValueError::TrailingBytes { found: 1 }), "{name}");
    assert_eq!(text_of(T::TYPE), named(VALUES, name).text("type"), "{name}");
    seen.push(name);
}

fn text_of(ty: &NamedType) -> String {
    let whole = aingle_wasm_codec::schema::signature_text(&[], ty);
    whole.trim_start_matches("() -> ").to_string()
}

#[test]
fn vectors_are_written_and_read_as_they_say() {
    let mut seen = Vec::new();
    let s = &mut seen;
    check(s, "unit", ());
    check(s, "bool", true);
    check(s, "u8", 255_u8);
    check(s, "i8", -1_i8);
    check(s, "u16", 300_u16);
    check(s, "u32_max", u32::MAX);
    check(s, "u64_max", u64::MAX);
    check(s, "i32_minus_one", -1_i32);
    check(s, "i32_min", i32::MIN);
    check(s, "i64", 1_234_567_890_123_i64);
    check(s, "f32", 21.5_f32);
    check(s, "f64", -0.25_f64);
    check(s, "char", 'é');
    check(s, "str", String::from("Zürich"));
    check(s, "bytes", vec![1_u8, 2, 255]);
    check(s, "none", None::<u16>);
    check(s, "some", Some(300_u16));
    check(s, "arguments", (String::from("roof"), vec![21.5_f32, -1.0]));
    check(s, "arguments_of_sum", (40_i32, 2_i32));
    check(s, "ok", Ok::<f32, BadBatch>(1.5));
    check(s, "err_unit", Err::<f32, _>(BadBatch::Empty));
    check(s, "err_value", Err::<f32, _>(BadBatch::TooLong(300)));
    check(s, "record", Summary { mean: 1.5, count: 3 });
    check(s, "char_of_one_byte", 'a');
    check(s, "u128_max", u128::MAX);
    check(s, "i128_minus_one", -1_i128);
    check(s, "i128_min", i128::MIN);
    check(s, "map", BTreeMap::from([(1_u8, String::from("one")), (2, String::new())]));
    check(s, "newtype", Celsius(21.5));
    check(s, "newtype_of_a_record", Wrapped(Summary { mean: 1.5, count: 3 }));
    check(s, "ok_unit", Ok::<(), u8>(()));
    assert_eq!(seen.len(), all(VALUES).count(), "a vector without a check");
}

#[test]
fn values_are_borrowed_where_they_lie() {
    let bytes = named(VALUES, "arguments").bytes("bytes");
    let (station, _): (&str, Vec<f32>) = value::decode(&bytes).unwrap();
    assert_eq!(station, "roof");
    assert_eq!(station.as_ptr(), bytes[1..].as_ptr());
}

/// A length that is not there is refused before anything is reserved for it.
#[test]
fn lesson_07_a_declared_length_reserves_nothing() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
    assert_eq!(value::decode::<Vec<u64>>(&huge), Err(ValueError::Malformed(Cause::End)));
    assert_eq!(value::decode::<&[u8]>(&huge), Err(ValueError::Malformed(Cause::End)));
    assert_eq!(value::decode::<&str>(&huge), Err(ValueError::Malformed(Cause::End)));
    assert_eq!(value::decode::<&str>(&[1, 0xff]), Err(ValueError::Malformed(Cause::Text)));
    assert_eq!(value::decode::<bool>(&[2]), Err(ValueError::Malformed(Cause::Mark)));
    assert_eq!(value::decode::<u8>(&[]), Err(ValueError::Malformed(Cause::End)));
}

/// The texts of a constant expression and of a record are the same.
#[test]
fn argument_texts_are_the_vectors_types() {
    const ARGS: &[&NamedType] = &[<&str>::TYPE, <&[f32]>::TYPE];
    const TEXT: [u8; args_len(ARGS)] = args_text(ARGS);
    assert_eq!(str::from_utf8(&TEXT), Ok(named(VALUES, "arguments").text("type")));
    const RECORD: [u8; type_len(Summary::TYPE)] = type_text(Summary::TYPE);
    assert_eq!(str::from_utf8(&RECORD), Ok(named(VALUES, "record").text("type")));
}

proptest! {
    #[test]
    fn values_read_back(a: i32, b: String, c: Vec<u8>, d: Option<i64>, e: Result<u16, (bool, char)>) {
        let wanted = (a, b, c, d, e);
        let mut buffer = vec![0; value::encoded_len(&wanted).unwrap()];
        prop_assert_eq!(value::encode_into(&wanted, &mut buffer), Ok(buffer.len()));
        prop_assert_eq!(value::decode(&buffer), Ok(wanted));
    }

    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>) {
        let _ = value::decode::<(i32, String, Vec<f32>, Option<BadBatchOwned>)>(&bytes);
    }
}

type BadBatchOwned = Result<(u8, i128), Vec<String>>;

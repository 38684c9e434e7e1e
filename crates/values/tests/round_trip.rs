//! Random types and values: bytes become JSON, and that JSON the same bytes. Random bytes and texts return a value or an error.

mod common;

use aingle_wasm_values::{EncodeErrorKind, Function, Limits, Reply, Type};
use common::{bytes, json_of, ty, with_value};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// The most JSON that random bytes may become here, in bytes, and the most items.
const SMALL: Limits = Limits { max_decoded: 4096, max_items: 64 };

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn the_text_of_a_type_is_read_again(ty in ty()) {
        prop_assert_eq!(Type::parse(&ty.to_string()), Ok(ty));
    }

    #[test]
    fn h01_values_come_back_through_json((ty, bytes) in with_value()) {
        let json = ty.decode(&bytes, Limits::default()).unwrap();
        prop_assert_eq!(ty.encode(&json), Ok(bytes.clone()), "{} {}", ty, json);
        // Spaces, and what a reader of numbers up to 64 bits keeps.
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let spaced = serde_json::to_string_pretty(&value).unwrap();
        let again = ty.encode(&spaced).unwrap();
        prop_assert_eq!(again.len(), bytes.len());
        let reread: serde_json::Value = serde_json::from_str(&ty.decode(&again, Limits::default()).unwrap()).unwrap();
        prop_assert_eq!(reread, value);
    }

    /// Cut, extended or changed bytes are refused, or are another value that comes back.
    #[test]
    fn changed_bytes_are_refused_or_another_value((ty, bytes) in with_value(), at: prop::sample::Index, byte: u8) {
        for len in 0..bytes.len() {
            prop_assert!(ty.decode(&bytes[..len], Limits::default()).is_err());
        }
        let long = [&bytes[..], &[byte]].concat();
        let error = ty.decode(&long, Limits::default()).unwrap_err();
        prop_assert_eq!(error.offset, bytes.len());
        let mut changed = bytes.clone();
        if !changed.is_empty() {
            changed[at.index(bytes.len())] = byte;
            check_any(&ty, &changed)?;
        }
    }

    #[test]
    fn any_bytes_are_a_value_within_limits_or_an_error(ty in ty(), bytes: Vec<u8>) {
        check_any(&ty, &bytes)?;
    }

    #[test]
    fn any_text_is_a_type_or_an_error(text in "([\\[\\](){}<>,: ]|enum \\{|Option<|Map<|Result<|u8|str|a|é|\\PC){0,12}") {
        if let Ok(ty) = Type::parse(&text) {
            prop_assert_eq!(ty.to_string(), text);
        }
    }

    #[test]
    fn any_json_is_a_value_or_an_error(ty in ty(), json in json()) {
        if let Ok(bytes) = ty.encode(&json) {
            let again = ty.decode(&bytes, Limits::default()).unwrap();
            prop_assert_eq!(ty.encode(&again), Ok(bytes));
        }
        let function = Function::new("f", "", &format!("({ty})"), "()").unwrap();
        let _ = function.encode_arguments(&json);
    }

    #[test]
    fn limits_stop_where_they_say((ty, bytes) in with_value()) {
        let json = ty.decode(&bytes, Limits::default()).unwrap();
        let exact = Limits { max_decoded: json.len() as u32, ..Limits::default() };
        prop_assert_eq!(ty.decode(&bytes, exact), Ok(json.clone()));
        let short = Limits { max_decoded: json.len() as u32 - 1, ..Limits::default() };
        prop_assert!(ty.decode(&bytes, short).unwrap_err().is_limit());
    }

    /// A function of these arguments and this result does with them what their types do.
    #[test]
    fn functions_are_their_types((ty, bytes) in with_value()) {
        let function = Function::new("f", "a,b", &format!("({ty}, u8)"), &ty.to_string()).unwrap();
        let json = ty.decode(&bytes, Limits::default()).unwrap();
        let request = [&bytes[..], &[7]].concat();
        prop_assert_eq!(function.encode_arguments(&format!("[{json},7]")), Ok(request.clone()));
        prop_assert_eq!(function.encode_arguments(&format!("{{\"b\":7,\"a\":{json}}}")), Ok(request.clone()));
        prop_assert_eq!(function.decode_arguments(&request, Limits::default()), Ok(format!("[{json},7]")));
        let whole = match function.decode_reply(&bytes, Limits::default()).unwrap() {
            Reply::Value(value) if matches!(ty, Type::Result(..)) => format!("{{\"Ok\":{value}}}"),
            Reply::Value(value) => value,
            Reply::Error(error) => format!("{{\"Err\":{error}}}"),
        };
        prop_assert_eq!(whole, json);
    }
}

fn check_any(ty: &Type, bytes: &[u8]) -> Result<(), TestCaseError> {
    match ty.decode(bytes, SMALL) {
        Ok(json) => {
            prop_assert!(json.len() <= SMALL.max_decoded as usize);
            let again = ty.encode(&json).unwrap();
            prop_assert_eq!(ty.decode(&again, SMALL), Ok(json));
        }
        Err(error) => prop_assert!(error.offset <= bytes.len(), "{}", error),
    }
    Ok(())
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i128>().prop_map(|value| value.to_string()),
        any::<i8>().prop_map(|value| value.to_string()),
        any::<f64>()
            .prop_filter("a number", |value| value.is_finite())
            .prop_map(|value| format!("{value:?}")),
        "\"(\\\\u[0-9a-fD]{4}|[a-z]|\\\\n){0,3}\"",
    ];
    let key = "(a|b|Some|Ok|Err|base64|1)";
    leaf.prop_recursive(3, 16, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((key, inner), 0..3).prop_map(|members| {
                let members: Vec<String> =
                    members.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// The text of such a value is at most `max_items` items, whatever they take.
#[test]
fn items_are_counted_over_all_sequences() {
    let ty = Type::parse("[[()]]").unwrap();
    let bytes = [3, 2, 2, 2];
    let limits = |max_items| Limits { max_items, ..Limits::default() };
    assert!(ty.decode(&bytes, limits(9)).is_ok());
    assert!(ty.decode(&bytes, limits(8)).unwrap_err().is_limit());
    assert_eq!(json_of(&ty, &[3, 2, 2, 2]), "[[null,null],[null,null],[null,null]]");
}

/// JSON is followed only as deep as its type, so that no text takes more stack than another.
#[test]
fn deep_json_is_refused_without_reading_it_deeply() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for text in ["[[u8]]", "{a: {a: u8}}", "Option<Option<()>>", "Map<str, u8>", "[u8]", "()"] {
            assert!(Type::parse(text).unwrap().encode(&deep).is_err());
        }
        assert!(Type::parse("u8").unwrap().encode(&deep[..deep.len() - 1]).is_err());
    }
}

/// Encodes and decodes many values of an enum with so many variants, and maps with such keys, and returns how long that took.
fn time_with_variants(variants: u32) -> Duration {
    let names: Vec<String> = (0..variants).map(|at| format!("v{at}")).collect();
    let text = format!("enum {{{}}}", names.join(", "));
    let last = variants - 1;
    let count = 50_000;
    let start = Instant::now();
    for (ty, json, item) in [
        (format!("[{text}]"), format!("\"v{last}\""), bytes(&last)),
        (format!("[Map<{text}, ()>]"), "{}".to_owned(), vec![0]),
    ] {
        let ty = Type::parse(&ty).unwrap();
        let json = format!("[{}]", vec![json; count].join(","));
        let encoded = [bytes(&count), item.repeat(count)].concat();
        assert!(ty.encode(&json).unwrap() == encoded);
        assert!(ty.decode(&encoded, Limits::default()).unwrap() == json);
    }
    start.elapsed()
}

/// A module could otherwise make the host work for a long time on a small value: its fuel does not pay for that.
#[test]
fn values_do_not_take_longer_with_more_variants() {
    let (few, many) = (time_with_variants(9), time_with_variants(9_000));
    assert!(many < 8 * few + Duration::from_millis(500), "{few:?} with few, {many:?} with many");
}

/// Structs of few fields and of many find them by other means.
#[test]
fn fields_are_found_whatever_their_number_and_order() {
    for count in [1, 2, 15, 16, 17, 18, 300] {
        let fields: Vec<String> = (0..count).map(|at| format!("f{at}: u16")).collect();
        let ty = Type::parse(&format!("{{{}}}", fields.join(", "))).unwrap();
        let mut members: Vec<String> = (0..count).map(|at| format!("\"f{at}\":{at}")).collect();
        members.reverse();
        let expected: Vec<u8> = (0..count).flat_map(|at| bytes(&(at as u16))).collect();
        assert_eq!(ty.encode(&format!("{{{}}}", members.join(","))), Ok(expected));
        members.push("\"f0\":1".to_owned());
        let error = ty.encode(&format!("{{{}}}", members.join(","))).unwrap_err();
        assert_eq!(error.to_string(), "value: `f0` is there twice");
        members[count] = "\"g\":1".to_owned();
        let error = ty.encode(&format!("{{{}}}", members.join(","))).unwrap_err();
        assert!(matches!(error.kind, EncodeErrorKind::Unknown { .. }), "{error}");
        let error = ty.encode(&format!("{{{}}}", members[1..count].join(","))).unwrap_err();
        assert_eq!(
            (error.kind, error.path.to_string()),
            (EncodeErrorKind::Missing, format!("value.f{}", count - 1))
        );
    }
}

/// A guest's claim of 2^64 items is refused before any is read.
#[test]
fn a_claim_of_many_items_is_refused_at_once() {
    for text in ["[()]", "[{}]", "Map<(), ()>", "Map<enum {A}, ()>", "[str]"] {
        let ty = Type::parse(text).unwrap();
        let bytes = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        let error = ty.decode(&bytes, Limits::default()).unwrap_err();
        assert!(error.is_limit(), "{text}: {error}");
    }
}

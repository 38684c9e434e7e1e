//! `docs/VALUES.md`: each row of its tables is run.

use aingle_wasm_values::{Function, Limits, Reply, Type};

const DOCUMENT: &str = include_str!("../../../docs/VALUES.md");

/// The cells of the table under a heading, without backticks, and how many rows it has.
fn rows(heading: &str, columns: usize) -> Vec<Vec<String>> {
    let section = DOCUMENT.split(&format!("\n## {heading}\n")).nth(1).expect("the section");
    let section = section.split("\n## ").next().expect("its end");
    let table = section.lines().skip_while(|line| !line.starts_with('|')).skip(2);
    let rows: Vec<Vec<String>> = table
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'))
        .map(|line| line.split('|').map(cell).collect())
        .collect();
    assert!(rows.iter().all(|row| row.len() == columns), "{heading}: a row has another number of cells");
    assert!(rows.len() >= 10, "{heading}: {} rows", rows.len());
    rows
}

fn cell(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("``").and_then(|text| text.strip_suffix("``")).unwrap_or(text).trim();
    // A single pair, around a text that has none.
    text.strip_prefix('`')
        .and_then(|text| text.strip_suffix('`'))
        .filter(|text| !text.contains('`'))
        .unwrap_or(text)
        .into()
}

fn ty(text: &str) -> Type {
    Type::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("hexadecimal")).collect()
}

#[test]
fn h01_every_form_is_written_and_read() {
    for row in rows("Forms", 3) {
        let [text, json, hex] = &row[..] else { unreachable!() };
        let ty = ty(text);
        assert_eq!(ty.to_string(), *text);
        assert_eq!(ty.encode(json), Ok(bytes(hex)), "{row:?}");
        assert_eq!(ty.decode(&bytes(hex), Limits::default()).as_ref(), Ok(json), "{row:?}");
    }
}

#[test]
fn h01_other_json_is_read() {
    for row in rows("Also read", 4) {
        let ty = ty(&row[0]);
        assert_eq!(ty.encode(&row[1]), Ok(bytes(&row[2])), "{row:?}");
        let written = ty.decode(&bytes(&row[2]), Limits::default()).expect("a value");
        assert_eq!(ty.encode(&written), Ok(bytes(&row[2])), "{row:?}");
    }
}

#[test]
fn h02_lesson_19_json_that_does_not_fit_is_refused() {
    for row in rows("Refused JSON", 3) {
        let error = ty(&row[0]).encode(&row[1]).expect_err(&row[1]);
        assert_eq!(error.to_string(), row[2], "{row:?}");
    }
}

#[test]
fn bytes_that_are_no_value_are_refused() {
    for row in rows("Refused bytes", 3) {
        let error = ty(&row[0]).decode(&bytes(&row[1]), Limits::default()).expect_err(&row[1]);
        assert_eq!(error.to_string(), row[2], "{row:?}");
    }
}

#[test]
fn w01_h02_lesson_19_arguments_are_encoded_or_refused() {
    for row in rows("Arguments", 4) {
        let names = if row[0] == "-" { "" } else { &row[0] };
        let function = Function::new("f", names, &row[1], "()").expect(&row[1]);
        match function.encode_arguments(&row[2]) {
            Ok(found) => assert_eq!(found, bytes(&row[3]), "{row:?}"),
            Err(error) => assert_eq!(error.to_string(), row[3], "{row:?}"),
        }
    }
}

#[test]
fn replies_are_values_or_errors() {
    for row in rows("Replies", 4) {
        let function = Function::new("f", "", "()", &row[0]).expect(&row[0]);
        let (kind, text) = match function.decode_reply(&bytes(&row[1]), Limits::default()) {
            Ok(Reply::Value(json)) => ("value", json),
            Ok(Reply::Error(json)) => ("error", json),
            Err(error) => ("refused", error.to_string()),
        };
        assert_eq!([kind, &text], [&row[2], &row[3]], "{row:?}");
    }
}

#[test]
fn arguments_that_are_refused_are_named() {
    let function = Function::new("f", "a,b", "(u8, [bool])", "()").unwrap();
    let refused = |bytes: &[u8]| function.decode_arguments(bytes, Limits::default()).unwrap_err().to_string();
    assert_eq!(
        refused(&[7, 1, 2]),
        "argument 2 `b`[0] at byte 2: the bytes are not a value of this type: a mark is neither 0 nor 1"
    );
    assert_eq!(refused(&[7, 0, 9]), "arguments at byte 2: 1 bytes are left behind the value");
}

#[test]
fn limits_are_those_of_the_code() {
    let grouped = |number: u32| {
        let (high, rest) = (number / 1_000_000, number % 1_000_000);
        format!("{high},{:03},{:03}", rest / 1000, rest % 1000)
    };
    let Limits { max_decoded, max_items } = Limits::default();
    assert!(DOCUMENT.contains(&format!("{} unless it is set", grouped(max_items))));
    assert!(DOCUMENT.contains(&format!("{} MiB unless it is set", max_decoded >> 20)));
    assert!(DOCUMENT.contains(&format!("{} levels; values", aingle_wasm_values::MAX_NESTING)));
    assert_eq!(aingle_wasm_values::MAX_TEXT, 65_535);
}

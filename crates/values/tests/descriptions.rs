//! Texts of types and records: read as `docs/ABI.md` says, or refused with the place.

use aingle_wasm_types::description::Record;
use aingle_wasm_values::{DescriptionError, Function, MAX_NESTING, MAX_TEXT, Type, TypeErrorKind};
use aingle_wasm_vectors::{RECORDS, all, named};

fn refused(text: &str) -> String {
    Type::parse(text).expect_err(text).to_string()
}

#[test]
fn texts_that_are_no_type_are_refused_with_the_place() {
    for (text, expected) in [
        ("", "expected a type at byte 0, found the end"),
        ("u7", "unknown type `u7` at byte 0"),
        ("usize", "unknown type `usize` at byte 0"),
        ("schema", "unknown type `schema` at byte 0"),
        ("[List]", "unknown type `List` at byte 1"),
        ("{next: Option<Node>}", "unknown type `Node` at byte 14"),
        ("HashMap<u8, u8>", "unknown type `HashMap` at byte 0"),
        ("[u8; 4]", "unknown type `u8;` at byte 1"),
        ("[u8", "expected `]` at byte 3, found the end"),
        ("(u8,u8)", "expected `, ` or `)` at byte 3, found `,`"),
        ("(u8, )", "expected a type at byte 5, found `)`"),
        ("{a:u8}", "expected `: ` at byte 2, found `:`"),
        ("{: u8}", "expected the name of a field at byte 1, found `:`"),
        ("{a: u8, a: u8}", "second `a` at byte 8"),
        ("enum {A, A}", "second `A` at byte 9"),
        ("enum{A}", "expected ` {` at byte 4, found `{`"),
        ("enum {A B}", "expected `, `, `(`, `{` or `}` at byte 7, found ` `"),
        ("Option", "expected `<` at byte 6, found the end"),
        ("Map<u8>", "expected `, ` at byte 6, found `>`"),
        ("Result<u8, u8", "expected `>` at byte 13, found the end"),
        ("u8 ", "expected the end at byte 2, found ` `"),
        ("u8é", "unknown type `u8é` at byte 0"),
        ("\u{1b}", "expected a type at byte 0, found `\\u{1b}`"),
    ] {
        assert_eq!(refused(text), expected, "{text:?}");
    }
    let long = "x".repeat(1000);
    assert_eq!(refused(&long), format!("unknown type `{}… (1000 bytes)` at byte 0", &long[..64]));
}

#[test]
fn types_are_nested_only_so_deep() {
    let nested = |depth| format!("{}u8{}", "Option<".repeat(depth - 1), ">".repeat(depth - 1));
    assert!(Type::parse(&nested(MAX_NESTING)).is_ok());
    let error = Type::parse(&nested(MAX_NESTING + 1)).unwrap_err();
    assert_eq!(error.kind, TypeErrorKind::TooDeep { limit: MAX_NESTING });
    assert_eq!(error.offset, MAX_NESTING * "Option<".len());
    // Every kind of nesting counts, and its end is not needed.
    for open in
        ["[", "(", "{a: ", "Option<", "Map<", "Map<u8, ", "Result<", "Result<u8, ", "enum {A(", "enum {A{a: "]
    {
        let error = Type::parse(&open.repeat(MAX_NESTING + 1)).unwrap_err();
        assert_eq!(error.kind, TypeErrorKind::TooDeep { limit: MAX_NESTING }, "{open}");
    }
    // Types side by side are not nested.
    assert!(Type::parse(&format!("({}u8)", "u8, ".repeat(1000))).is_ok());
}

#[test]
fn texts_have_the_longest_length_of_a_record() {
    let exact = format!("({}u8)", "u8, ".repeat((MAX_TEXT - 4) / 4));
    let padded = format!("{exact}{}", " ".repeat(MAX_TEXT - exact.len()));
    assert!(matches!(Type::parse(&padded).unwrap_err().kind, TypeErrorKind::Unexpected { .. }));
    let error = Type::parse(&format!("{padded} ")).unwrap_err();
    assert_eq!(error.kind, TypeErrorKind::TooLong { limit: MAX_TEXT, found: MAX_TEXT + 1 });
    assert_eq!(error.to_string(), "the text of a type is too long: limit 65535 bytes, found 65536");
}

#[test]
fn records_are_functions_with_a_signature() {
    let bytes = named(RECORDS, "typed_export").bytes("bytes");
    let function = Function::from_record(&Record::split_first(&bytes).unwrap().0).unwrap();
    assert_eq!(
        function.to_string(),
        "summarize(station: str, readings: [f32]) -> Result<{mean: f32, count: u32}, enum {Empty, TooLong(u32)}>"
    );
    assert_eq!((function.name(), function.params().len()), ("summarize", 2));
    let mut typed = 0;
    for vector in all(RECORDS).filter(|vector| vector.get("refused").is_none()) {
        let bytes = vector.bytes("bytes");
        let record = Record::split_first(&bytes).unwrap().0;
        match Function::from_record(&record) {
            Ok(function) => {
                assert_eq!(function.result().to_string(), vector.text("result"), "{}", vector.name);
                typed += 1;
            }
            Err(error) => {
                assert_eq!(error, DescriptionError::Raw, "{}", vector.name);
                assert_eq!(vector.number("form"), 0, "{}", vector.name);
            }
        }
    }
    assert!(typed >= 3);
}

#[test]
fn a_function_without_names_has_types_only() {
    let function = Function::new("add", "", "(u8, u8)", "u8").unwrap();
    assert_eq!(function.to_string(), "add(u8, u8) -> u8");
    assert_eq!(Function::new("now", "", "()", "u64").unwrap().to_string(), "now() -> u64");
}

#[test]
fn texts_that_are_no_function_are_refused() {
    let refused = |params: &str, args: &str, result: &str| {
        Function::new("f", params, args, result).unwrap_err().to_string()
    };
    assert_eq!(
        refused("", "(u8", "u8"),
        "types of the arguments: expected `, ` or `)` at byte 3, found the end"
    );
    assert_eq!(refused("", "(u8)", "u9"), "type of the result: unknown type `u9` at byte 0");
    assert_eq!(refused("", "u8", "u8"), "the type of the arguments is not a tuple");
    assert_eq!(refused("a", "(u8, u8)", "u8"), "names of the parameters: expected 2, found 1");
    assert_eq!(refused("a", "()", "u8"), "names of the parameters: expected 0, found 1");
    assert_eq!(refused("a,a", "(u8, u8)", "u8"), "two parameters have the name `a`");
}

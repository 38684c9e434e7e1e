//! JSON of typed values.

use aingle_wasm_values::{Function, Limits, Type};

/// The types that payloads are tried as, whatever their own is.
const TYPES: [&str; 6] = [
    "{mean: f32, count: u32, at: Option<Option<i64>>}",
    "[enum {Empty, TooLong(u32), Pair(u8, i128), At{text: str}}]",
    "Map<str, [u8]>",
    "Map<f64, Result<(), [char]>>",
    "Map<u16, [[()]]>",
    "(bool, u128, f32, f64, str)",
];

/// Limits, the text of a type in a line, and behind it bytes of a value, or a line of its JSON. Whatever is accepted comes back.
pub fn json_values(bytes: &[u8]) {
    let [max_decoded, max_items, bytes @ ..] = bytes else { return };
    let limits = Limits { max_decoded: u32::from(*max_decoded) << 2, max_items: (*max_items).into() };
    let (text, payload) = line(bytes).unwrap_or((&[], bytes));
    if let Some(ty) = std::str::from_utf8(text).ok().and_then(described) {
        check(&ty, payload, limits);
    }
    for text in TYPES {
        check(&Type::parse(text).expect(text), payload, limits);
    }
}

/// The first line, and what is behind it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, rest) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n')?);
    Some((line, &rest[1..]))
}

/// A type, whose text is the one that was read.
fn described(text: &str) -> Option<Type> {
    let ty = Type::parse(text).ok()?;
    assert_eq!(ty.to_string(), text);
    Some(ty)
}

fn check(ty: &Type, payload: &[u8], limits: Limits) {
    match ty.decode(payload, limits) {
        Ok(json) => {
            assert!(json.len() <= limits.max_decoded as usize);
            let written = ty.encode(&json).expect("the JSON of a value");
            assert_eq!(ty.decode(&written, limits).as_ref(), Ok(&json));
        }
        Err(error) => assert!(error.offset <= payload.len(), "{error}"),
    }
    let json = line(payload).map_or(payload, |(json, _)| json);
    let Ok(json) = std::str::from_utf8(json) else { return };
    let encoded = ty.encode(json);
    if let Ok(written) = &encoded {
        assert!(written.len() <= 8 * json.len());
        let again = ty.decode(written, Limits::default()).expect("a value");
        assert_eq!(ty.encode(&again).as_ref(), Ok(written));
    }
    let function = Function::new("f", "value", &format!("({ty})"), "()").expect("a function");
    let arguments = function.encode_arguments(&format!("[{json}]"));
    assert!(encoded.is_err() || arguments == encoded);
    let _ = function.encode_arguments(json);
}

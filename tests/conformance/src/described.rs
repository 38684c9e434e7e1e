//! Records of a module's description, for guests that are written by hand.

use aingle_wasm_codec::postcard_schema::schema::NamedType;
use aingle_wasm_codec::schema::signature_text;
use aingle_wasm_types::description::{Form, Kind, schema_hash};

/// The record of a typed export whose only argument has the name `reply`, if it has one.
#[must_use]
pub fn export(name: &str, args: &[&'static NamedType], result: &'static NamedType) -> Vec<u8> {
    let text = signature_text(args, result);
    let (args, result) = text.split_once(" -> ").unwrap_or_default();
    let texts = [name, if args == "()" { "" } else { "reply" }, args, result];
    let mut body = vec![Kind::Export as u8, Form::Typed as u8];
    body.extend(schema_hash(args, result).to_le_bytes());
    body.extend(texts.iter().flat_map(|text| (text.len() as u16).to_le_bytes()));
    body.extend(texts.iter().flat_map(|text| text.bytes()));
    [&(body.len() as u32).to_le_bytes(), &body[..]].concat()
}

/// Bytes as the text of a WAT string.
#[must_use]
pub fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}

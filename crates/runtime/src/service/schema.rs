//! Types as JSON Schema.

use aingle_wasm_values::{Content, Field, Integer, Type, Variant};
use serde_json::{Map, Value, json};

/// Returns the schema of the JSON that values of a type have, as `docs/VALUES.md` has it.
pub(super) fn schema(ty: &Type) -> Value {
    match ty {
        Type::Unit => json!({ "type": "null" }),
        Type::Bool => json!({ "type": "boolean" }),
        Type::Integer(integer) => of_integer(*integer),
        Type::F32 | Type::F64 => {
            let text = r"^(NaN(\(0x[0-9a-f]+\))?|-?Infinity)$";
            json!({ "anyOf": [{ "type": "number" }, { "type": "string", "pattern": text }] })
        }
        Type::Char => json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
        Type::Str => json!({ "type": "string" }),
        Type::Bytes => one("base64", json!({ "type": "string", "contentEncoding": "base64" })),
        Type::Seq(item) => json!({ "type": "array", "items": schema(item) }),
        Type::Tuple(items) => tuple(items),
        Type::Struct(fields) => object(fields.iter().map(pair)),
        Type::Option(some) if some.has_null() => any([json!({ "type": "null" }), one("Some", schema(some))]),
        Type::Option(some) => any([json!({ "type": "null" }), schema(some)]),
        Type::Map(key, value) if key.is_key() => {
            json!({ "type": "object", "additionalProperties": schema(value) })
        }
        Type::Map(key, value) => {
            let pair = fixed([schema(key), schema(value)]);
            json!({ "type": "array", "items": pair })
        }
        Type::Result(ok, error) => any([one("Ok", schema(ok)), one("Err", schema(error))]),
        Type::Enum(variants) => any(variants.all().iter().map(variant)),
    }
}

fn of_integer(integer: Integer) -> Value {
    if integer.bits() > 64 {
        return json!({ "type": "string", "pattern": "^-?[0-9]+$" });
    }
    // Within 64 bits, both fit.
    let minimum = i64::try_from(integer.min()).unwrap_or(i64::MIN);
    let maximum = u64::try_from(integer.max()).unwrap_or(u64::MAX);
    json!({ "type": "integer", "minimum": minimum, "maximum": maximum })
}

fn variant(variant: &Variant) -> Value {
    match &variant.content {
        Content::Unit => json!({ "const": variant.name }),
        Content::Tuple(items) => match &items[..] {
            [item] => one(&variant.name, schema(item)),
            items => one(&variant.name, tuple(items)),
        },
        Content::Struct(fields) => one(&variant.name, object(fields.iter().map(pair))),
    }
}

fn pair(field: &Field) -> (&str, Value) {
    (&field.name, schema(&field.ty))
}

fn tuple(items: &[Type]) -> Value {
    fixed(items.iter().map(schema))
}

/// An array of just these items.
pub(super) fn fixed(items: impl IntoIterator<Item = Value>) -> Value {
    let items: Vec<Value> = items.into_iter().collect();
    match items.len() {
        0 => json!({ "type": "array", "maxItems": 0 }),
        len => json!({ "type": "array", "prefixItems": items, "items": false, "minItems": len }),
    }
}

/// An object of just these properties.
pub(super) fn object<'n>(properties: impl IntoIterator<Item = (&'n str, Value)>) -> Value {
    let properties: Map<String, Value> =
        properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let required: Vec<&String> = properties.keys().collect();
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}

/// An object of one property.
fn one(name: &str, schema: Value) -> Value {
    object([(name, schema)])
}

/// Values of one of these schemas.
pub(super) fn any(schemas: impl IntoIterator<Item = Value>) -> Value {
    json!({ "anyOf": schemas.into_iter().collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_a_value_has_its_schema() {
        for (ty, wanted) in [
            ("()", json!({"type": "null"})),
            ("i8", json!({"type": "integer", "minimum": -128, "maximum": 127})),
            ("u64", json!({"type": "integer", "minimum": 0, "maximum": u64::MAX})),
            ("i128", json!({"type": "string", "pattern": "^-?[0-9]+$"})),
            ("[str]", json!({"type": "array", "items": {"type": "string"}})),
            (
                "(bool, str)",
                json!({"type": "array", "prefixItems": [{"type": "boolean"}, {"type": "string"}], "items": false, "minItems": 2}),
            ),
            (
                "{a: bool}",
                json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}, "additionalProperties": false}),
            ),
            ("Option<bool>", json!({"anyOf": [{"type": "null"}, {"type": "boolean"}]})),
            ("Option<()>", any([json!({"type": "null"}), one("Some", json!({"type": "null"}))])),
            ("Map<u8, bool>", json!({"type": "object", "additionalProperties": {"type": "boolean"}})),
            (
                "Map<(), bool>",
                json!({"type": "array", "items": fixed([json!({"type": "null"}), json!({"type": "boolean"})])}),
            ),
            (
                "enum {A, B(bool), C(bool, bool), D{e: bool}, F()}",
                any([
                    json!({"const": "A"}),
                    one("B", json!({"type": "boolean"})),
                    one("C", fixed([json!({"type": "boolean"}), json!({"type": "boolean"})])),
                    one("D", one("e", json!({"type": "boolean"}))),
                    one("F", json!({"type": "array", "maxItems": 0})),
                ]),
            ),
            (
                "Result<bool, ()>",
                any([one("Ok", json!({"type": "boolean"})), one("Err", json!({"type": "null"}))]),
            ),
            ("[u8]", one("base64", json!({"type": "string", "contentEncoding": "base64"}))),
        ] {
            assert_eq!(schema(&ty.parse().unwrap()), wanted, "{ty}");
        }
    }
}

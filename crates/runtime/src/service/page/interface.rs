//! The functions of a module, for forms.

use crate::module::{Export, FunctionKind, Loaded};
use aingle_wasm_values::{Content, Field, Integer, Param, Type, Variant};
use serde_json::{Value, json};

/// Returns the functions of a module, with a tree of each parameter's type.
pub(super) fn of_module(module: &Loaded) -> Value {
    let functions = module.interface.iter().map(|(name, export)| function(name, export));
    json!({ "functions": functions.collect::<Vec<_>>() })
}

fn function(name: &str, export: &Export) -> Value {
    let kind = match export.kind() {
        FunctionKind::Typed => "typed",
        FunctionKind::Bytes => "bytes",
        FunctionKind::Plain => "plain",
        FunctionKind::Command => "command",
    };
    let params = match export {
        Export::Typed { function, .. } | Export::Component(function) => {
            function.params().iter().map(param).collect()
        }
        Export::Plain(function) => function.params().iter().map(param).collect(),
        Export::Bytes => vec![named(Some("bytes"), &Type::Bytes)],
        Export::Command => vec![named(Some("arguments"), &Type::Seq(Box::new(Type::Str)))],
    };
    json!({ "name": name, "signature": export.signature(name), "kind": kind, "params": params })
}

fn param(param: &Param) -> Value {
    named(param.name.as_deref(), &param.ty)
}

fn named(name: Option<&str>, ty: &Type) -> Value {
    json!({ "name": name, "type": ty.to_string(), "tree": tree(ty) })
}

/// Returns a type as a tree: `is` says which of the forms of `docs/VALUES.md` it has.
fn tree(ty: &Type) -> Value {
    match ty {
        Type::Unit => json!({ "is": "unit" }),
        Type::Bool => json!({ "is": "bool" }),
        Type::Integer(integer) => of_integer(*integer),
        Type::F32 | Type::F64 => json!({ "is": "float", "name": ty.to_string() }),
        Type::Char => json!({ "is": "char" }),
        Type::Str => json!({ "is": "str" }),
        Type::Bytes => json!({ "is": "bytes" }),
        Type::Seq(item) => json!({ "is": "seq", "item": tree(item) }),
        Type::Tuple(items) => json!({ "is": "tuple", "items": trees(items) }),
        Type::Struct(all) => json!({ "is": "struct", "fields": fields(all) }),
        Type::Option(some) => json!({ "is": "option", "some": tree(some), "wrapped": some.has_null() }),
        Type::Map(key, value) => {
            json!({ "is": "map", "key": tree(key), "value": tree(value), "object": key.is_key() })
        }
        // It has the JSON of an enum.
        Type::Result(ok, error) => {
            let variant = |name, ty| json!({ "name": name, "has": { "is": "newtype", "item": tree(ty) } });
            json!({ "is": "enum", "variants": [variant("Ok", ok), variant("Err", error)] })
        }
        Type::Enum(variants) => {
            json!({ "is": "enum", "variants": variants.all().iter().map(variant).collect::<Vec<_>>() })
        }
    }
}

/// The limits are texts: those of 64 bits are more than a number of a browser keeps.
fn of_integer(integer: Integer) -> Value {
    json!({
        "is": "integer",
        "name": integer.to_string(),
        "min": integer.min().to_string(),
        "max": integer.max().to_string(),
        "text": integer.bits() > 64,
    })
}

fn variant(variant: &Variant) -> Value {
    let has = match &variant.content {
        Content::Unit => Value::Null,
        Content::Tuple(items) => match &items[..] {
            [item] => json!({ "is": "newtype", "item": tree(item) }),
            items => json!({ "is": "tuple", "items": trees(items) }),
        },
        Content::Struct(all) => json!({ "is": "struct", "fields": fields(all) }),
    };
    json!({ "name": variant.name, "has": has })
}

fn trees(types: &[Type]) -> Vec<Value> {
    types.iter().map(tree).collect()
}

fn fields(fields: &[Field]) -> Vec<Value> {
    fields.iter().map(|field| json!({ "name": field.name, "tree": tree(&field.ty) })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_a_tree_that_a_form_is_made_of() {
        let integer = json!({ "is": "integer", "name": "u64", "min": "0", "max": "18446744073709551615", "text": false });
        for (ty, wanted) in [
            ("u64", integer.clone()),
            ("Option<()>", json!({ "is": "option", "some": { "is": "unit" }, "wrapped": true })),
            (
                "Map<u64, f32>",
                json!({ "is": "map", "key": integer, "value": { "is": "float", "name": "f32" }, "object": true }),
            ),
            (
                "Map<[u8], str>",
                json!({ "is": "map", "key": { "is": "bytes" }, "value": { "is": "str" }, "object": false }),
            ),
            (
                "enum {A, B(bool), C(bool, char), D{e: [bool]}, F()}",
                json!({ "is": "enum", "variants": [
                    { "name": "A", "has": null },
                    { "name": "B", "has": { "is": "newtype", "item": { "is": "bool" } } },
                    { "name": "C", "has": { "is": "tuple", "items": [{ "is": "bool" }, { "is": "char" }] } },
                    { "name": "D", "has": { "is": "struct", "fields": [{ "name": "e", "tree": { "is": "seq", "item": { "is": "bool" } } }] } },
                    { "name": "F", "has": { "is": "tuple", "items": [] } },
                ] }),
            ),
            (
                "Result<(bool), ()>",
                json!({ "is": "enum", "variants": [
                    { "name": "Ok", "has": { "is": "newtype", "item": { "is": "tuple", "items": [{ "is": "bool" }] } } },
                    { "name": "Err", "has": { "is": "newtype", "item": { "is": "unit" } } },
                ] }),
            ),
        ] {
            assert_eq!(tree(&ty.parse().unwrap()), wanted, "{ty}");
        }
    }
}

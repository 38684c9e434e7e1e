//! A description of all functions, as OpenAPI.

use super::schema::{any, fixed, object, schema};
use crate::module::Export;
use crate::runtime::WasmRuntime;
use aingle_wasm_values::{Param, Type};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// Returns a document of OpenAPI 3.1 of all functions of all modules, as [`call`](super::call) answers them. `path` returns the
/// path of a function of a module, of names as they are in a URL: a space is `%20`.
#[must_use]
pub fn openapi(runtime: &WasmRuntime, path: impl Fn(&str, &str) -> String) -> Value {
    let mut paths = Map::new();
    for loaded in runtime.loaded() {
        for (name, export) in loaded.interface.iter() {
            let path = path(&in_url(&loaded.name), &in_url(name));
            paths.insert(path, json!({ "post": operation(&loaded.name, name, export) }));
        }
    }
    let mut error = object([
        ("error", json!({ "type": "string" })),
        ("kind", json!({ "type": "string" })),
        ("retryable", json!({ "type": "boolean" })),
    ]);
    error["properties"]["value"] = json!({ "description": "the error that the function returned" });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Functions of WebAssembly modules", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": { "schemas": { "Error": error } },
    })
}

/// All but what a URL has as it is: letters, digits and four signs (RFC 3986, 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name as a segment of a path.
fn in_url(name: &str) -> String {
    utf8_percent_encode(name, ESCAPED).to_string()
}

/// The schema of what a function returns. An error has a status of its own.
fn reply(result: &Type) -> Value {
    if let Type::Result(ok, _) = result { schema(ok) } else { schema(result) }
}

fn operation(module: &str, name: &str, export: &Export) -> Value {
    let (request, replied) = match export {
        Export::Typed { function, result, .. } => {
            (json(&arguments(function.params())), json(&result.as_ref().map_or_else(|| json!({}), reply)))
        }
        Export::Component(function) => (json(&arguments(function.params())), json(&reply(function.result()))),
        Export::Plain(function) => (json(&arguments(function.params())), json(&schema(function.result()))),
        Export::Command => {
            let output = any([schema(&Type::Str), schema(&Type::Bytes)]);
            let ended =
                [("status", json!({ "type": "integer" })), ("stdout", output.clone()), ("stderr", output)];
            (json(&json!({ "type": "array", "items": { "type": "string" } })), json(&object(ended)))
        }
        Export::Bytes => {
            let bytes = json!({ "application/octet-stream": {} });
            (bytes.clone(), bytes)
        }
    };
    let failure = |description: &str| json!({ "description": description, "content": json(&json!({ "$ref": "#/components/schemas/Error" })) });
    json!({
        "operationId": format!("{module}.{name}"),
        "summary": export.signature(name),
        "tags": [module],
        "requestBody": { "content": request },
        "responses": {
            "200": { "description": "the result", "content": replied },
            "400": failure("the arguments do not fit"),
            "403": failure("it asked for what is not granted"),
            "404": failure("there is no such function"),
            "422": failure("the function returned an error, or was stopped"),
            "503": failure("there is no room"),
            "504": failure("a limit of time passed"),
        },
    })
}

fn json(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

/// The schema of arguments: by position; by name if all have names; a value of its own for one.
fn arguments(params: &[Param]) -> Value {
    let by_position = fixed(params.iter().map(|param| schema(&param.ty)));
    let named: Option<Vec<_>> =
        params.iter().map(|param| Some((param.name.as_deref()?, schema(&param.ty)))).collect();
    let by_name = named.filter(|named| !named.is_empty()).map(object);
    let one = if let [only] = params { Some(schema(&only.ty)) } else { None };
    any([by_position].into_iter().chain(by_name).chain(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_segment_of_a_path() {
        assert_eq!(in_url("add_2-x.y~"), "add_2-x.y~");
        assert_eq!(in_url("a:b/c@0.1.0#d e{f}%ü"), "a%3Ab%2Fc%400.1.0%23d%20e%7Bf%7D%25%C3%BC");
    }
}

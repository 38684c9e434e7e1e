//! Numbers as values of Wasmer, and back.

use aingle_wasm_types::Number;
use wasmer::Value;

pub(super) fn value(number: Number) -> Value {
    match number {
        Number::I32(value) => Value::I32(value),
        Number::I64(value) => Value::I64(value),
        Number::F32(value) => Value::F32(value),
        Number::F64(value) => Value::F64(value),
    }
}

pub(super) fn number(value: &Value) -> Option<Number> {
    Some(match *value {
        Value::I32(value) => Number::I32(value),
        Value::I64(value) => Number::I64(value),
        Value::F32(value) => Number::F32(value),
        Value::F64(value) => Number::F64(value),
        _ => return None,
    })
}

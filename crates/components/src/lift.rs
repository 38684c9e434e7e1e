//! Values of Wasmtime as the bytes that they have by their types.

use aingle_wasm_codec::value::encode_to;
use aingle_wasm_values::{Content, Field, Type};
use serde::Serialize;
use wasmtime::Result;
use wasmtime::component::Val;

/// Returns the bytes of a result. Without one, its type is `()`.
pub fn result(value: Option<&Val>, ty: &Type) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    if let Some(value) = value {
        write(value, ty, &mut out)?;
    }
    Ok(out)
}

fn write(value: &Val, ty: &Type, out: &mut Vec<u8>) -> Result<()> {
    match (value, ty) {
        (Val::Bool(value), _) => put(value, out),
        (Val::S8(value), _) => put(value, out),
        (Val::U8(value), _) => put(value, out),
        (Val::S16(value), _) => put(value, out),
        (Val::U16(value), _) => put(value, out),
        (Val::S32(value), _) => put(value, out),
        (Val::U32(value), _) => put(value, out),
        (Val::S64(value), _) => put(value, out),
        (Val::U64(value), _) => put(value, out),
        (Val::Float32(value), _) => put(value, out),
        (Val::Float64(value), _) => put(value, out),
        (Val::Char(value), _) => put(value, out),
        (Val::String(value), _) => put(value, out),
        (Val::List(items), Type::Bytes) => {
            put(&items.len(), out)?;
            items.iter().try_for_each(|item| write(item, ty, out))
        }
        (Val::List(items), Type::Seq(item)) => {
            put(&items.len(), out)?;
            items.iter().try_for_each(|value| write(value, item, out))
        }
        (Val::Record(values), Type::Struct(fields)) => {
            values.iter().zip(fields).try_for_each(|((_, value), field)| write(value, &field.ty, out))
        }
        (Val::Flags(set), Type::Struct(flags)) => {
            let is_set = |flag: &Field| set.contains(&flag.name);
            flags.iter().try_for_each(|flag| put(&is_set(flag), out))
        }
        (Val::Tuple(values), Type::Tuple(types)) => {
            values.iter().zip(types).try_for_each(|(value, ty)| write(value, ty, out))
        }
        (Val::Variant(name, content), Type::Enum(_)) => case(name, content.as_deref(), ty, out),
        (Val::Enum(name), Type::Enum(_)) => case(name, None, ty, out),
        (Val::Option(value), Type::Option(some)) => {
            put(&value.is_some(), out)?;
            content(value.as_deref(), some, out)
        }
        (Val::Result(value), Type::Result(ok, err)) => {
            put(&value.is_err(), out)?;
            match value {
                Ok(value) => content(value.as_deref(), ok, out),
                Err(value) => content(value.as_deref(), err, out),
            }
        }
        _ => Err(other(ty)),
    }
}

fn content(value: Option<&Val>, ty: &Type, out: &mut Vec<u8>) -> Result<()> {
    value.map_or(Ok(()), |value| write(value, ty, out))
}

fn case(name: &str, value: Option<&Val>, ty: &Type, out: &mut Vec<u8>) -> Result<()> {
    let Type::Enum(variants) = ty else { return Err(other(ty)) };
    let index = variants.index(name).ok_or_else(|| other(ty))?;
    put(&u32::try_from(index).unwrap_or(u32::MAX), out)?;
    match &variants.all()[index].content {
        Content::Tuple(types) => content(value, types.first().unwrap_or(&Type::Unit), out),
        _ => Ok(()),
    }
}

fn put<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<()> {
    let mut sink = |bytes: &[u8]| {
        out.extend_from_slice(bytes);
        true
    };
    encode_to(value, &mut sink).map_err(|error| wasmtime::format_err!("{error}"))
}

/// The error of a value of another type, which Wasmtime does not return.
fn other(ty: &Type) -> wasmtime::Error {
    wasmtime::format_err!("a value is not of the type {ty}")
}

//! Values of any type, part by part.

use super::error::{EncodeError, EncodeErrorKind};
use super::json::{Json, Kind};
use super::scalar::{self, bytes_of, length};
use crate::integer::Integer;
use crate::path::Segment;
use crate::ty::{Content, Field, Type, Variants};
use std::collections::{HashMap, HashSet};

type Result<T = ()> = std::result::Result<T, EncodeError>;

/// Up to how many names are compared one by one; a table of more is made.
const FEW: usize = 16;

/// Writes one value. Types are nested no deeper than `parse` allows, and JSON is followed only as deep as its type.
pub(super) fn value(ty: &Type, json: Json<'_>, out: &mut Vec<u8>) -> Result {
    let mismatch = || EncodeError::mismatch(ty, json.source());
    match ty {
        Type::Unit => (json.kind() == Kind::Null).then_some(()).ok_or_else(mismatch),
        Type::Bool => match json.kind() {
            Kind::Bool(value) => {
                out.push(value.into());
                Ok(())
            }
            _ => Err(mismatch()),
        },
        Type::Integer(ty) => scalar::integer(*ty, json, out),
        Type::F32 => scalar::f32(json, out),
        Type::F64 => scalar::f64(json, out),
        Type::Char => json.text().and_then(|text| scalar::char_text(&text, out)).ok_or_else(mismatch),
        Type::Str => {
            bytes_of(json.text().ok_or_else(mismatch)?.as_bytes(), out);
            Ok(())
        }
        Type::Bytes if json.kind() == Kind::Array => {
            items(&Type::Integer(Integer::U8), json.items().ok_or_else(mismatch)?, out)
        }
        Type::Bytes => scalar::bytes(json, out),
        Type::Seq(item) => items(item, json.items().ok_or_else(mismatch)?, out),
        Type::Tuple(types) => tuple(types, json, out).unwrap_or_else(|| Err(mismatch())),
        Type::Struct(fields) => self::fields(fields, json, out).unwrap_or_else(|| Err(mismatch())),
        Type::Option(some) => option(some, json, out).unwrap_or_else(|| Err(mismatch())),
        Type::Map(key, value) if key.is_key() => {
            object(key, value, json, out).unwrap_or_else(|| Err(mismatch()))
        }
        Type::Map(key, value) => pairs(key, value, json.items().ok_or_else(mismatch)?, out),
        Type::Result(ok, err) => {
            let (name, content) = json.only_member().ok_or_else(mismatch)?;
            let (mark, ty) = match &*name {
                "Ok" => (0, ok),
                "Err" => (1, err),
                _ => return Err(EncodeError::unknown(&name, ["Ok", "Err"].into_iter())),
            };
            out.push(mark);
            value(ty, content, out).map_err(|error| error.within(Segment::Name(name.into_owned())))
        }
        Type::Enum(variants) => variant(variants, json, out).unwrap_or_else(|| Err(mismatch())),
    }
}

fn items(ty: &Type, items: Vec<Json<'_>>, out: &mut Vec<u8>) -> Result {
    length(items.len(), out);
    for (at, item) in items.into_iter().enumerate() {
        value(ty, item, out).map_err(|error| error.within(Segment::Index(at)))?;
    }
    Ok(())
}

// The functions below return `None` if the JSON has another form than the type.

fn tuple(types: &[Type], json: Json<'_>, out: &mut Vec<u8>) -> Option<Result> {
    let items = json.items()?;
    if items.len() != types.len() {
        let kind = EncodeErrorKind::Count { expected: types.len(), found: items.len() };
        return Some(Err(EncodeError::new(kind)));
    }
    let mut parts = types.iter().zip(items).enumerate();
    Some(parts.try_for_each(|(at, (ty, item))| {
        value(ty, item, out).map_err(|error| error.within(Segment::Index(at)))
    }))
}

fn fields(fields: &[Field], json: Json<'_>, out: &mut Vec<u8>) -> Option<Result> {
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let values = match by_name(&names, json)? {
        Ok(values) => values,
        Err(error) => return Some(Err(error)),
    };
    let mut parts = fields.iter().zip(values);
    Some(parts.try_for_each(|(field, found)| {
        let written = found
            .ok_or_else(|| EncodeError::new(EncodeErrorKind::Missing))
            .and_then(|found| value(&field.ty, found, out));
        written.map_err(|error| error.within(Segment::name(&field.name)))
    }))
}

/// Returns the values of an object in the order of these names.
pub(super) fn by_name<'j>(names: &[&str], json: Json<'j>) -> Option<Result<Vec<Option<Json<'j>>>>> {
    let mut values = vec![None; names.len()];
    let table = (names.len() > FEW).then(|| names.iter().copied().zip(0..).collect::<HashMap<&str, usize>>());
    for (name, found) in json.members()? {
        let at = match &table {
            Some(table) => table.get(&*name).copied(),
            None => names.iter().position(|known| *known == name),
        };
        let Some(at) = at else {
            return Some(Err(EncodeError::unknown(&name, names.iter().copied())));
        };
        if values[at].replace(found).is_some() {
            return Some(Err(EncodeError::duplicate(&name)));
        }
    }
    Some(Ok(values))
}

fn option(some: &Type, json: Json<'_>, out: &mut Vec<u8>) -> Option<Result> {
    if json.kind() == Kind::Null {
        out.push(0);
        return Some(Ok(()));
    }
    out.push(1);
    if !some.has_null() {
        return Some(value(some, json, out));
    }
    let (name, content) = json.only_member().filter(|(name, _)| name == "Some")?;
    Some(value(some, content, out).map_err(|error| error.within(Segment::Name(name.into_owned()))))
}

fn object(key: &Type, ty: &Type, json: Json<'_>, out: &mut Vec<u8>) -> Option<Result> {
    let members = json.members()?;
    length(members.len(), out);
    let mut seen = HashSet::new();
    for (name, found) in &members {
        let written = match seen.insert(name) {
            true => scalar::key(key, name, out)
                .and_then(|()| value(ty, *found, out))
                .map_err(|error| error.within(Segment::key(name))),
            false => Err(EncodeError::duplicate(name)),
        };
        if written.is_err() {
            return Some(written);
        }
    }
    Some(Ok(()))
}

fn pairs(key: &Type, ty: &Type, pairs: Vec<Json<'_>>, out: &mut Vec<u8>) -> Result {
    length(pairs.len(), out);
    let mut seen = HashSet::new();
    for (at, pair) in pairs.into_iter().enumerate() {
        let at = |error: EncodeError| error.within(Segment::Index(at));
        let Some([name, found]) = pair.items().and_then(|items| <[_; 2]>::try_from(items).ok()) else {
            return Err(at(EncodeError::mismatch(&format!("a pair of {key} and {ty}"), pair.source())));
        };
        let mut bytes = Vec::new();
        value(key, name, &mut bytes).map_err(|error| at(error.within(Segment::Index(0))))?;
        out.extend_from_slice(&bytes);
        if !seen.insert(bytes) {
            return Err(at(EncodeError::duplicate(name.source())));
        }
        value(ty, found, out).map_err(|error| at(error.within(Segment::Index(1))))?;
    }
    Ok(())
}

fn variant(variants: &Variants, json: Json<'_>, out: &mut Vec<u8>) -> Option<Result> {
    let (name, content) = match json.kind() {
        Kind::Text => (json.text()?, None),
        _ => json.only_member().map(|(name, content)| (name, Some(content)))?,
    };
    let at = match scalar::index(variants, &name) {
        Ok(at) => at,
        Err(error) => return Some(Err(error)),
    };
    length(at, out);
    let variant = &variants.all()[at];
    let mismatch = || Err(EncodeError::mismatch(variant, json.source()));
    let written = match (&variant.content, content) {
        (Content::Unit, None) => return Some(Ok(())),
        (Content::Unit, Some(_)) | (_, None) => return Some(mismatch()),
        (Content::Tuple(types), Some(content)) => match &**types {
            [ty] => value(ty, content, out),
            types => tuple(types, content, out).unwrap_or_else(mismatch),
        },
        (Content::Struct(fields), Some(content)) => {
            self::fields(fields, content, out).unwrap_or_else(mismatch)
        }
    };
    Some(written.map_err(|error| error.within(Segment::name(&name))))
}

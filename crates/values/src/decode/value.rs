//! Values of any type, part by part.

use super::error::{DecodeError, DecodeErrorKind};
use super::output::{Full, Output};
use crate::path::Segment;
use crate::ty::{Content, Field, Type, Variant};
use aingle_wasm_codec::Cause;
use aingle_wasm_codec::value::Limits;
use std::collections::HashSet;

pub(super) type Result<T = ()> = std::result::Result<T, DecodeError>;

/// Reads bytes, and writes JSON.
pub(super) struct Decoder<'b> {
    pub(super) bytes: &'b [u8],
    /// How much of the bytes was read.
    pub(super) offset: usize,
    pub(super) out: Output,
    /// How many items may still be read.
    items: u32,
    limits: Limits,
}

impl<'b> Decoder<'b> {
    pub(super) fn new(bytes: &'b [u8], limits: Limits) -> Self {
        Self { bytes, offset: 0, out: Output::new(limits.max_decoded), items: limits.max_items, limits }
    }

    /// Checks that all bytes were read, and returns the JSON.
    pub(super) fn finish(self) -> Result<String> {
        match self.bytes.len() - self.offset {
            0 => Ok(self.out.into_json()),
            found => Err(self.error(DecodeErrorKind::TrailingBytes { found })),
        }
    }

    pub(super) fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(self.offset, kind)
    }

    /// Adds to the error that the JSON is too long.
    pub(super) fn fit(&self, written: std::result::Result<(), Full>) -> Result {
        let limit = self.limits.max_decoded;
        written.map_err(|Full| self.error(DecodeErrorKind::TooLarge { limit }))
    }

    pub(super) fn push(&mut self, text: &str) -> Result {
        let written = self.out.push(text);
        self.fit(written)
    }

    pub(super) fn quote(&mut self, text: &str) -> Result {
        let written = self.out.quote(text);
        self.fit(written)
    }

    /// Reads one value. Types are nested no deeper than `parse` allows, and values only as deep as their type.
    pub(super) fn value(&mut self, ty: &Type) -> Result {
        match ty {
            Type::Unit => self.push("null"),
            Type::Bool => {
                let value = self.mark()?;
                self.push(if value { "true" } else { "false" })
            }
            Type::Integer(ty) => self.integer(*ty),
            Type::F32 => self.f32(),
            Type::F64 => self.f64(),
            Type::Char => self.char(),
            Type::Str => self.text(),
            Type::Bytes => self.blob(),
            Type::Seq(item) => self.seq(item),
            Type::Tuple(types) => self.tuple(types),
            Type::Struct(fields) => self.fields(fields),
            Type::Option(some) => self.option(some),
            Type::Map(key, value) if key.is_key() => self.object(key, value),
            Type::Map(key, value) => self.pairs(key, value),
            Type::Result(ok, err) => match self.mark()? {
                false => self.tagged("Ok", |decoder| decoder.value(ok)),
                true => self.tagged("Err", |decoder| decoder.value(err)),
            },
            Type::Enum(variants) => self.variant(variants.all()),
        }
    }

    /// Writes an object of one member.
    fn tagged(&mut self, name: &str, content: impl FnOnce(&mut Self) -> Result) -> Result {
        self.push("{")?;
        self.quote(name)?;
        self.push(":")?;
        content(self).map_err(|error| error.within(Segment::name(name)))?;
        self.push("}")
    }

    fn option(&mut self, some: &Type) -> Result {
        match self.mark()? {
            false => self.push("null"),
            true if some.has_null() => self.tagged("Some", |decoder| decoder.value(some)),
            true => self.value(some),
        }
    }

    /// Reads how many items there are, and counts them.
    fn count(&mut self) -> Result<u64> {
        let start = self.offset;
        let count = self.take::<u64>()?;
        let left = u32::try_from(count).ok().and_then(|count| self.items.checked_sub(count));
        let limit = self.limits.max_items;
        self.items = left.ok_or_else(|| DecodeError::new(start, DecodeErrorKind::TooManyItems { limit }))?;
        Ok(count)
    }

    fn seq(&mut self, item: &Type) -> Result {
        let count = self.count()?;
        self.push("[")?;
        for at in 0..count {
            self.comma(at == 0)?;
            self.value(item).map_err(|error| error.within(Segment::Index(at as usize)))?;
        }
        self.push("]")
    }

    pub(super) fn tuple(&mut self, types: &[Type]) -> Result {
        self.push("[")?;
        for (at, ty) in types.iter().enumerate() {
            self.comma(at == 0)?;
            self.value(ty).map_err(|error| error.within(Segment::Index(at)))?;
        }
        self.push("]")
    }

    fn fields(&mut self, fields: &[Field]) -> Result {
        self.push("{")?;
        for (at, field) in fields.iter().enumerate() {
            self.comma(at == 0)?;
            self.quote(&field.name)?;
            self.push(":")?;
            self.value(&field.ty).map_err(|error| error.within(Segment::name(&field.name)))?;
        }
        self.push("}")
    }

    pub(super) fn comma(&mut self, first: bool) -> Result {
        if first { Ok(()) } else { self.push(",") }
    }

    fn object(&mut self, key: &Type, value: &Type) -> Result {
        let count = self.count()?;
        let mut seen = HashSet::new();
        self.push("{")?;
        for at in 0..count {
            self.comma(at == 0)?;
            let (offset, start) = (self.offset, self.out.len());
            self.key(key).map_err(|error| error.within(Segment::Index(at as usize)))?;
            let name = self.out.since(start).to_owned();
            if seen.contains(&name) {
                return Err(DecodeError::duplicate(offset, &name));
            }
            self.push(":")?;
            let step = || Segment::key(name.trim_matches('"'));
            self.value(value).map_err(|error| error.within(step()))?;
            seen.insert(name);
        }
        self.push("}")
    }

    /// Writes a key of an object: in quotes, whatever its type.
    fn key(&mut self, ty: &Type) -> Result {
        let quoted = match ty {
            Type::Bool => false,
            Type::Integer(ty) => ty.bits() == 128,
            _ => true,
        };
        let mark = if quoted { "" } else { "\"" };
        self.push(mark)?;
        self.value(ty)?;
        self.push(mark)
    }

    fn pairs(&mut self, key: &Type, value: &Type) -> Result {
        let count = self.count()?;
        let mut seen = HashSet::new();
        self.push("[")?;
        for at in 0..count {
            self.comma(at == 0)?;
            let offset = self.offset;
            let within = |error: DecodeError, half| {
                error.within(Segment::Index(half)).within(Segment::Index(at as usize))
            };
            self.push("[")?;
            let start = self.out.len();
            self.value(key).map_err(|error| within(error, 0))?;
            let name = self.out.since(start);
            if !seen.insert(name.to_owned()) {
                return Err(DecodeError::duplicate(offset, name).within(Segment::Index(at as usize)));
            }
            self.push(",")?;
            self.value(value).map_err(|error| within(error, 1))?;
            self.push("]")?;
        }
        self.push("]")
    }

    fn variant(&mut self, variants: &[Variant]) -> Result {
        let start = self.offset;
        let found = self.take::<u32>()?;
        let variant = usize::try_from(found).ok().and_then(|index| variants.get(index));
        let Variant { name, content } = variant.ok_or_else(|| {
            DecodeError::new(start, DecodeErrorKind::UnknownVariant { variants: variants.len(), found })
        })?;
        match content {
            Content::Unit => self.quote(name),
            Content::Tuple(types) => self.tagged(name, |decoder| match &**types {
                [ty] => decoder.value(ty),
                types => decoder.tuple(types),
            }),
            Content::Struct(fields) => self.tagged(name, |decoder| decoder.fields(fields)),
        }
    }

    /// Reads a `bool`, or whether an option has a value.
    pub(super) fn mark(&mut self) -> Result<bool> {
        match self.bytes.get(self.offset) {
            Some(mark @ (0 | 1)) => {
                self.offset += 1;
                Ok(*mark == 1)
            }
            Some(_) => Err(self.error(DecodeErrorKind::Malformed(Cause::Mark))),
            None => Err(self.error(DecodeErrorKind::Malformed(Cause::End))),
        }
    }
}

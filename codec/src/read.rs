//! Reads postcard within limits: what a stranger's value may become in memory.
//!
//! The format is postcard's, byte for byte, and so is what is refused; `codec/tests/limits.rs` compares the two. What
//! is added is the count: of items, of bytes of memory, and of nesting.

use crate::error::{Cause, ValueError};
use aingle_wasm_types::limits::{DEFAULT_MAX_DECODED, DEFAULT_MAX_ITEMS, MAX_NESTING};
use core::fmt;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

/// What a value may become when it is read, whatever its length on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The memory of the value behind its first level, in bytes: texts, items of sequences and maps, and what they hold.
    /// Parts of parts count again, and collections count what they keep spare. Default: 128 MiB; 0 allows only
    /// what needs none.
    pub max_decoded: u32,
    /// The items of all sequences and maps together, those of no size included. Default: 16 Mi; 0 allows none.
    pub max_items: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_decoded: DEFAULT_MAX_DECODED, max_items: DEFAULT_MAX_ITEMS }
    }
}

/// What reading a value came to, also where it was refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Memory, as [`Limits::max_decoded`] counts it.
    pub memory: u32,
    /// Items, as [`Limits::max_items`] counts them, without those of arrays that are copied as a whole.
    pub items: u32,
}

impl Error for ValueError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Malformed(Cause::Refused)
    }
}

/// The most that serde reserves for a sequence before its first item is read, in bytes.
const RESERVED: usize = 1 << 20;
/// What a text or a map counts beside its content, for the allocator's sake.
const TEXT: usize = 16;
const MAP: usize = 64;
/// How many times its items a map may take while it grows, and the items that its smallest node has room for.
const MAP_SPARE: usize = 4;
const MAP_NODE: usize = 12;
/// Items of up to this size never make serde reserve more than is left: it does so before their size is known here.
const LARGE_ITEM: usize = 1024;

const END: ValueError = ValueError::Malformed(Cause::End);
const BAD_TEXT: ValueError = ValueError::Malformed(Cause::Text);

type Result<T, E = ValueError> = core::result::Result<T, E>;

/// The bytes that are left, and what may still come of them.
#[doc(hidden)]
#[derive(Debug)]
pub struct Input<'de> {
    rest: &'de [u8],
    decoded: usize,
    items: usize,
    /// The items that were read one by one.
    visited: usize,
    limits: Limits,
}

impl<'de> Input<'de> {
    pub(crate) fn new(bytes: &'de [u8], limits: Limits) -> Self {
        Self {
            rest: bytes,
            decoded: limits.max_decoded as usize,
            items: limits.max_items as usize,
            visited: 0,
            limits,
        }
    }

    pub(crate) fn reader(&mut self) -> Reader<'_, 'de> {
        Reader { input: self, nesting: MAX_NESTING, counted: false }
    }

    #[inline]
    fn byte(&mut self) -> Result<u8> {
        let (&byte, rest) = self.rest.split_first().ok_or(END)?;
        self.rest = rest;
        Ok(byte)
    }

    #[inline]
    fn bytes(&mut self, len: usize) -> Result<&'de [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or(END)?;
        self.rest = rest;
        Ok(bytes)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(END)?;
        self.rest = rest;
        Ok(*bytes)
    }

    /// An integer of so many bits, seven in each byte.
    #[inline]
    fn varint<const BITS: u32>(&mut self) -> Result<u64> {
        let first = self.byte()?;
        if first < 0x80 { Ok(first.into()) } else { self.long_varint::<BITS>(first) }
    }

    /// Each byte comes in at the top, so that all shifts but the last are by constants: processors of 32 bits call a function for others.
    fn long_varint<const BITS: u32>(&mut self, first: u8) -> Result<u64> {
        // What whole bytes can hold of the integer.
        let whole = BITS / 7 * 7;
        let mut value = u64::from(first & 0x7f) << 57;
        let mut taken = 7;
        while taken < whole {
            let byte = self.byte()?;
            value = value >> 7 | u64::from(byte & 0x7f) << 57;
            taken += 7;
            if byte < 0x80 {
                return Ok(value >> (64 - taken));
            }
        }
        let byte = self.byte()?;
        if byte >> (BITS - whole) != 0 {
            return Err(ValueError::Malformed(Cause::Integer));
        }
        Ok(value >> (64 - whole) | u64::from(byte) << whole)
    }

    fn varint_128(&mut self) -> Result<u128> {
        let (mut value, mut shift) = (0, 0);
        while shift < u128::BITS {
            let byte = self.byte()?;
            value |= u128::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return if shift == 126 && byte >> 2 != 0 {
                    Err(ValueError::Malformed(Cause::Integer))
                } else {
                    Ok(value)
                };
            }
            shift += 7;
        }
        Err(ValueError::Malformed(Cause::Integer))
    }

    #[inline]
    fn len(&mut self) -> Result<usize> {
        #[cfg(target_pointer_width = "64")]
        let len = self.varint::<64>()?;
        #[cfg(not(target_pointer_width = "64"))]
        let len = self.varint::<32>()?;
        Ok(len as usize)
    }

    #[inline]
    fn text(&mut self) -> Result<&'de str> {
        str::from_utf8(self.blob()?).map_err(|_| BAD_TEXT)
    }

    #[inline]
    fn blob(&mut self) -> Result<&'de [u8]> {
        let len = self.len()?;
        let bytes = self.bytes(len)?;
        if len > 0 {
            self.charge(len.saturating_add(TEXT))?;
        }
        Ok(bytes)
    }

    #[inline]
    fn charge(&mut self, bytes: usize) -> Result<()> {
        let left = self.decoded.checked_sub(bytes);
        self.decoded = left.ok_or(ValueError::DecodedTooLarge { limit: self.limits.max_decoded })?;
        Ok(())
    }

    #[inline]
    fn take_items(&mut self, count: usize) -> Result<()> {
        let left = self.items.checked_sub(count);
        self.items = left.ok_or(ValueError::TooManyItems { limit: self.limits.max_items })?;
        Ok(())
    }

    /// Takes the bytes of a sequence of items that take `size` bytes each.
    #[cfg(feature = "alloc")]
    pub(crate) fn items(&mut self, size: usize) -> Result<&'de [u8]> {
        let count = self.len()?;
        self.take_items(count)?;
        let len = count.saturating_mul(size);
        self.charge(len)?;
        self.bytes(len)
    }

    /// How many of `count` items a collection may make room for at once.
    #[inline]
    fn reservable(&self, count: usize) -> usize {
        if count > self.rest.len() { 0 } else { count.min(self.decoded / LARGE_ITEM) }
    }
}

/// Reads a value that is all of `bytes`, and says in `used` what it came to, also where it is refused.
#[inline]
pub(crate) fn whole<'de, T>(
    bytes: &'de [u8],
    limits: Limits,
    used: &mut Used,
    read: impl FnOnce(&mut Input<'de>) -> Result<T>,
) -> Result<T> {
    let mut input = Input::new(bytes, limits);
    let value = read(&mut input);
    *used = Used { memory: limits.max_decoded - input.decoded as u32, items: input.visited as u32 };
    let value = value?;
    match input.rest.len() {
        0 => Ok(value),
        found => Err(ValueError::TrailingBytes { found }),
    }
}

/// Reads one value. It is passed on by value, so that the compiler sees the nesting of a type that does not contain
/// itself, and leaves the comparisons out.
pub(crate) struct Reader<'i, 'de> {
    input: &'i mut Input<'de>,
    /// How many levels are left.
    nesting: u32,
    /// Whether this is part of a sequence or a map: there, values can be many, and their sizes count.
    counted: bool,
}

impl<'i, 'de> Reader<'i, 'de> {
    #[inline]
    fn nested(self) -> Result<Self> {
        match self.nesting.checked_sub(1) {
            Some(nesting) => Ok(Self { nesting, ..self }),
            None => Err(ValueError::TooDeep { limit: MAX_NESTING }),
        }
    }

    /// Counts a value of this type, which may lie in a box of its own.
    #[inline]
    fn count<T>(&mut self) -> Result<()> {
        if self.counted && size_of::<T>() > 0 { self.input.charge(size_of::<T>()) } else { Ok(()) }
    }

    #[inline]
    fn fields<V: Visitor<'de>>(mut self, len: usize, visitor: V) -> Result<V::Value> {
        self.count::<V::Value>()?;
        visitor.visit_seq(Fields { reader: self, left: len })
    }

    /// The items of a sequence or a map.
    #[inline]
    fn items(self) -> Result<Items<'i, 'de>> {
        let len = self.input.len()?;
        let Self { input, nesting, .. } = self.nested()?;
        input.take_items(len)?;
        input.visited += len;
        Ok(Items { input, nesting, left: len, keys_counted: false, values_counted: false })
    }
}

/// The fields of a tuple or a struct.
struct Fields<'i, 'de> {
    reader: Reader<'i, 'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = ValueError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let Reader { ref mut input, nesting, counted } = self.reader;
        seed.deserialize(Reader { input, nesting, counted }).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

struct Items<'i, 'de> {
    input: &'i mut Input<'de>,
    nesting: u32,
    left: usize,
    keys_counted: bool,
    values_counted: bool,
}

impl<'de> Items<'_, 'de> {
    #[inline]
    fn reader(&mut self) -> Reader<'_, 'de> {
        Reader { input: self.input, nesting: self.nesting, counted: true }
    }

    /// Counts all items when the first is read, as soon as their type is known.
    #[inline]
    fn count_items<T>(&mut self) -> Result<()> {
        if self.keys_counted || size_of::<T>() == 0 {
            return Ok(());
        }
        self.keys_counted = true;
        let exact = self.left.saturating_mul(size_of::<T>());
        // What is not reserved at once grows to twice its size at most.
        let grows = exact > RESERVED || self.input.reservable(self.left) < self.left;
        self.input.charge(if grows { exact.saturating_mul(2) } else { exact })
    }

    #[inline]
    fn count_half<T>(&mut self, beside: usize) -> Result<()> {
        let room = self.left.saturating_mul(MAP_SPARE).saturating_add(MAP_NODE);
        self.input.charge(room.saturating_mul(size_of::<T>()).saturating_add(beside))
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = ValueError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.count_items::<T::Value>()?;
        self.left -= 1;
        seed.deserialize(self.reader()).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.input.reservable(self.left))
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = ValueError;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        if !self.keys_counted {
            self.keys_counted = true;
            self.count_half::<K::Value>(MAP)?;
        }
        self.left -= 1;
        seed.deserialize(self.reader()).map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        if !self.values_counted {
            self.values_counted = true;
            self.count_half::<V::Value>(0)?;
        }
        seed.deserialize(self.reader())
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.input.reservable(self.left))
    }
}

macro_rules! numbers {
    ($($method:ident => $visit:ident($self:ident) $value:expr;)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>($self, visitor: V) -> Result<V::Value> {
            visitor.$visit($value)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'_, 'de> {
    type Error = ValueError;

    fn is_human_readable(&self) -> bool {
        false
    }

    numbers! {
        deserialize_i8 => visit_i8(self) self.input.byte()?.cast_signed();
        deserialize_u8 => visit_u8(self) self.input.byte()?;
        deserialize_u16 => visit_u16(self) self.input.varint::<16>()? as u16;
        deserialize_u32 => visit_u32(self) self.input.varint::<32>()? as u32;
        deserialize_u64 => visit_u64(self) self.input.varint::<64>()?;
        deserialize_u128 => visit_u128(self) self.input.varint_128()?;
        deserialize_i16 => visit_i16(self) signed(self.input.varint::<16>()?) as i16;
        deserialize_i32 => visit_i32(self) signed(self.input.varint::<32>()?) as i32;
        deserialize_i64 => visit_i64(self) signed(self.input.varint::<64>()?);
        deserialize_i128 => visit_i128(self) signed_128(self.input.varint_128()?);
        deserialize_f32 => visit_f32(self) f32::from_le_bytes(self.input.array()?);
        deserialize_f64 => visit_f64(self) f64::from_le_bytes(self.input.array()?);
        deserialize_str => visit_borrowed_str(self) self.input.text()?;
        deserialize_string => visit_str(self) self.input.text()?;
        deserialize_bytes => visit_borrowed_bytes(self) self.input.blob()?;
        deserialize_byte_buf => visit_bytes(self) self.input.blob()?;
    }

    #[inline]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.input.byte()? {
            0 => visitor.visit_bool(false),
            1 => visitor.visit_bool(true),
            _ => Err(ValueError::Malformed(Cause::Mark)),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let len = self.input.len()?;
        if len > 4 {
            return Err(BAD_TEXT);
        }
        let text = str::from_utf8(self.input.bytes(len)?).map_err(|_| BAD_TEXT)?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(one), None) => visitor.visit_char(one),
            _ => Err(BAD_TEXT),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.count::<V::Value>()?;
        match self.input.byte()? {
            0 => visitor.visit_none(),
            1 => visitor.visit_some(self.nested()?),
            _ => Err(ValueError::Malformed(Cause::Mark)),
        }
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.count::<V::Value>()?;
        visitor.visit_seq(self.items()?)
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        self.fields(len, visitor)
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.fields(len, visitor)
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.count::<V::Value>()?;
        visitor.visit_map(self.items()?)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.fields(fields.len(), visitor)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.count::<V::Value>()?;
        visitor.visit_enum(self.nested()?)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value> {
        Err(ValueError::Malformed(Cause::Refused))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value> {
        Err(ValueError::Malformed(Cause::Refused))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value> {
        Err(ValueError::Malformed(Cause::Refused))
    }
}

impl<'de> EnumAccess<'de> for Reader<'_, 'de> {
    type Error = ValueError;
    type Variant = Self;

    #[inline]
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let index = self.input.varint::<32>()? as u32;
        let value = seed.deserialize(IntoDeserializer::<ValueError>::into_deserializer(index))?;
        Ok((value, self))
    }
}

impl<'de> VariantAccess<'de> for Reader<'_, 'de> {
    type Error = ValueError;

    #[inline]
    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self)
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        self.fields(len, visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.fields(fields.len(), visitor)
    }
}

const fn signed(folded: u64) -> i64 {
    (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed()
}

const fn signed_128(folded: u128) -> i128 {
    (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed()
}

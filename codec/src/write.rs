//! Writes postcard into a buffer.
//!
//! The format is postcard's, byte for byte; `codec/tests/limits.rs` compares the two. postcard's own writer makes each integer in an
//! array of its own and copies that, once more in the code of each type. Here all types call the same few functions: guests
//! are smaller, and calls faster.

use crate::error::{Cause, ValueError};
use core::fmt::{self, Write as _};
use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

type Result<T = ()> = core::result::Result<T, ValueError>;

const REFUSED: ValueError = ValueError::Unwritable(Cause::Refused);

impl Error for ValueError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        REFUSED
    }
}

/// The front of what is written, as far as it fits, and the length of all of it.
pub(crate) struct Writer<'a> {
    buffer: &'a mut [u8],
    /// It stays at the largest number if it would be larger: a value may hold the same borrowed bytes often.
    len: usize,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// How many bytes were written, or would have been.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn byte(&mut self, byte: u8) {
        if let Some(place) = self.buffer.get_mut(self.len) {
            *place = byte;
        }
        self.len = self.len.saturating_add(1);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let free = self.buffer.get_mut(self.len..).and_then(|free| free.get_mut(..bytes.len()));
        if let Some(free) = free {
            copy(free, bytes);
        }
        self.len = self.len.saturating_add(bytes.len());
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some(free) = self.buffer.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) {
            *free = bytes;
        }
        self.len = self.len.saturating_add(N);
    }

    /// Seven bits in each byte, the lowest first.
    #[inline(never)]
    fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8);
    }

    #[inline(never)]
    fn varint_64(&mut self, mut value: u64) {
        while value > u32::MAX.into() {
            self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.varint(value as u32);
    }

    fn varint_128(&mut self, mut value: u128) {
        while value > u64::MAX.into() {
            self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.varint_64(value as u64);
    }

    fn length(&mut self, len: usize) {
        #[cfg(target_pointer_width = "64")]
        self.varint_64(len as u64);
        #[cfg(not(target_pointer_width = "64"))]
        self.varint(len as u32);
    }
}

macro_rules! integers {
    ($($name:ident: $T:ty, $varint:ident, $value:ident => $written:expr;)*) => {$(
        #[inline]
        fn $name(self, $value: $T) -> Result {
            self.$varint($written);
            Ok(())
        }
    )*};
}

impl Serializer for &mut Writer<'_> {
    type Ok = ();
    type Error = ValueError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn is_human_readable(&self) -> bool {
        false
    }

    integers! {
        serialize_bool: bool, byte, value => value.into();
        serialize_u8: u8, byte, value => value;
        serialize_i8: i8, byte, value => value.cast_unsigned();
        serialize_u16: u16, varint, value => value.into();
        serialize_u32: u32, varint, value => value;
        serialize_u64: u64, varint_64, value => value;
        serialize_u128: u128, varint_128, value => value;
        serialize_i16: i16, varint, value => ((value << 1) ^ (value >> 15)).cast_unsigned().into();
        serialize_i32: i32, varint, value => ((value << 1) ^ (value >> 31)).cast_unsigned();
        serialize_i64: i64, varint_64, value => ((value << 1) ^ (value >> 63)).cast_unsigned();
        serialize_i128: i128, varint_128, value => ((value << 1) ^ (value >> 127)).cast_unsigned();
        serialize_f32: f32, array, value => value.to_bits().to_le_bytes();
        serialize_f64: f64, array, value => value.to_bits().to_le_bytes();
    }

    fn serialize_char(self, value: char) -> Result {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result {
        self.serialize_bytes(value.as_bytes())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result {
        self.length(value.len());
        self.bytes(value);
        Ok(())
    }

    fn serialize_none(self) -> Result {
        self.byte(0);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        self.byte(1);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Result {
        self.varint(index);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result {
        self.varint(index);
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self> {
        self.length(len.ok_or(ValueError::Unwritable(Cause::UnknownLength))?);
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_tuple_variant(self, _: &'static str, index: u32, _: &'static str, _: usize) -> Result<Self> {
        self.varint(index);
        Ok(self)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self> {
        self.serialize_seq(len)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self> {
        self.varint(index);
        Ok(self)
    }

    /// The length stands before the text, so that it is made twice.
    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result {
        let mut measured = Writer::new(&mut []);
        write!(measured, "{value}").map_err(|_| REFUSED)?;
        self.length(measured.len);
        let end = self.len.saturating_add(measured.len);
        write!(self, "{value}").map_err(|_| REFUSED)?;
        if self.len == end { Ok(()) } else { Err(REFUSED) }
    }
}

impl fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes());
        Ok(())
    }
}

/// Parts are written one after the other, and nothing behind them.
macro_rules! parts {
    ($($Trait:ident::$name:ident($($key:ident)?);)*) => {$(
        impl $Trait for &mut Writer<'_> {
            type Ok = ();
            type Error = ValueError;

            #[inline]
            fn $name<T: Serialize + ?Sized>(&mut self, $($key: &'static str,)? value: &T) -> Result {
                $(let _ = $key;)?
                value.serialize(&mut **self)
            }

            fn end(self) -> Result {
                Ok(())
            }
        }
    )*};
}

parts! {
    SerializeSeq::serialize_element();
    SerializeTuple::serialize_element();
    SerializeTupleStruct::serialize_field();
    SerializeTupleVariant::serialize_field();
    SerializeStruct::serialize_field(key);
    SerializeStructVariant::serialize_field(key);
}

impl SerializeMap for &mut Writer<'_> {
    type Ok = ();
    type Error = ValueError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result {
        Ok(())
    }
}

/// Copies `from` to `to`, which is as long. Where WebAssembly has an instruction for that, an engine calls a function of
/// its own, which takes longer than a short copy: postcard writes a few bytes at a time.
#[doc(hidden)]
#[inline]
pub fn copy(to: &mut [u8], from: &[u8]) {
    match from.len() {
        _ if !cfg!(target_feature = "bulk-memory") => to.copy_from_slice(from),
        1 => both_ends(to, from, |to: &mut [u8; 1], from| *to = *from),
        2..=3 => both_ends(to, from, |to: &mut [u8; 2], from| *to = *from),
        4..=7 => both_ends(to, from, |to: &mut [u8; 4], from| *to = *from),
        8..=16 => both_ends(to, from, |to: &mut [u8; 8], from| *to = *from),
        32..=64 => both_ends(to, from, copy_words),
        _ => to.copy_from_slice(from),
    }
}

/// Copies the first and the last `N` bytes, which may overlap.
#[inline(always)]
fn both_ends<const N: usize>(to: &mut [u8], from: &[u8], copy: impl Fn(&mut [u8; N], &[u8; N])) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut(), from.first_chunk()) {
        copy(to, from);
    }
    if let (Some(to), Some(from)) = (to.last_chunk_mut(), from.last_chunk()) {
        copy(to, from);
    }
}

/// Word by word, of which a compiler does not make that instruction.
#[inline(always)]
fn copy_words(to: &mut [u8; 32], from: &[u8; 32]) {
    let (to, from) = (to.as_chunks_mut().0, from.as_chunks().0);
    if let ([to0, to1, to2, to3], [from0, from1, from2, from3]) = (to, from) {
        let word = |to: &mut [u8; 8], from: &[u8; 8]| *to = u64::from_le_bytes(*from).to_le_bytes();
        word(to0, from0);
        word(to1, from1);
        word(to2, from2);
        word(to3, from3);
    }
}

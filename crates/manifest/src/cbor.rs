//! The part of deterministic CBOR (RFC 8949, 4.2.1) that manifests use.

use crate::error::ParseError;

/// Reader of deterministic CBOR: each item has one form, and any other is an error.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// One item. Of arrays and maps it is the head: what follows is read item by item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    Unsigned(u64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(u64),
    Map(u64),
    Bool(bool),
    /// A negative number or null, which no field has.
    Other,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Returns where the next item begins.
    pub(crate) fn position(&self) -> u16 {
        self.at as u16
    }

    /// Returns the error of what begins at an offset.
    pub(crate) fn error(&self) -> ParseError {
        ParseError::Encoding { offset: self.at as u16 }
    }

    /// Reads one item.
    pub(crate) fn item(&mut self) -> Result<Item<'a>, ParseError> {
        let start = self.at;
        self.read().ok_or_else(|| {
            self.at = start;
            self.error()
        })
    }

    fn read(&mut self) -> Option<Item<'a>> {
        let initial = self.take(1)?[0];
        let (major, info) = (initial >> 5, initial & 31);
        if major == 7 {
            return match info {
                20 => Some(Item::Bool(false)),
                21 => Some(Item::Bool(true)),
                22 => Some(Item::Other),
                _ => None,
            };
        }
        let value = self.argument(info)?;
        match major {
            0 => Some(Item::Unsigned(value)),
            1 => Some(Item::Other),
            2 => Some(Item::Bytes(self.take(value.try_into().ok()?)?)),
            3 => Some(Item::Text(core::str::from_utf8(self.take(value.try_into().ok()?)?).ok()?)),
            4 => Some(Item::Array(value)),
            5 => Some(Item::Map(value)),
            _ => None,
        }
    }

    /// Reads the argument of an item's head, which has to be in its shortest form.
    fn argument(&mut self, info: u8) -> Option<u64> {
        let extra = match info {
            0..24 => return Some(info.into()),
            24..28 => 1 << (info - 24),
            _ => return None,
        };
        let value = self.take(extra)?.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        let least = if extra == 1 { 24 } else { 1_u64 << (extra * 4) };
        (value >= least).then_some(value)
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..)?.get(..len)?;
        self.at += len;
        Some(taken)
    }
}

/// Writer of deterministic CBOR.
#[cfg(feature = "alloc")]
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub(crate) bytes: alloc::vec::Vec<u8>,
}

#[cfg(feature = "alloc")]
impl Writer {
    pub(crate) fn unsigned(&mut self, value: u64) {
        self.head(0, value);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.head(2, bytes.len() as u64);
        self.bytes.extend(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.head(3, text.len() as u64);
        self.bytes.extend(text.as_bytes());
    }

    pub(crate) fn array(&mut self, items: usize) {
        self.head(4, items as u64);
    }

    pub(crate) fn map(&mut self, pairs: usize) {
        self.head(5, pairs as u64);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.bytes.push(0xf4 | u8::from(value));
    }

    fn head(&mut self, major: u8, value: u64) {
        let bytes = value.to_be_bytes();
        let (info, len) = match value {
            0..24 => (value as u8, 0),
            24..0x100 => (24, 1),
            0x100..0x1_0000 => (25, 2),
            0x1_0000..0x1_0000_0000 => (26, 4),
            _ => (27, 8),
        };
        self.bytes.push(major << 5 | info);
        self.bytes.extend(&bytes[8 - len..]);
    }
}

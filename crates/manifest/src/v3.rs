//! Version 3: a CBOR map of fields.

use crate::cbor::{Item, Reader};
use crate::error::ParseError;
use crate::fields::{Delta, Fields, Header, MAX_ENTRY, MAX_TARGET, Requirements, field};
use crate::key::KeyId;
use crate::kind::{Engine, Kind, Version};

/// The flag of a signature.
pub(crate) const SIGNED: u8 = 1;
/// Bytes before the fields.
pub(crate) const FIELDS_AT: usize = 8;
/// Longest fields, in bytes.
pub(crate) const MAX_FIELDS: usize = 512;

/// Reads the header.
pub(crate) fn header(prefix: &[u8]) -> Result<Header<'_>, ParseError> {
    let too_short =
        |needed: usize| ParseError::TooShort { needed: needed as u32, found: prefix.len() as u32 };
    let head: &[u8; FIELDS_AT] = prefix.first_chunk().ok_or_else(|| too_short(FIELDS_AT))?;
    let (flags, len) = (head[5], u16::from_le_bytes([head[6], head[7]]));
    if flags & !SIGNED != 0 {
        return Err(ParseError::Flags { found: flags, known: SIGNED });
    }
    if usize::from(len) > MAX_FIELDS {
        return Err(ParseError::FieldsTooLong { limit: MAX_FIELDS as u16, found: len });
    }
    let end = FIELDS_AT + usize::from(len);
    let bytes = prefix.get(FIELDS_AT..end).ok_or_else(|| too_short(end))?;
    let signed = flags & SIGNED != 0;
    let fields = Found::read(bytes)?.fields(signed)?;
    let version = Version::V3;
    Ok(Header {
        version,
        fields,
        signed_len: end as u32,
        demands_signature: signed,
        rollback_protected: true,
    })
}

/// Type of a field, with the highest value or the lengths that it allows.
#[derive(Clone, Copy)]
enum Type {
    Number {
        most: u32,
    },
    /// 64 bits. Only fuel has them.
    Long,
    Text {
        most: u16,
    },
    Bytes {
        len: u16,
    },
}

/// The types, by key from 1.
const TYPES: [Type; 20] = {
    let mut types = [Type::Number { most: u32::MAX }; 20];
    let (hash, name) = (Type::Bytes { len: 32 }, Type::Text { most: MAX_TARGET as u16 });
    types[field::KIND as usize - 1] = Type::Number { most: 2 };
    types[field::ENTRY as usize - 1] = Type::Text { most: MAX_ENTRY as u16 };
    types[field::PAYLOAD_SHA256 as usize - 1] = hash;
    types[field::KEY_ID as usize - 1] = Type::Bytes { len: 8 };
    types[field::TARGET as usize - 1] = name;
    types[field::ENGINE as usize - 1] = Type::Number { most: 1 };
    types[field::TRIPLE as usize - 1] = name;
    types[field::FUEL as usize - 1] = Type::Long;
    types[field::BASE_SHA256 as usize - 1] = hash;
    types[field::MODULE_SHA256 as usize - 1] = hash;
    types[field::SOURCE_SHA256 as usize - 1] = hash;
    types
};

/// A set of fields.
const fn set(keys: &[u32]) -> u32 {
    let (mut set, mut at) = (0, 0);
    while at < keys.len() {
        set |= 1 << keys[at];
        at += 1;
    }
    set
}

const ALWAYS: u32 =
    set(&[field::MODULE_ID, field::SEQUENCE, field::KIND, field::PAYLOAD_LEN, field::PAYLOAD_SHA256]);
const OF_SIGNED: u32 = set(&[field::KEY_ID]);
const OF_MODULES: u32 = set(&[field::ENTRY, field::ENGINE]);
const OPTIONAL: u32 = set(&[field::TARGET]);
const OPTIONAL_OF_MODULES: u32 = set(&[field::ABI, field::MEMORY, field::STACK, field::FUEL, field::DEPTH]);
const OF_IMAGES: u32 = set(&[field::TRIPLE, field::SOURCE_SHA256]);
const OF_DELTAS: u32 = set(&[field::BASE_SHA256, field::BASE_LEN, field::MODULE_LEN, field::MODULE_SHA256]);

/// The fields as they are found, before what belongs together is compared.
struct Found<'a> {
    bytes: &'a [u8],
    present: u32,
    /// By key: the number, or where text and bytes begin and how long they are.
    words: [u32; TYPES.len() + 1],
    fuel: u64,
}

impl<'a> Found<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let Item::Map(count) = reader.item()? else { return Err(ParseError::Encoding { offset: 0 }) };
        let mut found = Self { bytes, present: 0, words: [0; TYPES.len() + 1], fuel: 0 };
        let mut least = 0;
        for _ in 0..count {
            let key = match reader.item()? {
                Item::Unsigned(key) if key < u32::MAX.into() => key as u32,
                _ => return Err(reader.error()),
            };
            if key < least {
                return Err(ParseError::Order { key });
            }
            least = key + 1;
            let item = reader.item()?;
            if !found.take(key, item, reader.position())? {
                return Err(ParseError::FieldValue { key });
            }
        }
        if reader.is_empty() { Ok(found) } else { Err(reader.error()) }
    }

    /// Takes a field, whose value ends at a position. Returns whether the value is one that the field can have.
    fn take(&mut self, key: u32, item: Item<'a>, end: u16) -> Result<bool, ParseError> {
        let Some(ty) = (key as usize).checked_sub(1).and_then(|at| TYPES.get(at)) else {
            return match key {
                // What is not known has no parts, so that all of it was read.
                field::FIRST_IGNORED.. => Ok(!matches!(item, Item::Array(_) | Item::Map(_))),
                _ => Err(ParseError::UnknownField { key }),
            };
        };
        let place = |len: usize| u32::from(end - len as u16) << 16 | len as u32;
        let word = match (*ty, item) {
            (Type::Number { most }, Item::Unsigned(number)) if number <= most.into() => number as u32,
            (Type::Long, Item::Unsigned(number)) => {
                self.fuel = number;
                0
            }
            (Type::Text { most }, Item::Text(text)) if (1..=most.into()).contains(&text.len()) => {
                place(text.len())
            }
            (Type::Bytes { len }, Item::Bytes(bytes)) if bytes.len() == usize::from(len) => {
                place(bytes.len())
            }
            _ => return Ok(false),
        };
        let Some(place) = self.words.get_mut(key as usize) else { return Ok(false) };
        *place = word;
        self.present |= 1 << key;
        Ok(true)
    }

    /// Compares what belongs together.
    fn fields(&self, signed: bool) -> Result<Fields<'a>, ParseError> {
        let kind = Kind::of(self.word(field::KIND)).unwrap_or(Kind::Module);
        let native = self.word(field::ENGINE) == 1;
        let (mut required, mut optional) = (ALWAYS, OPTIONAL);
        if signed {
            required |= OF_SIGNED;
        }
        if kind != Kind::KeyList {
            required |= OF_MODULES;
            optional |= OPTIONAL_OF_MODULES;
            if native {
                required |= OF_IMAGES;
            }
        }
        if kind == Kind::Delta {
            required |= OF_DELTAS;
        }
        let (missing, unexpected) = (required & !self.present, self.present & !(required | optional));
        if missing != 0 {
            return Err(ParseError::MissingField { key: missing.trailing_zeros() });
        }
        if unexpected != 0 {
            return Err(ParseError::UnexpectedField { key: unexpected.trailing_zeros() });
        }
        let engine = match (native, self.hash(field::SOURCE_SHA256)) {
            (true, Some(source_sha256)) => Engine::Native { triple: self.text(field::TRIPLE), source_sha256 },
            _ => Engine::Wasm,
        };
        Ok(Fields {
            module_id: self.word(field::MODULE_ID),
            sequence: self.word(field::SEQUENCE),
            kind,
            entry: self.text(field::ENTRY),
            payload_len: self.word(field::PAYLOAD_LEN),
            payload_sha256: self.hash(field::PAYLOAD_SHA256),
            key_id: self.slice(field::KEY_ID).first_chunk().map(|id| KeyId(*id)),
            target: self.has(field::TARGET).then(|| self.text(field::TARGET)),
            engine,
            abi: self.number(field::ABI),
            requirements: Requirements {
                memory: self.number(field::MEMORY),
                stack: self.number(field::STACK),
                fuel: self.has(field::FUEL).then_some(self.fuel),
                depth: self.number(field::DEPTH),
            },
            delta: self.delta(),
        })
    }

    fn delta(&self) -> Option<Delta<'a>> {
        Some(Delta {
            base_sha256: self.hash(field::BASE_SHA256)?,
            base_len: self.word(field::BASE_LEN),
            module_len: self.word(field::MODULE_LEN),
            module_sha256: self.hash(field::MODULE_SHA256)?,
        })
    }

    fn has(&self, key: u32) -> bool {
        self.present >> key & 1 == 1
    }

    /// A number, and 0 for one that is absent.
    fn word(&self, key: u32) -> u32 {
        self.words[key as usize]
    }

    fn number(&self, key: u32) -> Option<u32> {
        self.has(key).then_some(self.word(key))
    }

    /// Bytes, and none for what is absent.
    fn slice(&self, key: u32) -> &'a [u8] {
        let (at, len) = ((self.word(key) >> 16) as usize, (self.word(key) & 0xffff) as usize);
        self.bytes.get(at..).and_then(|bytes| bytes.get(..len)).unwrap_or_default()
    }

    fn hash(&self, key: u32) -> Option<&'a [u8; 32]> {
        self.slice(key).first_chunk()
    }

    /// A text, which was UTF-8 when it was read.
    fn text(&self, key: u32) -> &'a str {
        core::str::from_utf8(self.slice(key)).unwrap_or_default()
    }
}

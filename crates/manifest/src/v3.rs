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

/// The fields as they are found, before what belongs together is compared.
#[derive(Default)]
struct Found<'a> {
    numbers: [Option<u64>; 12],
    hashes: [Option<&'a [u8; 32]>; 4],
    texts: [Option<&'a str>; 3],
    key_id: Option<KeyId>,
}

/// The fields of each type. A field's place is its place in `Found`.
const NUMBERS: [(u32, u64); 12] = [
    (field::MODULE_ID, u32::MAX as u64),
    (field::SEQUENCE, u32::MAX as u64),
    (field::KIND, 2),
    (field::PAYLOAD_LEN, u32::MAX as u64),
    (field::ENGINE, 1),
    (field::ABI, u32::MAX as u64),
    (field::MEMORY, u32::MAX as u64),
    (field::STACK, u32::MAX as u64),
    (field::FUEL, u64::MAX),
    (field::DEPTH, u32::MAX as u64),
    (field::BASE_LEN, u32::MAX as u64),
    (field::MODULE_LEN, u32::MAX as u64),
];
const HASHES: [u32; 4] =
    [field::PAYLOAD_SHA256, field::BASE_SHA256, field::MODULE_SHA256, field::SOURCE_SHA256];
const TEXTS: [(u32, usize); 3] =
    [(field::ENTRY, MAX_ENTRY), (field::TARGET, MAX_TARGET), (field::TRIPLE, MAX_TARGET)];

impl<'a> Found<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let Item::Map(count) = reader.item()? else { return Err(ParseError::Encoding { offset: 0 }) };
        let mut found = Self::default();
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
            found.set(key, reader.item()?)?;
        }
        if reader.is_empty() { Ok(found) } else { Err(reader.error()) }
    }

    fn set(&mut self, key: u32, item: Item<'a>) -> Result<(), ParseError> {
        let wrong = ParseError::FieldValue { key };
        if let Some(at) = NUMBERS.iter().position(|known| known.0 == key) {
            let Item::Unsigned(value) = item else { return Err(wrong) };
            self.numbers[at] = Some(value).filter(|value| *value <= NUMBERS[at].1);
            return self.numbers[at].map(|_| ()).ok_or(wrong);
        }
        if let Some(at) = HASHES.iter().position(|known| *known == key) {
            let Item::Bytes(bytes) = item else { return Err(wrong) };
            self.hashes[at] = Some(bytes.try_into().map_err(|_| wrong)?);
            return Ok(());
        }
        if let Some(at) = TEXTS.iter().position(|known| known.0 == key) {
            let Item::Text(text) = item else { return Err(wrong) };
            self.texts[at] = Some(text).filter(|text| (1..=TEXTS[at].1).contains(&text.len()));
            return self.texts[at].map(|_| ()).ok_or(wrong);
        }
        match (key, item) {
            (field::KEY_ID, Item::Bytes(bytes)) => {
                self.key_id = Some(KeyId(bytes.try_into().map_err(|_| wrong)?));
                Ok(())
            }
            (field::KEY_ID, _) => Err(wrong),
            (..field::FIRST_IGNORED, _) => Err(ParseError::UnknownField { key }),
            // What is not known has no parts, so that all of it was read.
            (_, Item::Array(_) | Item::Map(_)) => Err(wrong),
            _ => Ok(()),
        }
    }

    /// Compares what belongs together.
    fn fields(&self, signed: bool) -> Result<Fields<'a>, ParseError> {
        let kind = Kind::of(self.required_number(field::KIND)?.into())
            .ok_or(ParseError::FieldValue { key: field::KIND })?;
        if signed {
            self.key_id.ok_or(ParseError::MissingField { key: field::KEY_ID })?;
        } else {
            absent(self.key_id, field::KEY_ID)?;
        }
        Ok(Fields {
            module_id: self.required_number(field::MODULE_ID)?,
            sequence: self.required_number(field::SEQUENCE)?,
            kind,
            entry: self.entry(kind)?,
            payload_len: self.required_number(field::PAYLOAD_LEN)?,
            payload_sha256: Some(self.required_hash(field::PAYLOAD_SHA256)?),
            key_id: self.key_id,
            target: self.text(field::TARGET),
            engine: self.engine(kind)?,
            abi: self.number(field::ABI).map(|abi| abi as u32),
            requirements: Requirements {
                memory: self.number(field::MEMORY).map(|memory| memory as u32),
                stack: self.number(field::STACK).map(|stack| stack as u32),
                fuel: self.number(field::FUEL),
                depth: self.number(field::DEPTH).map(|depth| depth as u32),
            },
            delta: self.delta(kind)?,
        })
    }

    fn entry(&self, kind: Kind) -> Result<&'a str, ParseError> {
        let key = field::ENTRY;
        match (kind, self.text(key)) {
            (Kind::KeyList, entry) => absent(entry, key).map(|()| ""),
            (_, entry) => entry.ok_or(ParseError::MissingField { key }),
        }
    }

    fn engine(&self, kind: Kind) -> Result<Engine<'a>, ParseError> {
        let engine = match kind {
            // A key list runs on nothing, and needs nothing.
            Kind::KeyList => {
                for key in [field::ENGINE, field::ABI, field::MEMORY, field::STACK, field::FUEL, field::DEPTH]
                {
                    absent(self.number(key), key)?;
                }
                0
            }
            _ => self.required_number(field::ENGINE)?,
        };
        if engine == 1 {
            let triple = self.text(field::TRIPLE).ok_or(ParseError::MissingField { key: field::TRIPLE })?;
            return Ok(Engine::Native { triple, source_sha256: self.required_hash(field::SOURCE_SHA256)? });
        }
        absent(self.text(field::TRIPLE), field::TRIPLE)?;
        absent(self.hash(field::SOURCE_SHA256), field::SOURCE_SHA256)?;
        Ok(Engine::Wasm)
    }

    fn delta(&self, kind: Kind) -> Result<Option<Delta<'a>>, ParseError> {
        if kind == Kind::Delta {
            return Ok(Some(Delta {
                base_sha256: self.required_hash(field::BASE_SHA256)?,
                base_len: self.required_number(field::BASE_LEN)?,
                module_len: self.required_number(field::MODULE_LEN)?,
                module_sha256: self.required_hash(field::MODULE_SHA256)?,
            }));
        }
        for key in [field::BASE_SHA256, field::MODULE_SHA256] {
            absent(self.hash(key), key)?;
        }
        for key in [field::BASE_LEN, field::MODULE_LEN] {
            absent(self.number(key), key)?;
        }
        Ok(None)
    }

    fn number(&self, key: u32) -> Option<u64> {
        self.numbers[NUMBERS.iter().position(|known| known.0 == key)?]
    }

    fn hash(&self, key: u32) -> Option<&'a [u8; 32]> {
        self.hashes[HASHES.iter().position(|known| *known == key)?]
    }

    fn text(&self, key: u32) -> Option<&'a str> {
        self.texts[TEXTS.iter().position(|known| known.0 == key)?]
    }

    fn required_number(&self, key: u32) -> Result<u32, ParseError> {
        self.number(key).map(|value| value as u32).ok_or(ParseError::MissingField { key })
    }

    fn required_hash(&self, key: u32) -> Result<&'a [u8; 32], ParseError> {
        self.hash(key).ok_or(ParseError::MissingField { key })
    }
}

fn absent<T>(value: Option<T>, key: u32) -> Result<(), ParseError> {
    match value {
        Some(_) => Err(ParseError::UnexpectedField { key }),
        None => Ok(()),
    }
}

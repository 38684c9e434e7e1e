//! The keys that a device accepts from now on.

use crate::cbor::{Item, Reader};
use crate::error::ParseError;
use crate::fields::Fields;
use crate::key::{Key, Role};

/// Most keys of a list.
pub const MAX_KEYS: usize = 8;

pub(crate) const SEQUENCE: u32 = 1;
pub(crate) const KEYS: u32 = 2;

/// A key list that was parsed, and not verified: its manifest is.
#[derive(Debug, Clone)]
pub struct KeyList<'a> {
    sequence: u32,
    count: u8,
    keys: Reader<'a>,
}

impl<'a> KeyList<'a> {
    /// Reads the payload of a manifest of the kind key list.
    ///
    /// # Errors
    /// [`ParseError`]; the fields that it names are those of the list.
    pub fn parse(payload: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(payload);
        if reader.item()? != Item::Map(2) {
            return Err(ParseError::Encoding { offset: 0 });
        }
        let sequence = match field(&mut reader, SEQUENCE)? {
            Item::Unsigned(sequence) => {
                u32::try_from(sequence).map_err(|_| ParseError::FieldValue { key: SEQUENCE })?
            }
            _ => return Err(ParseError::FieldValue { key: SEQUENCE }),
        };
        let count = match field(&mut reader, KEYS)? {
            Item::Array(count) if count <= MAX_KEYS as u64 => count as u8,
            Item::Array(count) => {
                let found = count.try_into().unwrap_or(u16::MAX);
                return Err(ParseError::TooManyKeys { limit: MAX_KEYS as u16, found });
            }
            _ => return Err(ParseError::FieldValue { key: KEYS }),
        };
        let list = Self { sequence, count, keys: reader.clone() };
        for at in 0..count {
            let public = public_of(&mut reader)?;
            if list.publics().take(at.into()).any(|other| other == public) {
                return Err(ParseError::RepeatedKey);
            }
        }
        if reader.is_empty() { Ok(list) } else { Err(reader.error()) }
    }

    /// Reads the payload of a manifest, and compares its sequence with that of the manifest.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn of(fields: &Fields<'_>, payload: &'a [u8]) -> Result<Self, ParseError> {
        Self::of_sequence(fields.sequence, payload)
    }

    /// Reads the payload of a manifest that has this sequence, and compares both.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn of_sequence(expected: u32, payload: &'a [u8]) -> Result<Self, ParseError> {
        let list = Self::parse(payload)?;
        let found = list.sequence;
        if expected == found { Ok(list) } else { Err(ParseError::ListSequence { expected, found }) }
    }

    /// Returns the list's sequence. It grows with each list.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Returns how many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count.into()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the keys, in order. Hashes each, for its id.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        let mut reader = self.keys.clone();
        (0..self.count).map_while(move |_| {
            let (public, role, revoked) = entry(&mut reader).ok()?;
            Some(Key::new(*public, role, revoked))
        })
    }

    fn publics(&self) -> impl Iterator<Item = &'a [u8; 32]> {
        let mut reader = self.keys.clone();
        (0..self.count).map_while(move |_| public_of(&mut reader).ok())
    }
}

fn field<'a>(reader: &mut Reader<'a>, key: u32) -> Result<Item<'a>, ParseError> {
    if reader.item()? == Item::Unsigned(key.into()) {
        reader.item()
    } else {
        Err(ParseError::MissingField { key })
    }
}

fn public_of<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8; 32], ParseError> {
    entry(reader).map(|(public, ..)| public)
}

/// Reads a key: an array of the public key, the role and whether it is revoked.
fn entry<'a>(reader: &mut Reader<'a>) -> Result<(&'a [u8; 32], Role, bool), ParseError> {
    let wrong = ParseError::FieldValue { key: KEYS };
    let (Item::Array(3), Item::Bytes(public)) = (reader.item()?, reader.item()?) else { return Err(wrong) };
    let (Item::Unsigned(role), Item::Bool(revoked)) = (reader.item()?, reader.item()?) else {
        return Err(wrong);
    };
    Ok((public.try_into().map_err(|_| wrong)?, Role::of(role).ok_or(wrong)?, revoked))
}

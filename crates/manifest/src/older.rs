//! Versions 1 and 2, of the older system.

use crate::error::ParseError;
use crate::fields::{Fields, Header, Requirements};
use crate::kind::{Engine, Kind, Version};

/// In version 2: the module is not to run unsigned.
pub(crate) const REQUIRE_SIGNATURE: u8 = 1;
/// In version 2: the sequence is to be compared. A device compares it in any case.
pub(crate) const ROLLBACK_PROTECTED: u8 = 2;

const V1_ENTRY: usize = 13;
const V2_ENTRY: usize = 18;

/// Reads the header of a version 1.
pub(crate) fn v1(prefix: &[u8]) -> Result<Header<'_>, ParseError> {
    let (head, entry) = split(prefix, V1_ENTRY)?;
    Ok(header(Version::V1, head, entry, 0, 0))
}

/// Reads the header of a version 2.
pub(crate) fn v2(prefix: &[u8]) -> Result<Header<'_>, ParseError> {
    let (head, entry) = split(prefix, V2_ENTRY)?;
    let known = REQUIRE_SIGNATURE | ROLLBACK_PROTECTED;
    let flags = head.get(13).copied().unwrap_or_default();
    if flags & !known != 0 {
        return Err(ParseError::Flags { found: flags, known });
    }
    Ok(header(Version::V2, head, entry, flags, u32_at(head, 14)))
}

/// Returns the bytes before the length of the entry point's name, and the name.
fn split(prefix: &[u8], at: usize) -> Result<(&[u8], &str), ParseError> {
    let too_short =
        |needed: usize| ParseError::TooShort { needed: needed as u32, found: prefix.len() as u32 };
    let len = usize::from(*prefix.get(at).ok_or_else(|| too_short(at + 1))?);
    let end = at + 1 + len;
    let entry = prefix.get(at + 1..end).ok_or_else(|| too_short(end))?;
    let head = prefix.get(..at).unwrap_or_default();
    Ok((head, core::str::from_utf8(entry).map_err(|_| ParseError::Entry)?))
}

fn header<'a>(version: Version, head: &[u8], entry: &'a str, flags: u8, sequence: u32) -> Header<'a> {
    let fields = Fields {
        module_id: u32_at(head, 5),
        sequence,
        kind: Kind::Module,
        entry,
        payload_len: u32_at(head, 9),
        payload_sha256: None,
        key_id: None,
        target: None,
        engine: Engine::Wasm,
        abi: None,
        requirements: Requirements::default(),
        delta: None,
    };
    Header {
        version,
        fields,
        signed_len: (head.len() + 1 + entry.len()) as u32,
        demands_signature: flags & REQUIRE_SIGNATURE != 0,
        rollback_protected: flags & ROLLBACK_PROTECTED != 0,
    }
}

fn u32_at(head: &[u8], at: usize) -> u32 {
    head.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

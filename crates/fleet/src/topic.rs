//! Names and topics, without a heap.

use crate::announcement::BlobId;
use core::fmt;

/// Longest name of a prefix, a group or a device, in bytes.
pub const MAX_NAME: usize = 32;
/// Longest topic, in bytes.
pub const MAX_TOPIC: usize = 3 * MAX_NAME + 12;

/// A name that cannot be part of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NameError {
    /// It has no character.
    Empty,
    /// It is too long.
    TooLong {
        /// Its bytes.
        found: usize,
        /// The most that it may have: [`MAX_NAME`].
        limit: usize,
    },
    /// A character is none of `a` to `z`, `A` to `Z`, `0` to `9`, `-`, `_` and `.`.
    Character {
        /// Where, in bytes.
        at: usize,
    },
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the name is empty"),
            Self::TooLong { found, limit } => {
                write!(f, "the name has {found} bytes, at most {limit} are allowed")
            }
            Self::Character { at } => {
                write!(f, "the name's character at byte {at} is none of a-z, A-Z, 0-9, `-`, `_` and `.`")
            }
        }
    }
}

impl core::error::Error for NameError {}

/// Checks the name of a prefix, a group or a device: 1 to [`MAX_NAME`] letters, digits, `-`, `_` and `.`, so that it is
/// one level of a topic and no wildcard.
///
/// # Errors
///
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > MAX_NAME {
        return Err(NameError::TooLong { found: name.len(), limit: MAX_NAME });
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    match name.bytes().position(|byte| !allowed(byte)) {
        Some(at) => Err(NameError::Character { at }),
        None => Ok(()),
    }
}

/// A topic.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    bytes: [u8; MAX_TOPIC],
    len: u8,
}

impl Topic {
    /// Where the announcement of a group is: `PREFIX/group/GROUP`.
    #[must_use]
    pub fn group(prefix: &str, group: &str) -> Self {
        Self::of(&[prefix, "/group/", group])
    }

    /// Where a device says how it is: `PREFIX/status/GROUP/DEVICE`.
    #[must_use]
    pub fn status(prefix: &str, group: &str, device: &str) -> Self {
        Self::of(&[prefix, "/status/", group, "/", device])
    }

    /// Where a chunk of a blob is: `PREFIX/blob/ID/INDEX`, the id in hexadecimal, the index in decimal.
    #[must_use]
    pub fn chunk(prefix: &str, id: &BlobId, index: u32) -> Self {
        let mut topic = Self::of(&[prefix, "/blob/"]);
        for byte in id.0 {
            for digit in [byte >> 4, byte & 15] {
                topic.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
            }
        }
        topic.push(b'/');
        let mut divisor = 1;
        while index / divisor >= 10 {
            divisor *= 10;
        }
        while divisor > 0 {
            topic.push(b'0' + (index / divisor % 10) as u8);
            divisor /= 10;
        }
        topic
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // It is made of checked names.
        core::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }

    fn of(parts: &[&str]) -> Self {
        let mut topic = Self { bytes: [0; MAX_TOPIC], len: 0 };
        parts.iter().flat_map(|part| part.bytes()).for_each(|byte| topic.push(byte));
        topic
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(usize::from(self.len)) {
            *place = byte;
            self.len += 1;
        }
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_topics_fit() {
        let name = core::str::from_utf8(&[b'x'; MAX_NAME]).expect("text");
        assert_eq!(Topic::status(name, name, name).as_str().len(), 3 * MAX_NAME + 9);
        let id = BlobId([0xA5; 8]);
        let chunk = Topic::chunk(name, &id, u32::MAX);
        assert!(chunk.as_str().ends_with("/blob/a5a5a5a5a5a5a5a5/4294967295"));
    }

    #[test]
    fn names_are_one_level_and_no_wildcard() {
        for (name, wanted) in [
            ("greenhouse-7.north_b", Ok(())),
            ("", Err(NameError::Empty)),
            ("a/b", Err(NameError::Character { at: 1 })),
            ("+", Err(NameError::Character { at: 0 })),
            ("#", Err(NameError::Character { at: 0 })),
            ("$SYS", Err(NameError::Character { at: 0 })),
            ("überall", Err(NameError::Character { at: 0 })),
        ] {
            assert_eq!(check_name(name), wanted, "{name}");
        }
        assert!(matches!(check_name(&"x".repeat(33)), Err(NameError::TooLong { found: 33, limit: 32 })));
    }
}

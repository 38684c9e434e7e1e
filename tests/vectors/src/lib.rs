//! The golden byte vectors of `docs/ABI.md`, for every test that speaks the ABI.
//!
//! The files beside this crate are plain text, so that a guest in C or a script can read them as
//! well: `[name]` opens a vector, `key = value` lines follow, `#` begins a comment line. Byte strings
//! are hexadecimal, spaces in them mean nothing; numbers are decimal unless the file says otherwise.
//!
//! ```
//! let hello = aingle_wasm_vectors::named(aingle_wasm_vectors::ENVELOPES, "v2_hello");
//! assert_eq!(hello.bytes("payload"), b"hello");
//! assert_eq!(hello.number("version"), 2);
//! ```
//!
//! Whatever is wrong with a file panics with the vector's name: this crate is for tests alone.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;

/// Announcements to groups of devices, and statuses of devices.
pub const ANNOUNCEMENTS: &str = include_str!("../announcements.txt");
/// Encrypted envelopes that are bound to function, direction and request, and refused ones.
pub const BOUND: &str = include_str!("../bound.txt");
/// Whole envelopes of both versions, with every flag and every error, and refused ones.
pub const ENVELOPES: &str = include_str!("../envelopes.txt");
/// Payloads of error envelopes that are no error.
pub const ERRORS: &str = include_str!("../errors.txt");
/// Payloads of key lists, and refused ones.
pub const KEY_LISTS: &str = include_str!("../key_lists.txt");
/// LZ4 payloads, bombs among them.
pub const LZ4: &str = include_str!("../lz4.txt");
/// The control block's words.
pub const CONTROL_BLOCK: &str = include_str!("../control_block.txt");
/// Manifests of all versions, signed and unsigned, and refused ones.
pub const MANIFESTS: &str = include_str!("../manifests.txt");
/// Packed results.
pub const PACKED: &str = include_str!("../packed.txt");
/// Description records.
pub const RECORDS: &str = include_str!("../records.txt");
/// Encrypted envelopes of the older form, which is bound to nothing, and the known answers of Ascon-AEAD128.
pub const ENCRYPTED: &str = include_str!("../encrypted.txt");
/// Typed values in postcard.
pub const VALUES: &str = include_str!("../values.txt");

/// One vector: a name and its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vector<'t> {
    /// What the vector is about.
    pub name: &'t str,
    lines: &'t str,
}

/// The vectors of a file, in order.
pub fn all(file: &str) -> impl Iterator<Item = Vector<'_>> {
    file.split("\n[").skip(1).map(|text| {
        let (name, lines) = text.split_once("]\n").unwrap_or_else(|| panic!("no name: {text}"));
        Vector { name, lines }
    })
}

/// The vector of this name.
///
/// # Panics
/// When the file has none.
#[must_use]
pub fn named<'t>(file: &'t str, name: &str) -> Vector<'t> {
    all(file).find(|vector| vector.name == name).unwrap_or_else(|| panic!("no vector `{name}`"))
}

impl<'t> Vector<'t> {
    /// The value of a key, where there is one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'t str> {
        self.lines
            .lines()
            .filter_map(|line| line.split_once('='))
            .find(|(found, _)| found.trim() == key)
            .map(|(_, value)| value.trim())
    }

    /// The value of a key.
    ///
    /// # Panics
    /// When the vector has no such key.
    #[must_use]
    pub fn text(&self, key: &str) -> &'t str {
        self.get(key).unwrap_or_else(|| panic!("{}: no `{key}`", self.name))
    }

    /// The value of a key, a decimal number.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn number(&self, key: &str) -> u64 {
        self.text(key).parse().unwrap_or_else(|_| panic!("{}: `{key}` is no number", self.name))
    }

    /// The value of a key, one hexadecimal number.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn hex_number(&self, key: &str) -> u64 {
        u64::from_str_radix(self.text(key), 16)
            .unwrap_or_else(|_| panic!("{}: `{key}` is no number", self.name))
    }

    /// The value of a key, bytes.
    ///
    /// # Panics
    /// When it is not hexadecimal.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Vec<u8> {
        let digits: Vec<u32> = self
            .text(key)
            .chars()
            .filter(|c| *c != ' ')
            .map(|c| c.to_digit(16).unwrap_or_else(|| panic!("{}: `{key}` is not hexadecimal", self.name)))
            .collect();
        assert!(digits.len().is_multiple_of(2), "{}: `{key}` has half a byte", self.name);
        digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn every_file_has_vectors_with_names_of_their_own() {
        for file in [
            BOUND,
            ENVELOPES,
            ERRORS,
            KEY_LISTS,
            LZ4,
            CONTROL_BLOCK,
            MANIFESTS,
            PACKED,
            RECORDS,
            ENCRYPTED,
            VALUES,
        ] {
            let names: BTreeSet<_> = all(file).map(|vector| vector.name).collect();
            assert!(names.len() > 5);
            assert_eq!(names.len(), all(file).count());
            assert_eq!(file.lines().filter(|line| line.starts_with('[')).count(), names.len());
        }
    }
}

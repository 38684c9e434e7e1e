//! Builds manifests of versions 1 and 2.

use crate::error::ParseError;
use crate::manifest::{MAGIC, Manifest};
use crate::older::{REQUIRE_SIGNATURE, ROLLBACK_PROTECTED};
use alloc::vec::Vec;
use ed25519_dalek::{Signer, SigningKey};

/// A manifest of version 1 or 2 that is being built, for devices of the older system.
#[derive(Debug, Clone, Copy)]
pub struct OlderBuilder<'a> {
    module_id: u32,
    entry: &'a str,
    /// Flags and sequence of version 2.
    second: Option<(u8, u32)>,
}

impl<'a> OlderBuilder<'a> {
    /// Begins a manifest of version 1, which has neither flags nor a sequence.
    #[must_use]
    pub fn v1(module_id: u32, entry: &'a str) -> Self {
        Self { module_id, entry, second: None }
    }

    /// Begins a manifest of version 2.
    #[must_use]
    pub fn v2(module_id: u32, sequence: u32, entry: &'a str) -> Self {
        Self { module_id, entry, second: Some((0, sequence)) }
    }

    /// Sets the flag that asks for a signature. Version 1 has none.
    #[must_use]
    pub fn require_signature(self, set: bool) -> Self {
        self.flag(REQUIRE_SIGNATURE, set)
    }

    /// Sets the flag that asks for the sequence to be compared. Version 1 has none.
    #[must_use]
    pub fn rollback_protected(self, set: bool) -> Self {
        self.flag(ROLLBACK_PROTECTED, set)
    }

    fn flag(self, flag: u8, set: bool) -> Self {
        let change = |(flags, sequence)| (if set { flags | flag } else { flags & !flag }, sequence);
        Self { second: self.second.map(change), ..self }
    }

    /// Builds the blob: header, signature if there is a key, and module.
    ///
    /// # Errors
    /// [`ParseError::FieldValue`] when the name of the entry point is longer than 255 bytes, [`ParseError::Length`]
    /// when the module is too long.
    pub fn build(&self, module: &[u8], key: Option<&SigningKey>) -> Result<Vec<u8>, ParseError> {
        let too_long = ParseError::Length { expected: u32::MAX, found: u32::MAX };
        let module_len = u32::try_from(module.len()).map_err(|_| too_long)?;
        let entry_len = u8::try_from(self.entry.len())
            .map_err(|_| ParseError::FieldValue { key: crate::fields::field::ENTRY })?;
        let mut blob = Vec::from(*MAGIC);
        blob.push(if self.second.is_some() { 2 } else { 1 });
        blob.extend(self.module_id.to_le_bytes());
        blob.extend(module_len.to_le_bytes());
        if let Some((flags, sequence)) = self.second {
            blob.push(flags);
            blob.extend(sequence.to_le_bytes());
        }
        blob.push(entry_len);
        blob.extend(self.entry.as_bytes());
        if let Some(key) = key {
            blob.extend(key.sign(&[&blob, module].concat()).to_bytes());
        }
        blob.extend(module);
        Manifest::parse(&blob, u32::try_from(blob.len()).map_err(|_| too_long)?)?;
        Ok(blob)
    }
}

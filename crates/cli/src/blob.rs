//! Blobs: files that begin with a manifest.

use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::hex::hex;
use crate::report::Report;
use aingle_wasm_manifest::{Engine, MAGIC, Manifest, ParseError, SIGNATURE_LEN, Version, sha256};
use std::path::Path;

/// A blob, and the padding that is behind it in its file.
pub struct Blob {
    bytes: Vec<u8>,
    padding: usize,
}

/// What may be behind a blob: erased flash.
const ERASED: u8 = 0xff;

impl Blob {
    /// Reads a file that begins with a manifest, padded or not.
    ///
    /// # Errors
    /// [`Kind::Io`], or [`Kind::Input`].
    pub fn read(path: &Path) -> Outcome<Self> {
        Self::in_file(files::read(path)?, path)
    }

    /// Takes the bytes of a file that begins with a manifest.
    ///
    /// # Errors
    /// [`Kind::Input`], with the name of the file.
    pub fn in_file(bytes: Vec<u8>, path: &Path) -> Outcome<Self> {
        Self::of(bytes).map_err(|error| Failure::new(Kind::Input, error).in_file(files::name(path)))
    }

    /// Takes bytes that begin with a manifest.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn of(mut bytes: Vec<u8>) -> Result<Self, ParseError> {
        let all = bytes.len();
        let len = match parse(&bytes, all) {
            Ok(manifest) => all - mistaken(&manifest, &bytes),
            Err(error) => unpadded(&bytes, error).ok_or(error)?,
        };
        bytes.truncate(len);
        Ok(Self { bytes, padding: all - len })
    }

    /// Returns whether bytes begin as a manifest does.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
    }

    /// Returns the bytes without padding.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the manifest.
    ///
    /// # Errors
    /// [`Kind::Input`]; never for a blob that was read.
    pub fn manifest(&self) -> Outcome<Manifest<'_>> {
        parse(&self.bytes, self.bytes.len()).map_err(|error| Failure::new(Kind::Input, error))
    }

    /// Returns the payload.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        let at = parse(&self.bytes, self.bytes.len()).map_or(0, |manifest| manifest.payload_offset());
        &self.bytes[at as usize..]
    }

    /// Checks that the payload is the one of which the manifest has the hash, if it has one.
    ///
    /// # Errors
    /// [`Kind::Input`], with both hashes.
    pub fn check_payload(&self) -> Outcome<()> {
        let Some(expected) = self.manifest()?.fields().payload_sha256 else { return Ok(()) };
        let found = sha256(self.payload());
        if found == *expected {
            return Ok(());
        }
        let (expected, found) = (hex(expected), hex(&found));
        let message = format!("damaged payload: expected SHA-256 {expected}, found {found}");
        Err(Failure::new(Kind::Input, message))
    }

    /// Adds what the manifest says.
    ///
    /// # Errors
    /// [`Kind::Input`]; never for a blob that was read.
    pub fn report(&self, report: &mut Report) -> Outcome<()> {
        let manifest = self.manifest()?;
        let fields = manifest.fields();
        report.add("manifest_version", manifest.version() as u8);
        report.add("kind", fields.kind.to_string());
        report.add("module_id", fields.module_id);
        if manifest.version() > Version::V1 {
            report.add("sequence", fields.sequence);
        }
        report.add("entry", fields.entry);
        if manifest.version() == Version::V2 {
            report.add("requires_signature", manifest.demands_signature());
        }
        report.add("length", self.bytes.len());
        report.add("padding", self.padding);
        report.add("payload_length", fields.payload_len);
        report.add_some("payload_sha256", fields.payload_sha256.map(|hash| hex(hash)));
        report.add_some("target", fields.target);
        if let Engine::Native { triple, source_sha256 } = fields.engine {
            report.add("native_image_for", triple);
            report.add("source_sha256", hex(source_sha256));
        }
        report.add_some("abi", fields.abi);
        report.add_some("memory", fields.requirements.memory);
        report.add_some("stack", fields.requirements.stack);
        report.add_some("fuel", fields.requirements.fuel);
        report.add_some("depth", fields.requirements.depth);
        if let Some(delta) = fields.delta {
            report.add("base_length", delta.base_len);
            report.add("base_sha256", hex(delta.base_sha256));
            report.add("module_length", delta.module_len);
            report.add("module_sha256", hex(delta.module_sha256));
        }
        let signature = manifest.signature().map(|signature| hex(signature));
        report.add_as("signature", signature.clone().unwrap_or_else(|| "none".into()), signature);
        report.add_some("key_id", fields.key_id.map(|id| id.to_string()));
        Ok(())
    }
}

fn parse(bytes: &[u8], len: usize) -> Result<Manifest<'_>, ParseError> {
    Manifest::parse(bytes, u32::try_from(len).unwrap_or(u32::MAX))
}

/// Returns how many bytes behind an unsigned blob of version 1 or 2 are padding, though it reads as a signed one: the
/// length alone says which it is, and exactly 64 bytes of erased flash are as long as a signature.
fn mistaken(manifest: &Manifest<'_>, bytes: &[u8]) -> usize {
    let behind = bytes.len().saturating_sub(SIGNATURE_LEN);
    let is_erased = bytes[behind..].iter().all(|byte| *byte == ERASED);
    if is_erased && begins_as_module(manifest) { SIGNATURE_LEN } else { 0 }
}

/// Returns whether a manifest of version 1 or 2 has the beginning of a module in place of its signature.
pub fn begins_as_module(manifest: &Manifest<'_>) -> bool {
    manifest.version() < Version::V3
        && manifest.signature().is_some_and(|signature| signature.starts_with(b"\0asm\x01\0\0\0"))
}

/// The length of a blob that erased flash follows.
fn unpadded(bytes: &[u8], error: ParseError) -> Option<usize> {
    let ParseError::Length { expected, .. } = error else { return None };
    // In versions 1 and 2 `expected` is without a signature. With one, the last 64 bytes of the module are behind it,
    // and those are not erased flash.
    let lengths = [expected as usize, expected as usize + SIGNATURE_LEN];
    lengths.into_iter().find(|len| {
        let behind = bytes.get(*len..);
        behind.is_some_and(|behind| behind.iter().all(|byte| *byte == ERASED)) && parse(bytes, *len).is_ok()
    })
}

//! Reads and verifies what a slot holds, piece by piece.

use crate::area::Area;
use crate::crc::Crc;
use crate::error::UpdateError;
use crate::source::read_any;
use crate::state::State;
use aingle_wasm_manifest::{
    Admitted, Kind, MAX_HEADER_LEN, Manifest, Policy, Refusal, Role, Sha256, Verifier,
};
use embedded_storage::nor_flash::NorFlash;

/// Bytes that are read at once.
const PIECE: usize = 128;

/// Memory for the manifest of a blob.
pub(super) type Header = [u8; MAX_HEADER_LEN];

/// Memory for the manifest of a blob, before it is read.
pub(super) const HEADER: Header = [0; MAX_HEADER_LEN];

/// What the manifest of a slot says, as far as it is needed after it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) module_id: u32,
    pub(super) sequence: u32,
    pub(super) kind: Kind,
    /// Bytes before the payload.
    pub(super) header_len: u32,
    /// Bytes of the module: that of a delta is the one that it makes.
    pub(super) module_len: u32,
    /// SHA-256 of the module, if the manifest has it.
    pub(super) sha256: Option<[u8; 32]>,
}

impl Facts {
    pub(super) fn of(manifest: &Manifest<'_>) -> Self {
        let fields = manifest.fields();
        let sha256 = fields.delta.map(|delta| *delta.module_sha256);
        Self {
            module_id: fields.module_id,
            sequence: fields.sequence,
            kind: fields.kind,
            header_len: manifest.payload_offset(),
            module_len: fields.module_len(),
            sha256,
        }
    }

    /// Returns where the module is in a slot that begins at `start`.
    pub(super) fn module(&self, start: u32) -> Area {
        Area { offset: start.saturating_add(self.header_len), len: self.module_len }
    }

    /// Returns where manifest and module are in a slot that begins at `start`.
    pub(super) fn stored(&self, start: u32) -> Area {
        Area { offset: start, len: self.header_len.saturating_add(self.module_len) }
    }
}

/// Reads the manifest of a blob.
pub(super) fn manifest<'h, F: NorFlash>(
    flash: &mut F,
    blob: Area,
    header: &'h mut Header,
) -> Result<Manifest<'h>, UpdateError> {
    let prefix = &mut header[..(blob.len as usize).min(MAX_HEADER_LEN)];
    read_any(flash, blob.offset, prefix)?;
    Ok(Manifest::parse(prefix, blob.len).map_err(Refusal::from)?)
}

/// Returns the highest sequence that a manifest must not be below.
pub(super) fn high_water(state: &State, manifest: &Manifest<'_>) -> Option<u32> {
    match manifest.fields().kind {
        Kind::KeyList => Some(state.control.key_list).filter(|sequence| *sequence > 0),
        Kind::Module | Kind::Delta => state.high_water(manifest.fields().module_id),
    }
}

/// Calls `each` with the bytes of an area, piece by piece.
pub(super) fn stream<F: NorFlash>(
    flash: &mut F,
    area: Area,
    each: &mut dyn FnMut(&[u8]) -> Result<(), Refusal>,
) -> Result<(), UpdateError> {
    let mut piece = [0; PIECE];
    let mut at = area.offset;
    while at < area.end() {
        let piece = &mut piece[..((area.end() - at) as usize).min(PIECE)];
        read_any(flash, at, piece)?;
        each(piece)?;
        at += piece.len() as u32;
    }
    Ok(())
}

/// Returns the CRC-32 of an area.
pub(super) fn crc<F: NorFlash>(flash: &mut F, area: Area) -> Result<u32, UpdateError> {
    let mut crc = Crc::new();
    stream(flash, area, &mut |piece| {
        crc.update(piece);
        Ok(())
    })?;
    Ok(crc.value())
}

/// Returns the SHA-256 of an area.
pub(super) fn sha256<F: NorFlash>(flash: &mut F, area: Area) -> Result<[u8; 32], UpdateError> {
    let mut hash = Sha256::new();
    stream(flash, area, &mut |piece| {
        hash.update(piece);
        Ok(())
    })?;
    Ok(hash.finish())
}

/// Verifies signature and payload of a blob that begins at `offset`: as it was sent, or as `made` by a delta.
pub(super) fn verify<F: NorFlash>(
    flash: &mut F,
    offset: u32,
    policy: &Policy<'_>,
    admitted: &Admitted<'_>,
    made: bool,
) -> Result<(), UpdateError> {
    let manifest = admitted.manifest();
    if made && let Some(delta) = manifest.fields().delta {
        Verifier::begin(admitted)?;
        return verify_hash(flash, Facts::of(manifest).module(offset), delta.module_sha256);
    }
    let payload = Area { offset: offset + manifest.payload_offset(), len: manifest.fields().payload_len };
    let mut result = verify_with(flash, payload, admitted);
    // Older versions do not say which key signed.
    if manifest.fields().key_id.is_none() && manifest.signature().is_some() {
        for key in policy.keys().iter().filter(|key| key.role() == Role::Module && !key.is_revoked()) {
            if result != Err(UpdateError::Refused(Refusal::Signature)) {
                break;
            }
            result = verify_with(flash, payload, &admitted.with_key(key));
        }
    }
    result
}

/// Compares the hash of a module that a delta has made.
pub(super) fn verify_hash<F: NorFlash>(
    flash: &mut F,
    module: Area,
    expected: &[u8; 32],
) -> Result<(), UpdateError> {
    if sha256(flash, module)? == *expected { Ok(()) } else { Err(Refusal::ModuleHash.into()) }
}

#[inline(never)]
fn verify_with<F: NorFlash>(
    flash: &mut F,
    payload: Area,
    admitted: &Admitted<'_>,
) -> Result<(), UpdateError> {
    let mut verifier = Verifier::begin(admitted)?;
    stream(flash, payload, &mut |piece| verifier.update(piece))?;
    Ok(verifier.finish()?)
}

//! Reads and verifies what a slot holds, piece by piece.

use crate::area::Area;
use crate::crc::Crc;
use crate::device::{Device, Keys};
use crate::error::UpdateError;
use crate::source::read_any;
use crate::state::State;
use aingle_wasm_manifest::{
    Admitted, Kind, MAX_HEADER_LEN, Manifest, Policy, Refusal, Role, Sha256, Verifier,
};
use embedded_storage::nor_flash::NorFlash;

/// Bytes that are read at once.
const PIECE: usize = 128;

/// What the manifest of a slot says, as far as it is needed after it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) module_id: u32,
    pub(crate) sequence: u32,
    pub(crate) kind: Kind,
    /// Bytes before the payload.
    pub(crate) header_len: u32,
    /// Bytes of the module: that of a delta is the one that it makes.
    pub(crate) module_len: u32,
}

impl Facts {
    pub(crate) fn of(manifest: &Manifest<'_>) -> Self {
        let fields = manifest.fields();
        Self {
            module_id: fields.module_id,
            sequence: fields.sequence,
            kind: fields.kind,
            header_len: manifest.payload_offset(),
            module_len: fields.module_len(),
        }
    }

    /// Returns where the module is in a slot that begins at `start`.
    pub(crate) fn module(&self, start: u32) -> Area {
        Area { offset: start + self.header_len, len: self.module_len }
    }
}

/// Reads the manifest of a blob of `len` bytes that begins at `offset`.
pub(crate) fn with_manifest<F: NorFlash, T>(
    flash: &mut F,
    offset: u32,
    len: u32,
    then: impl FnOnce(&mut F, &Manifest<'_>) -> Result<T, UpdateError>,
) -> Result<T, UpdateError> {
    let mut prefix = [0; MAX_HEADER_LEN];
    let prefix = &mut prefix[..(len as usize).min(MAX_HEADER_LEN)];
    read_any(flash, offset, prefix)?;
    let manifest = Manifest::parse(prefix, len).map_err(Refusal::from)?;
    then(flash, &manifest)
}

/// Calls `then` with the policy for the keys that are accepted now.
pub(crate) fn with_policy<T>(state: &State, device: &Device, then: impl FnOnce(&Policy<'_>) -> T) -> T {
    match Keys::kept(state) {
        None => then(&(device.policy)(device.keys)),
        Some(keys) => keys.with(|keys| then(&(device.policy)(keys))),
    }
}

/// Returns the highest sequence that a manifest must not be below.
pub(crate) fn high_water(state: &State, manifest: &Manifest<'_>) -> Option<u32> {
    match manifest.fields().kind {
        Kind::KeyList => Some(state.control.key_list).filter(|sequence| *sequence > 0),
        Kind::Module | Kind::Delta => state.high_water(manifest.fields().module_id),
    }
}

/// Calls `each` with the bytes of an area, piece by piece.
pub(crate) fn stream<F: NorFlash>(
    flash: &mut F,
    area: Area,
    mut each: impl FnMut(&[u8]) -> Result<(), UpdateError>,
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
pub(crate) fn crc<F: NorFlash>(flash: &mut F, area: Area) -> Result<u32, UpdateError> {
    let mut crc = Crc::new();
    stream(flash, area, |piece| {
        crc.update(piece);
        Ok(())
    })?;
    Ok(crc.value())
}

/// Returns the SHA-256 of an area.
pub(crate) fn sha256<F: NorFlash>(flash: &mut F, area: Area) -> Result<[u8; 32], UpdateError> {
    let mut hash = Sha256::new();
    stream(flash, area, |piece| {
        hash.update(piece);
        Ok(())
    })?;
    Ok(hash.finish())
}

/// Verifies signature and payload of a blob that begins at `offset`, as it was sent.
pub(crate) fn verify_sent<F: NorFlash>(
    flash: &mut F,
    offset: u32,
    policy: &Policy<'_>,
    manifest: &Manifest<'_>,
    high_water: Option<u32>,
) -> Result<(), UpdateError> {
    let admitted = policy.check(manifest, high_water)?;
    let payload = Area { offset: offset + manifest.payload_offset(), len: manifest.fields().payload_len };
    let mut result = verify_with(flash, payload, &admitted);
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

fn verify_with<F: NorFlash>(
    flash: &mut F,
    payload: Area,
    admitted: &Admitted<'_>,
) -> Result<(), UpdateError> {
    let mut verifier = Verifier::begin(admitted)?;
    stream(flash, payload, |piece| Ok(verifier.update(piece)?))?;
    Ok(verifier.finish()?)
}

/// Verifies a module that is in place at `offset`: as it was sent, or as a delta has made it.
pub(crate) fn verify_placed<F: NorFlash>(
    flash: &mut F,
    offset: u32,
    policy: &Policy<'_>,
    manifest: &Manifest<'_>,
    high_water: Option<u32>,
) -> Result<(), UpdateError> {
    let Some(delta) = manifest.fields().delta else {
        return verify_sent(flash, offset, policy, manifest, high_water);
    };
    Verifier::begin(&policy.check(manifest, high_water)?)?;
    let module = Facts::of(manifest).module(offset);
    if sha256(flash, module)? == *delta.module_sha256 { Ok(()) } else { Err(Refusal::ModuleHash.into()) }
}

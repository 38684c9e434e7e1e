//! The same by the libraries alone: one signature of the manifest, and one hash of the payload.

use crate::PIECE;
use crate::keys::MODULES;
use aingle_wasm_manifest::{DOMAIN, Manifest, SIGNATURE_LEN};
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

/// The longest manifest here, with the domain before it.
const SIGNED: usize = 256;

/// Verifies a blob. What it takes to find the parts is not worth counting.
pub fn verify(blob: &[u8]) -> bool {
    let Ok(manifest) = Manifest::parse(blob, blob.len() as u32) else { return false };
    let (header, payload) = blob.split_at(manifest.payload_offset() as usize);
    let (header, signature) = header.split_at(header.len() - SIGNATURE_LEN);
    let mut signed = [0; SIGNED];
    let len = DOMAIN.len() + header.len();
    signed[..DOMAIN.len()].copy_from_slice(DOMAIN);
    signed[DOMAIN.len()..len].copy_from_slice(header);
    let signature = Signature::from_slice(signature);
    let right = VerifyingKey::from_bytes(&MODULES).is_ok_and(|key| {
        signature.is_ok_and(|signature| key.verify_strict(&signed[..len], &signature).is_ok())
    });
    let mut hash = Sha256::new();
    payload.chunks(PIECE).for_each(|piece| hash.update(piece));
    right && manifest.fields().payload_sha256.is_some_and(|expected| hash.finalize()[..] == expected[..])
}

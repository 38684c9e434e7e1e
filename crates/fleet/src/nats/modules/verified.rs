//! Modules whose signature is right.

use super::error::ModuleError;
use crate::nats::module_hash::ModuleHash;
use aingle_wasm_manifest::{Admitted, Engine, KeyId, Kind, Manifest, Policy, Refusal, Verifier};

/// A module that a policy accepts, and whose signature and payload are right. There is no other way to make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    wasm: Vec<u8>,
    hash: ModuleHash,
    module_id: u32,
    sequence: u32,
    signer: Option<KeyId>,
}

impl Verified {
    /// Verifies a packed module. `high_water` is the highest sequence that was accepted of it, if one was.
    ///
    /// # Errors
    /// [`ModuleError::Refused`] and [`ModuleError::NoModule`].
    pub fn of(blob: &[u8], policy: &Policy<'_>, high_water: Option<u32>) -> Result<Self, ModuleError> {
        let found = blob.len() as u64;
        let too_large = |_| ModuleError::TooLarge { limit: u32::MAX.into(), found };
        let manifest = Manifest::parse(blob, u32::try_from(blob.len()).map_err(too_large)?);
        let manifest = manifest.map_err(Refusal::from)?;
        let fields = *manifest.fields();
        let admitted = policy.check(&manifest, high_water)?;
        if fields.kind != Kind::Module || fields.engine != Engine::Wasm {
            return Err(ModuleError::NoModule { kind: fields.kind });
        }
        let wasm = blob.get(manifest.payload_offset() as usize..).unwrap_or_default();
        let admitted = verify_with_any(admitted, policy, wasm)?;
        Ok(Self {
            wasm: wasm.to_vec(),
            hash: ModuleHash::of(wasm),
            module_id: fields.module_id,
            sequence: fields.sequence,
            signer: admitted.key().map(|key| key.id()),
        })
    }

    /// Returns the `.wasm` file.
    #[must_use]
    pub fn wasm(&self) -> &[u8] {
        &self.wasm
    }

    /// Returns the hash by which callers name it.
    #[must_use]
    pub fn hash(&self) -> ModuleHash {
        self.hash
    }

    /// Returns which module it is, of those that its maker signs.
    #[must_use]
    pub fn module_id(&self) -> u32 {
        self.module_id
    }

    /// Returns the number that grows with each release.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Returns the key that signed it. `None` if it is unsigned, and the policy allows that.
    #[must_use]
    pub fn signer(&self) -> Option<KeyId> {
        self.signer
    }
}

/// Verifies with the key that the manifest names, or with each key if it names none.
fn verify_with_any<'a>(
    admitted: Admitted<'a>,
    policy: &Policy<'a>,
    payload: &[u8],
) -> Result<Admitted<'a>, Refusal> {
    let first = verify(&admitted, payload);
    if first != Err(Refusal::Signature) {
        return first.map(|()| admitted);
    }
    let others = policy.keys().iter().map(|key| admitted.with_key(key));
    others.into_iter().find(|other| verify(other, payload).is_ok()).ok_or(Refusal::Signature)
}

fn verify(admitted: &Admitted<'_>, payload: &[u8]) -> Result<(), Refusal> {
    let mut verifier = Verifier::begin(admitted)?;
    verifier.update(payload)?;
    verifier.finish()
}

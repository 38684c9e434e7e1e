//! What is sent: good modules and others.

use crate::keys::{MODULES, OPERATOR, REVOKED, ROOT, TARGET, TRIPLE};
use aingle_wasm_delta::make;
use aingle_wasm_fleet::Announcement;
use aingle_wasm_manifest::{Builder, DeltaOf, Key, Manifest, SigningKey, key_list_payload, sha256};
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// The number of the module.
const MODULE_ID: u32 = 1;

/// The modules, as they were built.
pub struct Modules {
    pub v1: Vec<u8>,
    pub v2: Vec<u8>,
    pub v3: Vec<u8>,
    pub traps: Vec<u8>,
    pub hangs: Vec<u8>,
}

impl Modules {
    /// Reads them from a folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name).with_extension("wasm");
            std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))
        };
        Ok(Self {
            v1: read("v1")?,
            v2: read("v2")?,
            v3: read("v3")?,
            traps: read("traps")?,
            hangs: read("hangs")?,
        })
    }
}

/// The private keys.
pub struct Signers {
    modules: SigningKey,
    revoked: SigningKey,
    root: SigningKey,
    /// The board learns of it by a list of keys.
    next: SigningKey,
    operator: SigningKey,
}

impl Signers {
    /// Returns the keys whose public halves the firmware has, and one more.
    pub fn new() -> Result<Self> {
        let [modules, revoked, root, next, operator] =
            [1, 2, 3, 4, 5].map(|seed| SigningKey::from_bytes(&[seed; 32]));
        let known = [(&modules, MODULES), (&revoked, REVOKED), (&root, ROOT), (&operator, OPERATOR)];
        for (key, public) in known {
            ensure!(key.verifying_key().as_bytes() == &public, "the keys of station and firmware differ");
        }
        Ok(Self { modules, revoked, root, next, operator })
    }

    /// Signs a module, as is right.
    pub fn good(&self, module: &[u8], sequence: u32) -> Result<Vec<u8>> {
        Ok(builder(sequence).build(module, Some(&self.modules))?)
    }

    /// Signs the difference to the module that the device runs.
    pub fn delta(&self, base: &[u8], module: &[u8], sequence: u32) -> Result<Vec<u8>> {
        let builder = builder(sequence).delta(DeltaOf::between(base, module)?);
        Ok(builder.build(&make(base, module)?, Some(&self.modules))?)
    }

    /// Signs what tells a fleet of a blob.
    pub fn announcement(&self, blob: &[u8]) -> Result<Vec<u8>> {
        let blob_len = blob.len() as u32;
        let header = &blob[..Manifest::parse(blob, blob_len)?.payload_offset() as usize];
        let (group, chunk_len) = ("thermostats", 256);
        let announcement =
            Announcement { paused: false, permille: 1_000, number: 1, blob_len, chunk_len, group, header };
        announcement.sign(&self.operator).context("the announcement is too long")
    }

    /// Changes one byte of the module that was signed.
    pub fn tampered(&self, module: &[u8], sequence: u32) -> Result<Vec<u8>> {
        let mut blob = self.good(module, sequence)?;
        let middle = blob.len() - module.len() / 2;
        blob[middle] ^= 1;
        Ok(blob)
    }

    /// Changes the sequence in the manifest that was signed.
    pub fn renumbered(&self, module: &[u8], sequence: u32, claimed: u32) -> Result<Vec<u8>> {
        let header = |sequence| builder(sequence).to_sign(module, aingle_wasm_manifest::KeyId::of(&MODULES));
        let blob = self.good(module, sequence)?;
        let header = header(claimed)?;
        Ok([&header, &blob[header.len()..]].concat())
    }

    /// Signs a native image of a module, as is right.
    pub fn image(&self, image: &[u8], module: &[u8], sequence: u32) -> Result<Vec<u8>> {
        Ok(of_image(TRIPLE, module, sequence).build(image, Some(&self.modules))?)
    }

    /// Signs a native image, and says for which target it is.
    pub fn image_for(&self, triple: &str, image: &[u8], module: &[u8], sequence: u32) -> Result<Vec<u8>> {
        Ok(of_image(triple, module, sequence).build(image, Some(&self.modules))?)
    }

    /// Leaves the signature of a native image out.
    pub fn unsigned_image(&self, image: &[u8], module: &[u8], sequence: u32) -> Result<Vec<u8>> {
        Ok(of_image(TRIPLE, module, sequence).build(image, None)?)
    }

    /// Leaves the signature out.
    pub fn unsigned(&self, module: &[u8], sequence: u32) -> Result<Vec<u8>> {
        Ok(builder(sequence).build(module, None)?)
    }

    /// Signs by the key that is revoked.
    pub fn revoked(&self, module: &[u8], sequence: u32) -> Result<Vec<u8>> {
        Ok(builder(sequence).build(module, Some(&self.revoked))?)
    }

    /// Signs by the key that the list of keys adds.
    pub fn by_next(&self, module: &[u8], sequence: u32) -> Result<Vec<u8>> {
        Ok(builder(sequence).build(module, Some(&self.next))?)
    }

    /// Makes the list of keys that adds one.
    pub fn list(&self, sequence: u32) -> Result<Vec<u8>> {
        self.list_by(&self.root, sequence)
    }

    /// Makes the same list, signed by a key that may not.
    pub fn list_by_modules(&self, sequence: u32) -> Result<Vec<u8>> {
        self.list_by(&self.modules, sequence)
    }

    fn list_by(&self, signer: &SigningKey, sequence: u32) -> Result<Vec<u8>> {
        let next = Key::module(self.next.verifying_key().to_bytes());
        let keys = [Key::module(MODULES), Key::module(REVOKED).revoked(), Key::root(ROOT), next];
        Ok(Builder::key_list(sequence).build(&key_list_payload(sequence, &keys)?, Some(signer))?)
    }

    /// Signs a module for another class of devices.
    pub fn for_others(&self, module: &[u8], sequence: u32) -> Result<Vec<u8>> {
        Ok(builder(sequence).target("elevator").build(module, Some(&self.modules))?)
    }
}

fn of_image(triple: &str, module: &[u8], sequence: u32) -> Builder {
    builder(sequence).native(triple, sha256(module))
}

fn builder(sequence: u32) -> Builder {
    Builder::module(MODULE_ID, sequence, "heat").target(TARGET).abi(2)
}

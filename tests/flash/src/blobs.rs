//! The blobs of the history: modules, a delta, a list of keys, and blobs that the policy forbids.

use aingle_wasm_manifest::{Builder, DeltaOf, Key, Policy, Role, SigningKey, key_list_payload};
use aingle_wasm_update::Device;
use std::sync::LazyLock;

/// The module's id.
pub const MODULE: u32 = 7;

/// What a blob is, and what it makes.
#[derive(Clone, Debug)]
pub struct Blob {
    /// The bytes that are sent.
    pub bytes: Vec<u8>,
    /// Bytes of the manifest.
    pub header_len: usize,
    /// The module that it makes; empty for a list of keys.
    pub module: Vec<u8>,
    /// Its sequence.
    pub sequence: u32,
}

impl Blob {
    fn new(bytes: Vec<u8>, payload: &[u8], module: &[u8], sequence: u32) -> Self {
        let header_len = bytes.len() - payload.len();
        Self { bytes, header_len, module: module.to_vec(), sequence }
    }
}

/// Returns a module of a few hundred bytes. Versions differ in some bytes and in their length.
#[must_use]
pub fn module(version: u32) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..600u32).map(|at| (at * at / 7 + at) as u8).collect();
    bytes[100..104].copy_from_slice(&version.to_le_bytes());
    bytes.extend((0..version * 37 % 200).map(|at| (at * version) as u8));
    // Ones at the end look like erased flash.
    bytes.extend([0xFF; 40]);
    bytes
}

/// Returns the key that signs modules: the first one, or the one that takes its place.
#[must_use]
pub fn module_key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number + 1; 32])
}

/// Returns the key that signs lists of keys.
#[must_use]
pub fn root_key() -> SigningKey {
    SigningKey::from_bytes(&[0x77; 32])
}

/// Returns a blob of a module.
#[must_use]
pub fn module_blob(version: u32, sequence: u32, key: Option<&SigningKey>) -> Blob {
    let module = module(version);
    let bytes = Builder::module(MODULE, sequence, "main").build(&module, key).expect("a manifest");
    Blob::new(bytes, &module, &module, sequence)
}

/// Returns the blob of a delta between two modules.
#[must_use]
pub fn delta_blob(from: u32, to: u32, sequence: u32, key: Option<&SigningKey>) -> Blob {
    let (old, new) = (module(from), module(to));
    let patch = aingle_wasm_delta::make(&old, &new).expect("a patch");
    let delta = DeltaOf::between(&old, &new).expect("a delta");
    let bytes =
        Builder::module(MODULE, sequence, "main").delta(delta).build(&patch, key).expect("a manifest");
    Blob::new(bytes, &patch, &new, sequence)
}

/// Returns a list of keys: with a second module key, and with the first one revoked or not.
#[must_use]
pub fn key_blob(sequence: u32, revoked: bool) -> Blob {
    let first = Key::module(module_key(0).verifying_key().to_bytes());
    let keys = [
        Key::root(root_key().verifying_key().to_bytes()),
        if revoked { first.revoked() } else { first },
        Key::module(module_key(1).verifying_key().to_bytes()),
    ];
    let payload = key_list_payload(sequence, &keys).expect("a list");
    let bytes = Builder::key_list(sequence).build(&payload, Some(&root_key())).expect("a manifest");
    Blob::new(bytes, &payload, &[], sequence)
}

static KEYS: LazyLock<[Key; 2]> = LazyLock::new(|| {
    [
        Key::new(module_key(0).verifying_key().to_bytes(), Role::Module, false),
        Key::new(root_key().verifying_key().to_bytes(), Role::Root, false),
    ]
});

/// Returns what the firmware decides: with signatures, or without where histories are many.
#[must_use]
pub fn device(signed: bool) -> Device {
    let signatures: for<'k> fn(&'k [Key]) -> Policy<'k> = |keys| Policy::new(keys);
    let hashes: for<'k> fn(&'k [Key]) -> Policy<'k> = |keys| Policy::new(keys).require_signature(false);
    Device::new(&*KEYS, if signed { signatures } else { hashes }).trial_boots(2)
}

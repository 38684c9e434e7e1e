//! What a manifest says.

use crate::key::KeyId;
use crate::kind::{Engine, Kind, Version};

/// The keys of the fields of version 3.
pub mod field {
    /// Which module this is, of those that a device has.
    pub const MODULE_ID: u32 = 1;
    /// Grows with each release.
    pub const SEQUENCE: u32 = 2;
    /// What the payload is.
    pub const KIND: u32 = 3;
    /// The name of the entry point.
    pub const ENTRY: u32 = 4;
    /// The length of the payload.
    pub const PAYLOAD_LEN: u32 = 5;
    /// SHA-256 of the payload.
    pub const PAYLOAD_SHA256: u32 = 6;
    /// The id of the key that signed.
    pub const KEY_ID: u32 = 7;
    /// The class of devices that the module is for.
    pub const TARGET: u32 = 8;
    /// What runs the module: 0 an engine, 1 the processor.
    pub const ENGINE: u32 = 9;
    /// The target that a native image was translated for.
    pub const TRIPLE: u32 = 10;
    /// The version of the ABI.
    pub const ABI: u32 = 11;
    /// Bytes of linear memory that the module needs.
    pub const MEMORY: u32 = 12;
    /// Bytes of stack that the module needs.
    pub const STACK: u32 = 13;
    /// Fuel of one call.
    pub const FUEL: u32 = 14;
    /// Depth of one call.
    pub const DEPTH: u32 = 15;
    /// SHA-256 of the module that a delta begins from.
    pub const BASE_SHA256: u32 = 16;
    /// The length of the module that a delta begins from.
    pub const BASE_LEN: u32 = 17;
    /// The length of the module that a delta makes.
    pub const MODULE_LEN: u32 = 18;
    /// SHA-256 of the module that a delta makes.
    pub const MODULE_SHA256: u32 = 19;
    /// SHA-256 of the `.wasm` that a native image was translated from.
    pub const SOURCE_SHA256: u32 = 20;
    /// Fields from here on are ignored where they are not known. Those below are refused.
    pub const FIRST_IGNORED: u32 = 128;
    /// Padding, which is ignored: it places a native image at a multiple of 8 in its blob.
    pub const PADDING: u32 = 128;
}

/// Longest name of an entry point in version 3, in bytes.
pub(crate) const MAX_ENTRY: usize = 64;
/// Longest device class and target triple, in bytes.
pub(crate) const MAX_TARGET: usize = 32;

/// The fields of a manifest of any version. What a version does not have is `None` or 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fields<'a> {
    /// Which module this is, of those that a device has.
    pub module_id: u32,
    /// Grows with each release of the module. 0 in version 1, which has none.
    pub sequence: u32,
    /// What the payload is.
    pub kind: Kind,
    /// The name of the entry point. Empty for a key list.
    pub entry: &'a str,
    /// The length of the payload, in bytes.
    pub payload_len: u32,
    /// SHA-256 of the payload. `None` in versions 1 and 2, whose signature covers the payload itself.
    pub payload_sha256: Option<&'a [u8; 32]>,
    /// The key that signed. `None` in versions 1 and 2, and without a signature.
    pub key_id: Option<KeyId>,
    /// The class of devices that the module is for. `None` for any.
    pub target: Option<&'a str>,
    /// What runs the module.
    pub engine: Engine<'a>,
    /// The version of the ABI that the module speaks. `None` if it is not said.
    pub abi: Option<u32>,
    /// What the module needs, and the limits of its calls.
    pub requirements: Requirements,
    /// What a delta begins from and makes. `None` if the payload is no delta.
    pub delta: Option<Delta<'a>>,
}

/// What a module needs, and the limits of its calls. `None` if the manifest does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requirements {
    /// Bytes of linear memory.
    pub memory: Option<u32>,
    /// Bytes of the engine's stack.
    pub stack: Option<u32>,
    /// Fuel of one call. A device uses its own limit where that is smaller.
    pub fuel: Option<u64>,
    /// Depth of one call. A device uses its own limit where that is smaller.
    pub depth: Option<u32>,
}

/// What a delta begins from and makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delta<'a> {
    /// SHA-256 of the module on the device.
    pub base_sha256: &'a [u8; 32],
    /// The length of the module on the device, in bytes.
    pub base_len: u32,
    /// The length of the new module, in bytes.
    pub module_len: u32,
    /// SHA-256 of the new module.
    pub module_sha256: &'a [u8; 32],
}

impl Fields<'_> {
    /// Returns the length of the module, in bytes: that of the payload, or what a delta makes. 0 for a key list.
    #[must_use]
    pub fn module_len(&self) -> u32 {
        match (self.kind, self.delta) {
            (Kind::KeyList, _) => 0,
            (_, Some(delta)) => delta.module_len,
            (_, None) => self.payload_len,
        }
    }
}

/// A header of any version, before the length of the blob is looked at.
pub(crate) struct Header<'a> {
    pub(crate) version: Version,
    pub(crate) fields: Fields<'a>,
    /// Bytes before the signature.
    pub(crate) signed_len: u32,
    /// What the blob itself asks for.
    pub(crate) demands_signature: bool,
    /// Whether the blob asks for its sequence to be compared.
    pub(crate) rollback_protected: bool,
}

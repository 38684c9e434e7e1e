//! What a device accepts.

use crate::key::{Key, KeyId};
use crate::kind::{Engine, Version};
use aingle_wasm_types::ABI_VERSION;
use core::ops::RangeInclusive;

/// What a device accepts. It belongs to the firmware and never comes from a blob.
///
/// Without further settings: signatures are required, no device class and no native image is accepted, the ABI is
/// that of this SDK or older, and there is no limit of length, memory or stack.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'p> {
    pub(crate) keys: &'p [Key],
    pub(crate) signature: bool,
    pub(crate) least_version: Version,
    pub(crate) target: Option<&'p str>,
    pub(crate) wasm: bool,
    pub(crate) triple: Option<&'p str>,
    pub(crate) abi: (u32, u32),
    pub(crate) max_module: Option<u32>,
    pub(crate) max_memory: Option<u32>,
    pub(crate) max_stack: Option<u32>,
}

impl<'p> Policy<'p> {
    /// Returns a policy that accepts what these keys signed.
    #[must_use]
    pub fn new(keys: &'p [Key]) -> Self {
        Self {
            keys,
            signature: true,
            least_version: Version::V1,
            target: None,
            wasm: true,
            triple: None,
            abi: (1, ABI_VERSION),
            max_module: None,
            max_memory: None,
            max_stack: None,
        }
    }

    /// Sets whether modules and deltas have to be signed. The default is `true`. Key lists always have to be.
    #[must_use]
    pub fn require_signature(self, required: bool) -> Self {
        Self { signature: required, ..self }
    }

    /// Sets the oldest version of the format that is accepted. The default is version 1.
    #[must_use]
    pub fn least_version(self, version: Version) -> Self {
        Self { least_version: version, ..self }
    }

    /// Sets the device's class. Without one, modules that name a class are refused.
    #[must_use]
    pub fn target(self, class: &'p str) -> Self {
        Self { target: Some(class), ..self }
    }

    /// Sets whether there is an engine for WebAssembly. The default is `true`.
    #[must_use]
    pub fn wasm(self, available: bool) -> Self {
        Self { wasm: available, ..self }
    }

    /// Sets the target whose native images run here, such as `thumbv7m-none-eabi`. Without one, they are refused.
    #[must_use]
    pub fn native(self, triple: &'p str) -> Self {
        Self { triple: Some(triple), ..self }
    }

    /// Sets the versions of the ABI that the host speaks. The default is 1 to that of this SDK.
    #[must_use]
    pub fn abi(self, versions: RangeInclusive<u32>) -> Self {
        Self { abi: (*versions.start(), *versions.end()), ..self }
    }

    /// Sets the longest module, in bytes. Payloads of every kind have the same limit.
    #[must_use]
    pub fn max_module(self, bytes: u32) -> Self {
        Self { max_module: Some(bytes), ..self }
    }

    /// Sets how much linear memory a module gets, in bytes.
    #[must_use]
    pub fn max_memory(self, bytes: u32) -> Self {
        Self { max_memory: Some(bytes), ..self }
    }

    /// Sets how much stack a module gets, in bytes.
    #[must_use]
    pub fn max_stack(self, bytes: u32) -> Self {
        Self { max_stack: Some(bytes), ..self }
    }

    /// Returns the keys, revoked ones too.
    #[must_use]
    pub fn keys(&self) -> &'p [Key] {
        self.keys
    }

    /// Returns the key with this id.
    #[must_use]
    pub fn key(&self, id: KeyId) -> Option<&'p Key> {
        self.keys.iter().find(|key| key.id() == id)
    }

    pub(crate) fn runs(&self, engine: Engine<'_>) -> bool {
        match engine {
            Engine::Wasm => self.wasm,
            Engine::Native { triple, .. } => self.triple == Some(triple),
        }
    }
}

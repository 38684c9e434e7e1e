//! The keys that a device accepts.

use crate::primitives::{is_strong, sha256};
use crate::signature::{self, SIGNATURE_LEN};
use core::fmt;

/// Short name of a public key: the first eight bytes of its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct KeyId(pub [u8; 8]);

impl KeyId {
    /// Returns the id of a public key.
    #[must_use]
    pub fn of(public: &[u8; 32]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = sha256(public);
        Self([a, b, c, d, e, f, g, h])
    }
}

/// Prints sixteen hexadecimal digits.
impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// What a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Role {
    /// Modules and deltas.
    Module = 0,
    /// Key lists. It is the root: who has it can name every other key.
    Root = 1,
}

impl Role {
    pub(crate) fn of(value: u64) -> Option<Self> {
        match value {
            0 => Some(Self::Module),
            1 => Some(Self::Root),
            _ => None,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Module => "module",
            Self::Root => "root",
        })
    }
}

/// Public key with its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    id: KeyId,
    public: [u8; 32],
    role: Role,
    revoked: bool,
}

impl Key {
    /// Returns a key that may sign modules and deltas.
    #[must_use]
    pub fn module(public: [u8; 32]) -> Self {
        Self::new(public, Role::Module, false)
    }

    /// Returns a key that may sign key lists.
    #[must_use]
    pub fn root(public: [u8; 32]) -> Self {
        Self::new(public, Role::Root, false)
    }

    /// Returns a key. A revoked one is listed so that a refusal can say that it is revoked.
    #[must_use]
    pub fn new(public: [u8; 32], role: Role, revoked: bool) -> Self {
        Self { id: KeyId::of(&public), public, role, revoked }
    }

    /// Returns the key, revoked.
    #[must_use]
    pub fn revoked(self) -> Self {
        Self { revoked: true, ..self }
    }

    /// Returns the key's id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Returns the public key's 32 bytes.
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Returns what the key may sign.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Returns whether the key is revoked.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.revoked
    }

    /// Returns whether a signature is this key's, of a domain and a message behind it, strictly as those of manifests are. A format of its
    /// own has a domain of its own, so that none of its signatures is one of a manifest. Role and revocation are the caller's to ask.
    #[must_use]
    pub fn has_signed(&self, domain: &[u8], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        signature::verify(&self.public, signature, [domain, message])
    }

    /// Returns whether the 32 bytes are a point of the curve, and of no small order. Any signature by a key of small
    /// order would be valid for some other message too. It takes about as long as a tenth of a verification.
    #[must_use]
    pub fn is_strong(&self) -> bool {
        is_strong(&self.public)
    }
}

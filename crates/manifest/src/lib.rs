#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

/// The signing keys that [`Builder`] takes.
#[cfg(feature = "alloc")]
pub use ed25519_dalek::SigningKey;

#[cfg(feature = "alloc")]
mod builder;
mod cbor;
mod check;
mod curve;
mod error;
mod fields;
mod hash;
mod key;
mod key_list;
mod kind;
mod manifest;
mod older;
#[cfg(feature = "alloc")]
mod older_builder;
mod point;
mod policy;
mod prime_field;
mod refusal;
mod scalar;
mod signature;
mod v3;
mod verifier;

#[cfg(feature = "alloc")]
pub use builder::{Builder, DeltaOf, key_list_payload};
pub use check::Admitted;
pub use error::ParseError;
pub use fields::{Delta, Fields, Requirements, field};
pub use hash::{Sha256, sha256};
pub use key::{Key, KeyId, Role};
pub use key_list::{KeyList, MAX_KEYS};
pub use kind::{Engine, Kind, Version};
pub use manifest::{MAGIC, MAX_HEADER_LEN, Manifest};
#[cfg(feature = "alloc")]
pub use older_builder::OlderBuilder;
pub use policy::Policy;
pub use refusal::Refusal;
pub use signature::{DOMAIN, SIGNATURE_LEN};
pub use verifier::Verifier;

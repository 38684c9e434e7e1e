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
mod error;
mod fields;
mod key;
mod key_list;
mod kind;
#[cfg(feature = "dalek")]
mod library;
mod manifest;
mod older;
#[cfg(feature = "alloc")]
mod older_builder;
mod policy;
mod refusal;
mod signature;
#[cfg(any(test, not(feature = "dalek")))]
#[cfg_attr(feature = "dalek", allow(dead_code, unused_imports, reason = "tests compare parts of it"))]
mod small;
mod v3;
mod verifier;

#[cfg(feature = "dalek")]
use library as primitives;
#[cfg(not(feature = "dalek"))]
use small as primitives;

#[cfg(feature = "alloc")]
pub use builder::{Builder, DeltaOf, key_list_payload};
pub use check::Admitted;
pub use error::ParseError;
pub use fields::{Delta, Fields, Requirements, field};
pub use key::{Key, KeyId, Role};
pub use key_list::{KeyList, MAX_KEYS};
pub use kind::{Engine, Kind, Version};
pub use manifest::{MAGIC, MAX_HEADER_LEN, Manifest};
#[cfg(feature = "alloc")]
pub use older_builder::OlderBuilder;
pub use policy::Policy;
pub use primitives::{Sha256, sha256};
pub use refusal::Refusal;
pub use signature::{DOMAIN, SIGNATURE_LEN};
pub use verifier::Verifier;

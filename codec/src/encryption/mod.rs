//! Envelopes that are encrypted and authenticated by Ascon-AEAD128 (NIST SP 800-232).
//!
//! An encrypted envelope is bound to the function's name, to the direction (request, notification or reply), and in a reply to the
//! request that it answers. `docs/ABI.md`, "Encrypted envelopes", has every byte. Keys stay with hosts; a guest never
//! sees one.
//!
//! [`Encryptor`] and [`Pending`] are the caller's side. [`decrypt_call`], [`Sessions`] and [`encrypt_reply_in_place`] are the
//! side that answers; `WasmInstance::call_envelope` of the server host does all three. [`unbound`] is the older form,
//! for envelopes that were stored.

mod bound;
mod call_id;
#[cfg(feature = "alloc")]
mod encryptor;
mod key;
#[cfg(feature = "alloc")]
mod replay;
pub mod unbound;

pub use bound::{
    CALL_OVERHEAD, CALL_PLAINTEXT_OFFSET, MAX_FUNCTION, REPLY_OVERHEAD, REPLY_PLAINTEXT_OFFSET, check_call,
    decrypt_call_into, decrypt_reply_into, encrypt_call_in_place, encrypt_reply_in_place,
};
#[cfg(feature = "alloc")]
pub use bound::{decrypt_call, decrypt_reply};
pub use call_id::{CallId, NONCE_LEN, Nonce};
#[cfg(feature = "alloc")]
pub use encryptor::{EncryptError, Encryptor, Pending, Reply};
pub use key::Key;
#[cfg(feature = "alloc")]
pub use replay::{MAX_REORDER, ReplayError, Sessions};

//! Sealed envelopes, encrypted and authenticated by Ascon-AEAD128 (NIST SP 800-232).
//!
//! A seal is bound to the function's name, to the direction (request, notification or reply), and in a reply to the
//! request that it answers. `docs/ABI.md`, "Sealed envelopes", has every byte. Keys stay with hosts; a guest never
//! sees one.
//!
//! [`Sealer`] and [`Pending`] are the caller's side. [`open_call`], [`Sessions`] and [`seal_reply_in_place`] are the
//! side that answers; `WasmInstance::call_envelope` of the server host does all three. [`unbound`] is the older form,
//! for envelopes that were stored.

mod bound;
mod call_id;
mod key;
#[cfg(feature = "alloc")]
mod replay;
#[cfg(feature = "alloc")]
mod sealer;
pub mod unbound;

pub use bound::{
    CALL_OVERHEAD, CALL_PLAINTEXT_OFFSET, MAX_FUNCTION, REPLY_OVERHEAD, REPLY_PLAINTEXT_OFFSET, check_call,
    open_call_into, open_reply_into, seal_call_in_place, seal_reply_in_place,
};
#[cfg(feature = "alloc")]
pub use bound::{open_call, open_reply};
pub use call_id::{CallId, NONCE_LEN, Nonce};
pub use key::Key;
#[cfg(feature = "alloc")]
pub use replay::{MAX_REORDER, ReplayError, Sessions};
#[cfg(feature = "alloc")]
pub use sealer::{Pending, Reply, SealError, Sealer};

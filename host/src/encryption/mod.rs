//! Keys, senders and receivers of encrypted envelopes.

mod client;
mod key;
mod received;
mod session;

pub use client::EncryptedClient;
pub use key::EncryptionKey;
pub(crate) use received::Received;

//! Keys, senders and receivers of sealed envelopes.

mod client;
mod key;
mod received;
mod session;

pub use client::SealedClient;
pub use key::SealKey;
pub(crate) use received::Received;

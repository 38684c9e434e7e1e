//! Keys, senders and receivers of sealed envelopes.

mod client;
mod received;

pub use client::SealedClient;
pub(crate) use received::Received;

use aingle_wasm_codec::seal::Key;
use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A 128-bit key that encrypted envelopes are opened and sealed with. It cannot be read back.
#[derive(Clone)]
pub struct SealKey(Arc<Key>);

impl SealKey {
    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(Arc::new(Key::new(bytes)))
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

/// Bits of a session's number below its time: random.
const RANDOM_BITS: u32 = 12;

/// The lowest number of a session that begins at this time: the microseconds since 1970, until the year 2112.
fn session_at(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let microseconds = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
    microseconds.min(u64::MAX >> RANDOM_BITS) << RANDOM_BITS
}

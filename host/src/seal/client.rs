//! The caller of a host that answers sealed requests.

use super::key::SealKey;
use super::session::{RANDOM_BITS, session_at};
use aingle_wasm_codec::seal::{NONCE_LEN, Pending, SealError, Sealer};
use std::fmt;
use std::time::SystemTime;

/// A sender of sealed requests and notifications to another host's
/// [`call_envelope`](crate::WasmInstance::call_envelope): one session.
///
/// Its requests have to arrive in the order in which they were sealed, unless the receiver allows more
/// ([`EngineConfig::seal_reorder`](crate::EngineConfig::seal_reorder)): make one for each connection.
///
/// ```
/// use aingle_wasm_host::{SealKey, SealedClient, SealedReply};
///
/// # fn exchange(_: &str, _: &[u8]) -> Vec<u8> { Vec::new() }
/// let mut client = SealedClient::new(&SealKey::new([1; 16]))?;
/// let (request, mut pending) = client.request("resize", b"a picture")?;
/// let reply: Vec<u8> = exchange("resize", &request);
/// match pending.open(&reply, 1 << 20) {
///     Ok(SealedReply::Value(_picture)) => (),
///     Ok(SealedReply::Error { code, body }) => println!("{code}: {} bytes", body.len()),
///     Err(error) => println!("no reply to this request: {error}"),
/// }
/// # Ok::<(), aingle_wasm_host::SealError>(())
/// ```
pub struct SealedClient(Sealer<fn() -> Option<[u8; NONCE_LEN]>>);

impl SealedClient {
    /// A sender whose session begins now, by the system's clock.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`].
    pub fn new(key: &SealKey) -> Result<Self, SealError> {
        Ok(Self(Sealer::new(key.key().clone(), session_now()?, random)))
    }

    /// Compresses requests of at least `threshold` bytes if that makes them shorter. Only then may the reply be
    /// compressed.
    #[cfg(feature = "lz4")]
    #[must_use]
    pub fn with_lz4(self, threshold: usize) -> Self {
        Self(self.0.with_lz4(threshold))
    }

    /// Begins another session: after a refusal of a stale one, and when the receiver was started again.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`].
    pub fn renew(&mut self) -> Result<(), SealError> {
        self.0.renew(session_now()?);
        Ok(())
    }

    /// Seals a request of `function`. [`Pending`] opens the reply to it, and no other.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn request(&mut self, function: &str, payload: &[u8]) -> Result<(Vec<u8>, Pending), SealError> {
        self.0.request(function, payload)
    }

    /// Seals a notification for `function`, which has no reply.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn notification(&mut self, function: &str, payload: &[u8]) -> Result<Vec<u8>, SealError> {
        self.0.notification(function, payload)
    }
}

impl fmt::Debug for SealedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SealedClient").field(&self.0).finish()
    }
}

fn session_now() -> Result<u64, SealError> {
    let [low, high, ..] = random().ok_or(SealError::NoRandomness)?;
    let random = u64::from(u16::from_le_bytes([low, high])) >> (u16::BITS - RANDOM_BITS);
    Ok(session_at(SystemTime::now()) | random)
}

/// From the operating system each time, so that neither a fork nor a snapshot of the process repeats a nonce.
fn random() -> Option<[u8; NONCE_LEN]> {
    let mut bytes = [0; NONCE_LEN];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

//! The caller of a host that answers encrypted requests.

use super::key::EncryptionKey;
use super::session::{RANDOM_BITS, session_at};
use aingle_wasm_codec::encryption::{EncryptError, Encryptor, NONCE_LEN, Pending};
use std::fmt;
use std::time::SystemTime;

/// A sender of encrypted requests and notifications to another host's
/// [`call_envelope`](crate::WasmInstance::call_envelope): one session.
///
/// Its requests have to arrive in the order in which they were encrypted, unless the receiver allows more
/// ([`EngineConfig::encryption_reorder`](crate::EngineConfig::encryption_reorder)): make one for each connection.
///
/// ```
/// use aingle_wasm_host::{EncryptedClient, EncryptedReply, EncryptionKey};
///
/// # fn exchange(_: &str, _: &[u8]) -> Vec<u8> { Vec::new() }
/// let mut client = EncryptedClient::new(&EncryptionKey::new([1; 16]))?;
/// let (request, mut pending) = client.request("resize", b"a picture")?;
/// let reply: Vec<u8> = exchange("resize", &request);
/// match pending.open(&reply, 1 << 20) {
///     Ok(EncryptedReply::Value(_picture)) => (),
///     Ok(EncryptedReply::Error { code, body }) => println!("{code}: {} bytes", body.len()),
///     Err(error) => println!("no reply to this request: {error}"),
/// }
/// # Ok::<(), aingle_wasm_host::EncryptError>(())
/// ```
pub struct EncryptedClient(Encryptor<fn() -> Option<[u8; NONCE_LEN]>>);

impl EncryptedClient {
    /// A sender whose session begins now, by the system's clock.
    ///
    /// # Errors
    /// [`EncryptError::NoRandomness`].
    pub fn new(key: &EncryptionKey) -> Result<Self, EncryptError> {
        Ok(Self(Encryptor::new(key.key().clone(), session_now()?, random)))
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
    /// [`EncryptError::NoRandomness`].
    pub fn renew(&mut self) -> Result<(), EncryptError> {
        self.0.renew(session_now()?);
        Ok(())
    }

    /// Encrypts a request of `function`. [`Pending`] opens the reply to it, and no other.
    ///
    /// # Errors
    /// [`EncryptError`].
    pub fn request(&mut self, function: &str, payload: &[u8]) -> Result<(Vec<u8>, Pending), EncryptError> {
        self.0.request(function, payload)
    }

    /// Encrypts a notification for `function`, which has no reply.
    ///
    /// # Errors
    /// [`EncryptError`].
    pub fn notification(&mut self, function: &str, payload: &[u8]) -> Result<Vec<u8>, EncryptError> {
        self.0.notification(function, payload)
    }
}

impl fmt::Debug for EncryptedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EncryptedClient").field(&self.0).finish()
    }
}

fn session_now() -> Result<u64, EncryptError> {
    let [low, high, ..] = random().ok_or(EncryptError::NoRandomness)?;
    let random = u64::from(u16::from_le_bytes([low, high])) >> (u16::BITS - RANDOM_BITS);
    Ok(session_at(SystemTime::now()) | random)
}

/// From the operating system each time, so that neither a fork nor a snapshot of the process repeats a nonce.
fn random() -> Option<[u8; NONCE_LEN]> {
    let mut bytes = [0; NONCE_LEN];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

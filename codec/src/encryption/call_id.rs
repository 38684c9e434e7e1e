//! What tells an encrypted call from every other.

/// Length of a nonce, in bytes.
pub const NONCE_LEN: usize = 16;
/// Length of a session and a counter, in bytes.
pub(super) const CONTEXT_LEN: usize = 16;

/// A number that is used once under a key. Its highest bit says who drew it: 0 the caller, 1 the side that answers.
/// So a request and a reply never have the same one, however the two sides draw theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce(pub(super) [u8; NONCE_LEN]);

impl Nonce {
    const REPLY: u8 = 0x80;

    /// The nonce of a request or notification, of 127 bits that no other call under this key has had. The highest
    /// bit of the last byte is cleared.
    #[must_use]
    pub const fn of_call(mut bytes: [u8; NONCE_LEN]) -> Self {
        bytes[NONCE_LEN - 1] &= !Self::REPLY;
        Self(bytes)
    }

    /// The nonce of a reply, of 127 bits that no other reply under this key has had. The highest bit of the last byte
    /// is set.
    #[must_use]
    pub const fn of_reply(mut bytes: [u8; NONCE_LEN]) -> Self {
        bytes[NONCE_LEN - 1] |= Self::REPLY;
        Self(bytes)
    }

    /// The nonce's bytes as they travel.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; NONCE_LEN] {
        &self.0
    }
}

/// What tells a request or notification from every other under its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallId {
    /// The call's nonce. A reply is bound to it.
    pub nonce: Nonce,
    /// The sender's session. A later session of any sender has a larger number.
    pub session: u64,
    /// The number of the call in its session.
    pub counter: u64,
}

impl CallId {
    /// Session and counter as they travel.
    pub(super) fn context(&self) -> [u8; CONTEXT_LEN] {
        let mut context = [0; CONTEXT_LEN];
        context[..8].copy_from_slice(&self.session.to_le_bytes());
        context[8..].copy_from_slice(&self.counter.to_le_bytes());
        context
    }
}

//! Machine code that may run.

/// Machine code that was written by a holder of the key, or by a child of this process, and is unchanged.
pub(crate) struct Authentic(Vec<u8>);

impl Authentic {
    /// What a compile process answered that this process started.
    #[cfg(unix)]
    pub(crate) fn of_own_child(code: Vec<u8>) -> Self {
        Self(code)
    }

    /// Code whose hash under the cache's key was compared.
    pub(crate) fn verified(code: Vec<u8>) -> Self {
        Self(code)
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

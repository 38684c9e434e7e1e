//! Memory as the host knows it.

/// Where bytes are. It borrows nothing: who has made it says when the host reads or writes there.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Of the first byte; 0 where there is none.
    pub(crate) ptr: u32,
    pub(crate) len: u32,
}

impl Place {
    /// Where these bytes are, for the host to read them.
    pub(crate) fn to_read(bytes: &[u8]) -> Self {
        let ptr = if bytes.is_empty() { 0 } else { bytes.as_ptr().expose_provenance() as u32 };
        Self { ptr, len: bytes.len() as u32 }
    }
}

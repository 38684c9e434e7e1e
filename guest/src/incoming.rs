//! An envelope that arrives: checked, and borrowed.

use aingle_wasm_codec::{Checksum, DecodeError, Envelope, Format};
use aingle_wasm_types::Flags;

/// An envelope that was checked.
pub(crate) struct Incoming<'a> {
    /// As it travelled: still compressed where the flags say so.
    pub(crate) payload: &'a [u8],
    pub(crate) flags: Flags,
    pub(crate) format: Format,
}

/// Checks the envelope that `bytes` are, and that it carries none of the flags `unreadable`.
///
/// One function for requests and responses, so that a guest holds the code behind it once.
#[inline(never)]
pub(crate) fn open(bytes: &[u8], unreadable: Flags) -> Result<Incoming<'_>, DecodeError> {
    let envelope = Envelope::decode(bytes, Checksum::None)?;
    envelope.refuse(unreadable)?;
    let format = Format::of(envelope.header());
    Ok(Incoming { payload: envelope.payload(), flags: envelope.flags(), format })
}

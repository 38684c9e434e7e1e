//! Results: typed values, or bytes.

use aingle_wasm_codec::Data;
use alloc::string::String;
use alloc::vec::Vec;

/// A result of a typed export.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of an exported function",
    label = "a result is serialised into the reply",
    note = "write `#[derive(Data)]` on it; for bytes as they are, use `#[export(raw)]`"
)]
pub trait ReplyValue: Data {}

impl<T: Data> ReplyValue for T {}

/// A result of a raw export: bytes, or a `Result` of bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a raw export",
    label = "a raw export returns bytes",
    note = "return `&[u8]`, `Vec<u8>`, `[u8; N]`, `&str`, `String`, `()`, or a `Result` of these; \
            for other types, use `#[export]`"
)]
pub trait RawReply {
    /// The bytes, of the result or of the error.
    #[doc(hidden)]
    fn outcome(&self) -> Result<&[u8], &[u8]>;
}

/// Bytes that a raw export can return, as a result or as an error.
pub trait ReplyBytes {
    #[doc(hidden)]
    fn reply_bytes(&self) -> &[u8];
}

impl<T: ReplyBytes> RawReply for T {
    fn outcome(&self) -> Result<&[u8], &[u8]> {
        Ok(self.reply_bytes())
    }
}

impl<T: ReplyBytes, E: ReplyBytes> RawReply for Result<T, E> {
    fn outcome(&self) -> Result<&[u8], &[u8]> {
        match self {
            Ok(value) => Ok(value.reply_bytes()),
            Err(error) => Err(error.reply_bytes()),
        }
    }
}

macro_rules! reply_bytes {
    ($($T:ty),*) => {$(
        impl ReplyBytes for $T {
            fn reply_bytes(&self) -> &[u8] {
                self.as_ref()
            }
        }
    )*};
}

reply_bytes! { [u8], str, Vec<u8>, String }

impl<const N: usize> ReplyBytes for [u8; N] {
    fn reply_bytes(&self) -> &[u8] {
        self
    }
}

impl ReplyBytes for () {
    fn reply_bytes(&self) -> &[u8] {
        &[]
    }
}

impl<T: ReplyBytes + ?Sized> ReplyBytes for &T {
    fn reply_bytes(&self) -> &[u8] {
        T::reply_bytes(self)
    }
}

//! What a call passes, and what comes back.

use aingle_wasm_host::Number;

/// What a call passes, and what comes back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Payload {
    Bytes(Vec<u8>),
    Numbers(Vec<Number>),
    /// Arguments of a command.
    Texts(Vec<String>),
    /// What is at the address that a function returned; `None` at 0.
    Text(Option<String>),
    /// How a command ended.
    #[cfg_attr(not(feature = "wasi"), expect(dead_code, reason = "made for programs of WASI alone"))]
    Json(String),
}

impl Payload {
    pub(super) fn bytes(&self) -> &[u8] {
        if let Self::Bytes(bytes) = self { bytes } else { &[] }
    }

    /// Its length, in bytes, if it is bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes().len()
    }

    pub(super) fn numbers(&self) -> &[Number] {
        if let Self::Numbers(numbers) = self { numbers } else { &[] }
    }
}

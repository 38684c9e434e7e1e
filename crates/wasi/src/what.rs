//! What a file is, by its header and imports.

use wasmparser::{Encoding, Parser, Payload};

/// The module that functions of preview 1 are imported from.
pub const PREVIEW_1: &str = "wasi_snapshot_preview1";

/// Kind of program that bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A component: WASI 0.2 or 0.3.
    Component,
    /// A core module that imports from `wasi_snapshot_preview1`.
    Preview1,
    /// A core module without imports of WASI, or bytes that are no WebAssembly.
    Other,
}

/// Returns what the bytes are. Reads headers and imports, and checks nothing else: a damaged module can be recognised.
#[must_use]
pub fn recognise(wasm: &[u8]) -> What {
    for payload in Parser::new(0).parse_all(wasm) {
        match payload {
            Ok(Payload::Version { encoding: Encoding::Component, .. }) => return What::Component,
            Ok(Payload::ImportSection(imports)) => {
                let mut imports = imports.into_imports().flatten();
                let found = imports.any(|import| import.module == PREVIEW_1);
                return if found { What::Preview1 } else { What::Other };
            }
            // Imports come before these.
            Ok(Payload::FunctionSection(_) | Payload::CodeSectionStart { .. }) | Err(_) => {
                return What::Other;
            }
            Ok(_) => {}
        }
    }
    What::Other
}

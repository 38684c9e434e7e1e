//! The skeleton: what of a module a host reads, without code and data.

use crate::error::AotError;
use aingle_wasm_module::reader::{HEADER, section, sections};
use aingle_wasm_types::names::{DESCRIPTION_SECTION, LIMITS_SECTION};

/// The sections that stay: types, imports, functions, exports, and the custom sections of this project.
///
/// # Errors
/// [`AotError::Invalid`] if a section is damaged.
pub fn skeleton(wasm: &[u8]) -> Result<Vec<u8>, AotError> {
    let mut kept = HEADER.to_vec();
    for found in sections(wasm) {
        let found = found.map_err(|error| AotError::Invalid {
            offset: error.offset.into(),
            reason: "a section is cut off".to_owned(),
        })?;
        let keep = match found.id {
            section::TYPE | section::IMPORT | section::FUNCTION | section::EXPORT => true,
            section::CUSTOM => {
                let mut body = found.body;
                matches!(body.name(), Ok(DESCRIPTION_SECTION | LIMITS_SECTION))
            }
            _ => false,
        };
        if keep {
            kept.extend_from_slice(found.bytes);
        }
    }
    Ok(kept)
}

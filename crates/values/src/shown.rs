//! Parts of a module or of a caller's text in errors, shortened.

use aingle_wasm_codec::text::shown;

/// How much of a name or a key is kept, in bytes.
const NAME: usize = 64;
/// How much of a value or a type is kept, in bytes.
const VALUE: usize = 120;

/// Shortens a name, or the key of a map in a path.
pub(crate) fn name(text: &str) -> String {
    shown(text.as_bytes(), NAME).into_owned()
}

/// Shortens a value, a type, or a list of names.
pub(crate) fn value(text: &str) -> String {
    shown(text.as_bytes(), VALUE).into_owned()
}

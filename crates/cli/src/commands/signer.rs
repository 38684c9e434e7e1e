//! The key that signs.

use crate::failure::{Failure, Kind, Outcome};
use crate::key_args::KeyArgs;
use crate::keys;
use aingle_wasm_manifest::SigningKey;

/// Reads the key that signs, if there is one.
///
/// # Errors
/// [`Kind::Usage`] for a key on the command line, and as [`keys::read_private`].
pub(super) fn optional(args: &KeyArgs) -> Outcome<Option<SigningKey>> {
    if args.key_in_the_open.is_some() {
        let message = "a key on the command line can be read by every process of this machine, and stays in the \
                       shell's history: use --key FILE, or --key - for standard input";
        return Err(Failure::new(Kind::Usage, message));
    }
    args.key.as_deref().map(keys::read_private).transpose()
}

/// Reads the key that signs.
///
/// # Errors
/// As [`optional`], and [`Kind::Usage`] without one.
pub(super) fn required(args: &KeyArgs) -> Outcome<SigningKey> {
    optional(args)?
        .ok_or_else(|| Failure::new(Kind::Usage, "no key: use --key FILE, or --key - for standard input"))
}

//! Makes patches.

mod encode;
mod index;
mod plan;
mod range;

use crate::error::MakeError;
use index::Index;
use std::vec::Vec;

/// How much longer a match elsewhere has to be than what the running copy gets right there. Which one makes the shortest
/// patch differs from module to module.
const GAINS: [usize; 4] = [4, 8, 16, 32];

/// Makes a patch that turns the old module into the new one. The same modules make the same patch.
///
/// It allocates some 20 bytes for each byte of the old module.
///
/// # Errors
/// [`MakeError`] if a module is longer than a patch can tell.
pub fn make(old: &[u8], new: &[u8]) -> Result<Vec<u8>, MakeError> {
    for len in [old.len(), new.len()] {
        if len > MakeError::MAX {
            return Err(MakeError { len });
        }
    }
    let index = Index::new(old);
    let patches = GAINS.map(|gain| encode::encode(old, new, &plan::plan(&index, old, new, gain)));
    Ok(patches.into_iter().min_by_key(Vec::len).unwrap_or_default())
}

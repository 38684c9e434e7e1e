//! The hashes of code, piece by piece, while the processor has each at hand.
//!
//! Threads would make them sooner only where processors are idle: on a busy machine whoever starts a program would wait for a
//! thread that waits for its turn.

use blake3::{Hash, Hasher};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// The size of a piece, in bytes.
const PIECE: usize = 256 * 1024;

/// What hashes pieces.
pub(super) struct Pieces([u8; 32]);

impl Pieces {
    /// Hashes by a key of this key, which hashes nothing else.
    pub(super) fn of_key(key: &[u8; 32]) -> Self {
        Self(blake3::derive_key("aingle_wasm_host 2026 piece of compiled code", key))
    }

    /// The hashes of the pieces of some code.
    pub(super) fn of(&self, code: &[u8]) -> Vec<Hash> {
        code.chunks(PIECE).map(|piece| self.hash(piece)).collect()
    }

    fn hash(&self, piece: &[u8]) -> Hash {
        Hasher::new_keyed(&self.0).update(piece).finalize()
    }

    /// Reads code from the beginning of a file, and returns the hashes of its pieces.
    pub(super) fn read(&self, mut file: &File, code: &mut [u8]) -> io::Result<Vec<Hash>> {
        file.seek(SeekFrom::Start(0))?;
        let read = |piece: &mut [u8]| {
            file.read_exact(piece)?;
            Ok(self.hash(piece))
        };
        code.chunks_mut(PIECE).map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn what_is_read_is_hashed_as_what_is_kept() {
        let pieces = Pieces::of_key(&[7; 32]);
        for len in [0, 1, PIECE, PIECE + 1, 3 * PIECE - 1] {
            let code: Vec<u8> = (0..len).map(|at| (at / 1000 % 251) as u8).collect();
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&code).unwrap();
            file.write_all(b"tail").unwrap();
            let mut read = vec![0; len];
            let hashes = pieces.read(&file, &mut read).unwrap();
            assert!(read == code && hashes == pieces.of(&code), "{len} bytes");
            assert!(pieces.read(&file, &mut vec![0; len + 5]).is_err(), "the file is shorter");
        }
    }
}

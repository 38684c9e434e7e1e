//! The key that authenticates files of the disk cache.

use super::private::{private, write_private};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

const FILE: &str = "key";

/// A 256-bit key that authenticates compiled modules on disk. Whoever has it can make this host run
/// any machine code.
#[derive(Clone, PartialEq, Eq)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// A key of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A number that tells keys apart and does not tell the key.
    pub(super) fn number(&self) -> String {
        let hash = blake3::derive_key("aingle_wasm_host 2026 number of a cache key", &self.0);
        hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The key of a directory; the first time it is drawn and written there.
    pub(super) fn of_directory(dir: &Path) -> io::Result<Self> {
        let path = dir.join(FILE);
        if !path.try_exists()? {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
            Self(bytes).keep_in(dir)?;
        }
        Self::read(&path)
    }

    /// Writes the key into a directory, unless one is there.
    ///
    /// It is linked into place whole, so that of two processes that start at once both get the same.
    pub(super) fn keep_in(&self, dir: &Path) -> io::Result<()> {
        let temporary = dir.join(format!("{FILE}.{:032x}.tmp", u128::from_le_bytes(first_half(&self.0))));
        let written = write_private(&temporary, &self.0).and_then(|file| file.sync_all());
        let linked = written.and_then(|()| fs::hard_link(&temporary, dir.join(FILE)));
        // Nothing reads the temporary file again; that it may not be there changes nothing.
        let _ = fs::remove_file(&temporary);
        linked.or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Ok(()),
            _ => Err(error),
        })
    }

    fn read(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        private(&file.metadata()?, path)?;
        let mut bytes = Vec::new();
        file.take(33).read_to_end(&mut bytes)?;
        let wrong = |_| io::Error::new(io::ErrorKind::InvalidData, "the key file is not 32 bytes long");
        bytes.as_slice().try_into().map(Self).map_err(wrong)
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CacheKey(..)")
    }
}

/// Half of the key must not be seen in a file's name, so it is hashed first.
fn first_half(key: &[u8; 32]) -> [u8; 16] {
    let hash = blake3::derive_key("aingle_wasm_host 2026 temporary name", key);
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    half
}

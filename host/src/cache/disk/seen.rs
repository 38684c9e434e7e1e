//! Files that were verified before, and have not been changed since.
//!
//! To verify code is to read all of it, and most programs run little of theirs. So a file that was verified is remembered, by what the
//! system says of it: which file it is, its length, and when it was changed last, which only the system sets. What was remembered has a
//! keyed hash, as the code has.

use super::{DiskCache, MARK, SEEN, was_used_lately};
use crate::cache::name::Name;
use std::fs::{self, Metadata};
use std::path::Path;
use std::time::Duration;

impl DiskCache {
    /// Returns whether a file was verified as it is.
    pub(super) fn was_seen(&self, name: &Name, path: &Path, file: &Metadata) -> bool {
        // The comparison of BLAKE3 hashes takes the same time wherever they differ.
        self.seen(name, file).is_some_and(|hash| remembered(&path.with_extension(SEEN)) == Some(hash))
    }

    /// Remembers a file that was verified. What fails costs a verification.
    pub(super) fn remember(&self, name: &Name, path: &Path, file: &Metadata) {
        // A file that was not used lately is marked as used next, which is a change.
        let stays = was_used_lately(file) && is_settled(file, self.settles);
        let Some(hash) = self.seen(name, file).filter(|_| stays) else { return };
        // What a cut of power leaves of it is another hash.
        let _ = self.replace(&path.with_extension(SEEN), hash.as_bytes(), |_| Ok(()));
    }

    /// The hash of what the system says of a file. `None` where it does not say when a file was changed.
    #[cfg(unix)]
    fn seen(&self, name: &Name, file: &Metadata) -> Option<blake3::Hash> {
        use std::os::unix::fs::MetadataExt;
        let mut hasher = blake3::Hasher::new_keyed(self.key.bytes());
        hasher.update(MARK).update(b"seen").update(name.bytes());
        for word in [file.dev(), file.ino(), file.len()] {
            hasher.update(&word.to_le_bytes());
        }
        for time in [file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec()] {
            hasher.update(&time.to_le_bytes());
        }
        Some(hasher.finalize())
    }

    #[cfg(not(unix))]
    fn seen(&self, _: &Name, _: &Metadata) -> Option<blake3::Hash> {
        None
    }
}

/// Reads the hash of a file of this kind; `None` if it is another.
fn remembered(path: &Path) -> Option<blake3::Hash> {
    let whole = fs::symlink_metadata(path).is_ok_and(|file| file.is_file() && file.len() == 32);
    whole.then(|| fs::read(path).ok()).flatten().and_then(|hash| blake3::Hash::from_slice(&hash).ok())
}

/// Returns whether a change from now on has another time than the last one.
#[cfg(unix)]
fn is_settled(file: &Metadata, settles: Duration) -> bool {
    use std::os::unix::fs::MetadataExt;
    use std::time::SystemTime;
    let (seconds, nanoseconds) = (u64::try_from(file.ctime()), u32::try_from(file.ctime_nsec()));
    let (Ok(seconds), Ok(nanoseconds)) = (seconds, nanoseconds) else { return false };
    let changed = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds);
    changed.elapsed().is_ok_and(|age| age >= settles)
}

#[cfg(not(unix))]
fn is_settled(_: &Metadata, _: Duration) -> bool {
    false
}

//! Compiled modules on disk.
//!
//! A file is machine code that this process will run, so it is only as good as its authentication. Its
//! name is the hash of everything that decides the code, and the number of the key; its content is the code (see
//! `artifact`), and a tail: a mark, the code's length, a keyed BLAKE3 over mark, name and length, and one over mark, name
//! and those of the code's pieces. What does not verify is a miss and is written anew. A file is written under another name and renamed, so that
//! a reader sees it whole or not at all.
//!
//! Other processes, with this key or another, may use the directory at the same time. A file that is gone is a miss, never
//! an error. A file that cannot be deleted is counted as an error and left, and the next is deleted in its place.

mod pieces;
mod read;
mod seen;

use super::key::CacheKey;
use super::name::Name;
use super::private::{may_be_mapped, private_directory, write_private};
use super::stats::Counters;
use crate::config::EngineConfig;
use pieces::Pieces;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What stands behind the code in every file. Change it when the layout changes.
const MARK: &[u8; 8] = b"AIWCODE4";
const MAC_LEN: usize = 32;
/// The tail stands behind the code, so that the code need not be moved when it has been checked.
const TAIL: usize = MARK.len() + 8 + 2 * MAC_LEN;
const EXTENSION: &str = "aiwcode";
const TEMPORARY: &str = "tmp";
/// What is remembered of a file that was verified.
const SEEN: &str = "aiwseen";
/// A change this soon after another may have the same time: clocks of file systems tick up to two seconds apart.
const SETTLES: Duration = Duration::from_secs(2);
/// How exactly the cache knows when a file was used last: a day.
const LATELY: Duration = Duration::from_secs(24 * 3600);
/// A temporary file that is younger may be in another process's hands.
const WRITING: Duration = Duration::from_secs(600);

pub(crate) struct DiskCache {
    dir: PathBuf,
    key: CacheKey,
    /// Whether the key is the one that the directory keeps.
    kept_there: bool,
    limit: u64,
    /// How old a file is before it is remembered as verified.
    settles: Duration,
    /// Whether what is mapped of a file stays as it is.
    may_be_mapped: fn(&File, &Metadata) -> bool,
    counters: Arc<Counters>,
}

/// A file of the cache, whoever's.
struct Entry {
    path: PathBuf,
    modified: SystemTime,
    len: u64,
}

impl DiskCache {
    /// The cache that the configuration asks for. A directory that cannot be used is a warning.
    pub(crate) fn open(config: &EngineConfig, counters: &Arc<Counters>) -> Option<Self> {
        let dir = config.cache_dir.as_ref()?;
        let opened = Self::in_directory(dir, config, counters);
        opened.map_err(|error| warn(counters, "cannot be used", dir, &error)).ok()
    }

    /// The cache in a directory.
    pub(crate) fn in_directory(
        dir: &Path,
        config: &EngineConfig,
        counters: &Arc<Counters>,
    ) -> io::Result<Self> {
        let key = prepare(dir).and_then(|()| match &config.cache_key {
            Some(key) => Ok(key.clone()),
            None => CacheKey::of_directory(dir),
        });
        let cache = |key| Self {
            dir: dir.to_owned(),
            key,
            kept_there: config.cache_key.is_none(),
            limit: config.disk_cache_size,
            settles: SETTLES,
            may_be_mapped,
            counters: Arc::clone(counters),
        };
        key.map(cache)
    }

    /// Counts a file that was loaded, and marks it as used.
    pub(crate) fn accept(&self, name: &Name) {
        self.counters.disk_hits.add(1);
        // Only the order of eviction depends on it, and a read-only directory is allowed.
        let _ = File::open(self.path(name)).and_then(|file| mark_used(&file));
    }

    /// Counts a file that is not to be used.
    pub(crate) fn reject_code(&self, name: &Name) {
        self.reject(&self.path(name));
    }

    /// Keeps code under its name. What fails is a warning.
    pub(crate) fn store(&self, name: &Name, code: &[u8]) {
        if (code.len() + TAIL) as u64 > self.limit {
            return;
        }
        let path = self.path(name);
        let written = match self.write(name, &path, code) {
            // The directory was taken away, or another process took the temporary file for remains.
            Err(error) if is_absent(&error) => {
                self.prepare_again().and_then(|()| self.write(name, &path, code))
            }
            written => written,
        };
        if let Err(error) = written {
            warn(&self.counters, "cannot be written", &path, &error);
        }
        // A disk that is full has the more reason to be within the limit.
        self.evict(&path, |path| fs::remove_file(path));
    }

    fn prepare_again(&self) -> io::Result<()> {
        prepare(&self.dir)?;
        if self.kept_there { self.key.keep_in(&self.dir) } else { Ok(()) }
    }

    fn path(&self, name: &Name) -> PathBuf {
        self.dir.join(format!("{}-{}.{EXTENSION}", name.hex(), self.key.number()))
    }

    /// The tail without its last hash.
    fn head(&self, name: &Name, code_len: u64) -> [u8; TAIL - MAC_LEN] {
        let len = code_len.to_le_bytes();
        let mut hasher = blake3::Hasher::new_keyed(self.key.bytes());
        hasher.update(MARK).update(b"length").update(name.bytes()).update(&len);
        let mut head = [0; TAIL - MAC_LEN];
        head[..8].copy_from_slice(MARK);
        head[8..16].copy_from_slice(&len);
        head[16..].copy_from_slice(hasher.finalize().as_bytes());
        head
    }

    fn pieces(&self) -> Pieces {
        Pieces::of_key(self.key.bytes())
    }

    /// The last hash of the tail, from those of the code's pieces.
    fn mac(&self, name: &Name, pieces: &[blake3::Hash]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(self.key.bytes());
        hasher.update(MARK).update(b"code").update(name.bytes());
        for piece in pieces {
            hasher.update(piece.as_bytes());
        }
        hasher.finalize()
    }

    fn reject(&self, path: &Path) {
        self.counters.disk_rejected.add(1);
        tracing::warn!(path = %path.display(), "compiled module on disk refused; it will be compiled anew");
    }

    fn write(&self, name: &Name, path: &Path, code: &[u8]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(code.len() + TAIL);
        bytes.extend_from_slice(code);
        bytes.extend_from_slice(&self.head(name, code.len() as u64));
        bytes.extend_from_slice(self.mac(name, &self.pieces().of(code)).as_bytes());
        self.replace(path, &bytes, File::sync_all)?;
        sync(&self.dir)
    }

    /// Writes a file under another name, does what is to be done before it is there, and renames it.
    fn replace(
        &self,
        path: &Path,
        bytes: &[u8],
        written: impl FnOnce(&File) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut unique = [0; 8];
        getrandom::fill(&mut unique).map_err(|error| io::Error::other(error.to_string()))?;
        let temporary = path.with_extension(format!("{:016x}.{TEMPORARY}", u64::from_le_bytes(unique)));
        let renamed = write_private(&temporary, bytes)
            .and_then(|file| written(&file))
            .and_then(|()| fs::rename(&temporary, path));
        if renamed.is_err() {
            // What failed is told; that the remains cannot be removed either adds nothing.
            let _ = fs::remove_file(&temporary);
        }
        renamed
    }

    /// Deletes the files that were not used for longest, but for `kept`, until the rest is within the
    /// limit. Remains of writers that died are among them.
    fn evict(&self, kept: &Path, remove: impl Fn(&Path) -> io::Result<()>) {
        let mut entries = match self.entries() {
            Ok(entries) => entries,
            Err(error) => return warn(&self.counters, "cannot be listed", &self.dir, &error),
        };
        entries.sort_by_key(|entry| entry.modified);
        let mut total: u64 = entries.iter().map(|entry| entry.len).sum();
        for entry in entries {
            if total <= self.limit {
                break;
            }
            if entry.path == kept || entry.is_being_written() {
                continue;
            }
            match remove(&entry.path) {
                Ok(()) => {
                    self.counters.disk_evictions.add(1);
                    // There may be none.
                    let _ = fs::remove_file(entry.path.with_extension(SEEN));
                }
                // Another process evicts, too.
                Err(error) if is_absent(&error) => {}
                Err(error) => {
                    warn(&self.counters, "cannot be deleted", &entry.path, &error);
                    continue;
                }
            }
            total -= entry.len;
        }
    }

    /// The regular files that this cache writes, whatever key they are of.
    fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            // What another process deletes in the meantime is not counted.
            let Ok(entry) = entry else { continue };
            let path = entry.path();
            let is = |ours: &str| path.extension().is_some_and(|ext| ext == ours);
            // What is remembered of a file goes with it.
            let left_over = || is(SEEN) && !path.with_extension(EXTENSION).exists();
            let ours = is(EXTENSION) || is(TEMPORARY) || left_over();
            let metadata = ours.then(|| fs::symlink_metadata(&path).ok()).flatten();
            if let Some(metadata) = metadata.filter(Metadata::is_file) {
                let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                entries.push(Entry { path, modified, len: metadata.len() });
            }
        }
        Ok(entries)
    }
}

impl Entry {
    fn is_being_written(&self) -> bool {
        let temporary = self.path.extension().is_some_and(|ext| ext == TEMPORARY);
        temporary && self.modified.elapsed().is_ok_and(|age| age < WRITING)
    }
}

/// Makes the directory, and sees that nobody else can write there.
fn prepare(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;
    private_directory(&fs::metadata(dir)?, dir)
}

/// Marks a file as used, unless it was lately: what the system says of it stays the same in between.
fn mark_used(file: &File) -> io::Result<()> {
    if was_used_lately(&file.metadata()?) { Ok(()) } else { file.set_modified(SystemTime::now()) }
}

fn was_used_lately(file: &Metadata) -> bool {
    file.modified().and_then(|time| time.elapsed().map_err(io::Error::other)).is_ok_and(|age| age < LATELY)
}

/// Brings a rename down to the disk, where directories can be opened for that.
fn sync(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

/// Whether there is no such file, or no file that could be one of the cache's.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound)
}

fn warn(counters: &Counters, what: &str, path: &Path, error: &io::Error) {
    counters.disk_errors.add(1);
    tracing::warn!(path = %path.display(), %error, "cache of compiled modules on disk {what}");
}

#[cfg(test)]
mod tests;

//! Compiled modules on disk.
//!
//! A file is machine code that this process will run, so it is only as good as its authentication. Its
//! name is the hash of everything that decides the code; its content is the code (see `artifact`), a mark, and a
//! keyed BLAKE3 over mark, name and code. What does not verify is a miss and is written anew. A file is written
//! under another name and renamed, so that a reader sees it whole or not at all.

use super::key::write_private;
use super::{CacheKey, Counters, Name};
use crate::EngineConfig;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// What stands behind the code in every file. Change it when the layout changes.
const MARK: &[u8; 8] = b"AIWCODE2";
const MAC_LEN: usize = 32;
/// Mark and hash stand behind the code, so that it need not be moved when they have been checked.
const TAIL: usize = MARK.len() + MAC_LEN;
const EXTENSION: &str = "aiwcode";
const TEMPORARY: &str = "tmp";

/// Machine code that was written by a holder of the key and is unchanged.
pub(crate) struct Authentic(Vec<u8>);

impl Authentic {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

pub(crate) struct DiskCache {
    dir: PathBuf,
    key: CacheKey,
    limit: u64,
    counters: Arc<Counters>,
}

impl DiskCache {
    /// The cache that the configuration asks for. A directory that cannot be used is a warning.
    pub(crate) fn open(config: &EngineConfig, counters: &Arc<Counters>) -> Option<Self> {
        let dir = config.cache_dir.as_ref()?;
        let key = prepare(dir).and_then(|()| match &config.cache_key {
            Some(key) => Ok(key.clone()),
            None => CacheKey::of_directory(dir),
        });
        let cache = |key| Self {
            dir: dir.clone(),
            key,
            limit: config.disk_cache_size,
            counters: Arc::clone(counters),
        };
        key.map(cache).map_err(|error| warn(counters, "cannot be used", dir, &error)).ok()
    }

    /// The code of this name, if it is there and authentic.
    pub(crate) fn load(&self, name: &Name) -> Option<Authentic> {
        let path = self.path(name);
        let bytes = match self.read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.counters.disk_misses.add(1);
                return None;
            }
            Err(error) => {
                warn(&self.counters, "cannot be read", &path, &error);
                self.counters.disk_misses.add(1);
                return None;
            }
        };
        let code = self.verify(name, bytes);
        if code.is_none() {
            self.reject(&path);
        }
        code
    }

    /// Counts a file that was loaded, and marks it as used.
    pub(crate) fn accept(&self, name: &Name) {
        self.counters.disk_hits.add(1);
        let touched = File::options().append(true).open(self.path(name));
        // Only the order of eviction depends on it, and a read-only directory is allowed.
        let _ = touched.and_then(|file| file.set_modified(SystemTime::now()));
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
        if let Err(error) = self.write(name, &path, code).and_then(|()| self.evict(&path)) {
            warn(&self.counters, "cannot be written", &path, &error);
        }
    }

    fn path(&self, name: &Name) -> PathBuf {
        self.dir.join(name.hex()).with_extension(EXTENSION)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        let len = file.metadata()?.len().min(self.limit);
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0) + 1);
        // A file beyond the limit was not written by this cache; its beginning will not verify.
        file.take(self.limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn verify(&self, name: &Name, mut bytes: Vec<u8>) -> Option<Authentic> {
        let (rest, mac) = bytes.split_last_chunk::<MAC_LEN>()?;
        let (code, mark) = rest.split_last_chunk::<{ MARK.len() }>()?;
        // The comparison of BLAKE3 hashes takes the same time wherever they differ.
        let authentic = self.mac(name, code) == blake3::Hash::from_bytes(*mac);
        if mark != MARK || !authentic {
            return None;
        }
        bytes.truncate(bytes.len() - TAIL);
        Some(Authentic(bytes))
    }

    fn mac(&self, name: &Name, code: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(self.key.bytes());
        hasher.update(MARK).update(name.bytes()).update(code);
        hasher.finalize()
    }

    fn reject(&self, path: &Path) {
        self.counters.disk_rejected.add(1);
        tracing::warn!(path = %path.display(), "compiled module on disk refused; it will be compiled anew");
    }

    fn write(&self, name: &Name, path: &Path, code: &[u8]) -> io::Result<()> {
        let mut unique = [0; 8];
        getrandom::fill(&mut unique).map_err(|error| io::Error::other(error.to_string()))?;
        let temporary = path.with_extension(format!("{:016x}.{TEMPORARY}", u64::from_le_bytes(unique)));
        let mut bytes = Vec::with_capacity(code.len() + TAIL);
        bytes.extend_from_slice(code);
        bytes.extend_from_slice(MARK);
        bytes.extend_from_slice(self.mac(name, code).as_bytes());
        let renamed = write_private(&temporary, &bytes).and_then(|()| fs::rename(&temporary, path));
        if renamed.is_err() {
            // What failed is told; that the remains cannot be removed either adds nothing.
            let _ = fs::remove_file(&temporary);
        }
        renamed.and_then(|()| sync(&self.dir))
    }

    /// Deletes the files that were not used for longest, but for `kept`, until the rest is within the
    /// limit. Remains of writers that died are among them.
    fn evict(&self, kept: &Path) -> io::Result<()> {
        let mut files = self.files()?;
        files.sort_by_key(|(_, modified, _)| *modified);
        let mut total: u64 = files.iter().map(|(_, _, len)| len).sum();
        for (path, _, len) in files {
            if total <= self.limit {
                break;
            }
            if path != kept {
                fs::remove_file(&path)?;
                self.counters.disk_evictions.add(1);
                total -= len;
            }
        }
        Ok(())
    }

    fn files(&self) -> io::Result<Vec<(PathBuf, SystemTime, u64)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            let ours = path.extension().is_some_and(|ext| ext == EXTENSION || ext == TEMPORARY);
            // Another process may have deleted it in the meantime.
            if let Some(metadata) = ours.then(|| fs::metadata(&path).ok()).flatten() {
                files.push((path, metadata.modified()?, metadata.len()));
            }
        }
        Ok(files)
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

#[cfg(unix)]
fn private_directory(metadata: &Metadata, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    owned(metadata, path)?;
    refuse_if(metadata.mode() & 0o022 != 0, path, "is writable for others")
}

#[cfg(not(unix))]
fn private_directory(_: &Metadata, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Sees that a file can be read and written by this process's user only.
#[cfg(unix)]
pub(super) fn private(metadata: &Metadata, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    owned(metadata, path)?;
    refuse_if(metadata.mode() & 0o077 != 0, path, "can be read by others")
}

#[cfg(not(unix))]
pub(super) fn private(_: &Metadata, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn owned(metadata: &Metadata, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let ours = rustix::process::geteuid().as_raw();
    refuse_if(metadata.uid() != ours, path, "belongs to another user")
}

#[cfg(unix)]
fn refuse_if(wrong: bool, path: &Path, what: &str) -> io::Result<()> {
    let text = || format!("{} {what}", path.display());
    if wrong { Err(io::Error::new(io::ErrorKind::PermissionDenied, text())) } else { Ok(()) }
}

/// Brings a rename down to the disk, where directories can be opened for that.
fn sync(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

fn warn(counters: &Counters, what: &str, path: &Path, error: &io::Error) {
    counters.disk_errors.add(1);
    tracing::warn!(path = %path.display(), %error, "cache of compiled modules on disk {what}");
}

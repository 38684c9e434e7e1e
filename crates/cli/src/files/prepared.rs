//! Outputs in two steps: everything that can fail, and then a rename.

use super::paths::{cannot_write, directory, is_standard, name, target};
use crate::failure::{Failure, Kind, Outcome};
use std::fs::{File, Metadata};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// An output that is ready to be put in its place.
pub struct Prepared {
    path: PathBuf,
    place: Place,
}

enum Place {
    /// Standard output, a device or a pipe, and the bytes for it.
    Stream(Option<File>, Vec<u8>),
    /// A temporary file beside its target.
    File { temporary: NamedTempFile, target: PathBuf, replaces: bool },
}

impl Prepared {
    /// Prepares an output. A file is written to a temporary one beside it.
    ///
    /// # Errors
    /// [`Kind::Io`].
    pub fn new(path: &Path, bytes: &[u8]) -> Outcome<Self> {
        Self::of(path, bytes, true, |found| create(path, found))
    }

    /// Prepares a file that only its owner can read, and that is not there yet unless `force` is set.
    ///
    /// # Errors
    /// [`Kind::Io`].
    pub fn secret(path: &Path, bytes: &[u8], force: bool) -> Outcome<Self> {
        if !force && !is_standard(path) && std::fs::metadata(path).is_ok_and(|found| found.is_file()) {
            return Err(exists(path));
        }
        // Temporary files are for their owner alone.
        Self::of(path, bytes, force, |_| NamedTempFile::new_in(directory(&target(path))))
    }

    fn of(
        path: &Path,
        bytes: &[u8],
        replaces: bool,
        create: impl FnOnce(Option<&Metadata>) -> std::io::Result<NamedTempFile>,
    ) -> Outcome<Self> {
        let prepare = || {
            if is_standard(path) {
                return Ok(Place::Stream(None, bytes.to_vec()));
            }
            let found = std::fs::metadata(path).ok();
            if found.as_ref().is_some_and(|found| !found.is_file()) {
                let stream = File::options().write(true).open(path)?;
                return Ok(Place::Stream(Some(stream), bytes.to_vec()));
            }
            let mut temporary = create(found.as_ref())?;
            temporary.write_all(bytes)?;
            temporary.as_file().sync_all()?;
            Ok(Place::File { temporary, target: target(path), replaces })
        };
        let place = prepare().map_err(|error| cannot_write(path, &error))?;
        Ok(Self { path: path.into(), place })
    }

    /// Puts the output in its place.
    ///
    /// # Errors
    /// [`Kind::Io`].
    pub fn commit(self) -> Outcome<()> {
        let Self { path, place } = self;
        let written = match place {
            Place::Stream(None, bytes) => {
                let mut stream = std::io::stdout().lock();
                stream.write_all(&bytes).and_then(|()| stream.flush())
            }
            Place::Stream(Some(mut stream), bytes) => stream.write_all(&bytes).and_then(|()| stream.flush()),
            Place::File { temporary, target, replaces: true } => {
                temporary.persist(target).map(drop).map_err(|error| error.error)
            }
            Place::File { temporary, target, .. } => match temporary.persist_noclobber(target) {
                Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                    return Err(exists(&path));
                }
                other => other.map(drop).map_err(|error| error.error),
            },
        };
        written.map_err(|error| cannot_write(&path, &error))
    }
}

fn exists(path: &Path) -> Failure {
    let message = format!("{} exists already; --force replaces it, and the key in it is lost", name(path));
    Failure::new(Kind::Io, message)
}

/// Creates a temporary file with the permissions of the file that it replaces, or those of a new file.
#[cfg(unix)]
fn create(path: &Path, replaced: Option<&Metadata>) -> std::io::Result<NamedTempFile> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    let target = target(path);
    // The system takes the bits of the umask away.
    let new = Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().permissions(new).tempfile_in(directory(&target))?;
    if let Some(replaced) = replaced {
        let mode = replaced.permissions().mode() & 0o777;
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(file)
}

#[cfg(not(unix))]
fn create(path: &Path, _: Option<&Metadata>) -> std::io::Result<NamedTempFile> {
    NamedTempFile::new_in(directory(&target(path)))
}

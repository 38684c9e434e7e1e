//! Files that a command reads and writes.

use crate::failure::{Failure, Kind, Outcome};
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The path that means standard input, or standard output.
pub const STANDARD: &str = "-";

/// Returns whether a path means standard input, or standard output.
#[must_use]
pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == OsStr::new(STANDARD)
}

/// Reads a file, or standard input.
///
/// # Errors
/// [`Kind::Io`].
pub fn read(path: &Path) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if is_standard(path) {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    read.map_err(|error| Failure::new(Kind::Io, format!("cannot read {}: {error}", name(path))))
}

/// Writes a file whole or not at all: to a temporary file beside it, which is then renamed.
///
/// # Errors
/// [`Kind::Io`].
pub fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let written = if is_standard(path) {
        std::io::stdout().lock().write_all(bytes)
    } else {
        replace(path, bytes, false)
    };
    written.map_err(|error| Failure::new(Kind::Io, format!("cannot write {}: {error}", name(path))))
}

/// Writes a file that only its owner can read, and that is not there yet unless `force` is set.
///
/// # Errors
/// [`Kind::Io`].
pub fn write_secret(path: &Path, bytes: &[u8], force: bool) -> Outcome<()> {
    if is_standard(path) {
        return write(path, bytes);
    }
    if !force && path.exists() {
        let message =
            format!("{} exists already; --force replaces it, and the key in it is lost", name(path));
        return Err(Failure::new(Kind::Io, message));
    }
    replace(path, bytes, true)
        .map_err(|error| Failure::new(Kind::Io, format!("cannot write {}: {error}", name(path))))
}

fn replace(path: &Path, bytes: &[u8], secret: bool) -> std::io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Temporary files are for their owner alone.
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    if !secret {
        open_to_readers(&file, path)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Gives the file the permissions that a new one would have, or those of the file that it replaces.
#[cfg(unix)]
fn open_to_readers(file: &NamedTempFile, path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map_or(0o644, |replaced| replaced.permissions().mode() & 0o777);
    file.as_file().set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn open_to_readers(_: &NamedTempFile, _: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Asserts that at most one of some inputs is standard input.
///
/// # Errors
/// [`Kind::Usage`].
pub fn check_standard<'p>(inputs: impl IntoIterator<Item = &'p PathBuf>) -> Outcome<()> {
    match inputs.into_iter().filter(|path| is_standard(path)).count() {
        0 | 1 => Ok(()),
        _ => Err(Failure::new(Kind::Usage, "only one input can be `-`, standard input")),
    }
}

/// Returns a path as messages name it.
#[must_use]
pub fn name(path: &Path) -> String {
    if is_standard(path) { "standard input or output".into() } else { format!("`{}`", path.display()) }
}

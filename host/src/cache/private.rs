//! Files and directories that no other user reads or writes.

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a new file that only its owner can read. Nobody writes to it any more, so that what is mapped is not changed by mistake: a program
/// that replaces it makes another file.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o400);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    Ok(file)
}

#[cfg(unix)]
pub(super) fn private_directory(metadata: &Metadata, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    owned(metadata, path)?;
    refuse_if(metadata.mode() & 0o022 != 0, path, "is writable for others")
}

#[cfg(not(unix))]
pub(super) fn private_directory(_: &Metadata, _: &Path) -> io::Result<()> {
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

/// Returns whether a file is this process's user's, and nobody may write to it: its owner would have to allow it first.
#[cfg(unix)]
pub(super) fn only_ours(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o222 == 0
}

#[cfg(not(unix))]
pub(super) fn only_ours(_: &Metadata) -> bool {
    false
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

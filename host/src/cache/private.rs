//! Files and directories that no other user reads or writes.

use std::fs::{self, Metadata};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a new file that only its owner can read, down to the disk.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
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

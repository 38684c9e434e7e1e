//! Files and directories that no other user reads or writes.

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a new file that only its owner can read, and nobody has the right to write to any more, so that what is mapped is not changed by
/// mistake: a program that replaces it makes another file.
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

/// Returns whether what is mapped of a file stays as it is, unless somebody means to change it: the file is this user's, nobody has the right to
/// write to it, and it is on this machine. The superuser needs no right.
#[cfg(target_os = "linux")]
pub(super) fn may_be_mapped(file: &File, metadata: &Metadata) -> bool {
    let user = rustix::process::geteuid();
    !user.is_root() && is_read_only(user.as_raw(), metadata) && is_local(file)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn may_be_mapped(_: &File, _: &Metadata) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn is_read_only(user: u32, metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == user && metadata.mode() & 0o222 == 0
}

/// Returns whether a file is on a file system of this machine. What others can replace, as on a network, may be gone when a page is read.
#[cfg(target_os = "linux")]
fn is_local(file: &File) -> bool {
    /// As `statfs` has them: ext2 to ext4, XFS, Btrfs, F2FS, tmpfs, OverlayFS.
    const LOCAL: [u64; 6] = [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0x0102_1994, 0x794c_7630];
    rustix::fs::fstatfs(file).is_ok_and(|system| LOCAL.contains(&(system.f_type as u64)))
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    #[test]
    fn only_what_its_owner_may_not_write_to_is_read_only() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"code").unwrap();
        let owner = fs::metadata(file.path()).unwrap().uid();
        for (mode, wanted) in [(0o400, true), (0o444, true), (0o600, false), (0o420, false), (0o402, false)] {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
            let metadata = fs::metadata(file.path()).unwrap();
            assert_eq!(is_read_only(owner, &metadata), wanted, "{mode:o}");
            assert!(!is_read_only(owner + 1, &metadata));
            let mapped = may_be_mapped(file.as_file(), &metadata);
            assert!(!mapped || wanted && owner != 0, "{mode:o}");
        }
    }

    #[test]
    fn a_file_system_of_the_kernel_itself_is_none_for_code() {
        assert!(!is_local(&File::open("/proc/self/maps").unwrap()));
    }
}

//! What paths mean and lead to.

use crate::failure::{Failure, Kind};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The path that means standard input, or standard output.
pub const STANDARD: &str = "-";

/// Most symbolic links that are followed, as on Linux.
const MAX_LINKS: usize = 40;

/// Returns whether a path means standard input, or standard output.
#[must_use]
pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == OsStr::new(STANDARD)
}

/// Returns the path of an input as messages name it.
#[must_use]
pub fn name(path: &Path) -> String {
    if is_standard(path) { "standard input".into() } else { format!("`{}`", path.display()) }
}

pub(super) fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    let name = if is_standard(path) { "standard output".into() } else { name(path) };
    Failure::new(Kind::Io, format!("cannot write {name}: {error}"))
}

/// Returns the file that a path leads to through symbolic links, also if that file is not there.
pub(super) fn target(path: &Path) -> PathBuf {
    let mut target = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        let Ok(link) = std::fs::read_link(&target) else { break };
        target = directory(&target).join(link);
    }
    target
}

/// Returns the directory of a file.
pub(super) fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

//! Files that a command reads and writes.

mod apart;
mod paths;
mod prepared;

pub use apart::check_apart;
pub use paths::{STANDARD, is_standard, name};
pub use prepared::Prepared;

use crate::failure::{Failure, Kind, Outcome};
use paths::cannot_write;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

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

/// Reads a file that has at least one byte.
///
/// # Errors
/// [`Kind::Io`], or [`Kind::Input`] for an empty file.
pub fn read_some(path: &Path) -> Outcome<Vec<u8>> {
    let bytes = read(path)?;
    if bytes.is_empty() {
        let message = format!("{}: expected at least 1 byte, found 0", name(path));
        return Err(Failure::new(Kind::Input, message));
    }
    Ok(bytes)
}

/// Writes a file whole or not at all.
///
/// # Errors
/// [`Kind::Io`].
pub fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    Prepared::new(path, bytes)?.commit()
}

/// Prints a text, and makes sure that it has arrived.
///
/// # Errors
/// [`Kind::Io`], as for a full disk behind the stream.
pub fn print(mut stream: impl Write, text: &str) -> Outcome<()> {
    let printed = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    printed.map_err(|error| cannot_write(Path::new(STANDARD), &error))
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

//! Files that a command reads and writes.

mod apart;
mod paths;
mod prepared;

pub use apart::check_apart;
pub use paths::{STANDARD, is_standard, name};
pub use prepared::Prepared;

use crate::failure::{Failure, Kind, Outcome};
use paths::cannot_write;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Most bytes that are read of one input. A device or a pipe may have no end.
const MAX_INPUT: u64 = 1 << 30;

/// Reads a file, or standard input.
///
/// # Errors
/// [`Kind::Io`], or [`Kind::Input`] for more than 1 GiB.
pub fn read(path: &Path) -> Outcome<Vec<u8>> {
    let read = if is_standard(path) {
        read_at_most(MAX_INPUT, &mut std::io::stdin().lock())
    } else {
        File::open(path).and_then(read_file)
    };
    let read =
        read.map_err(|error| Failure::new(Kind::Io, format!("cannot read {}: {error}", name(path))))?;
    read.ok_or_else(|| {
        let message = format!("{}: expected at most {MAX_INPUT} bytes, found more", name(path));
        Failure::new(Kind::Input, message)
    })
}

/// Reads a file; `None` if it is too large.
fn read_file(mut file: File) -> std::io::Result<Option<Vec<u8>>> {
    let found = file.metadata()?;
    // Others, and those without a length, may have no end.
    if !found.is_file() || found.len() == 0 {
        return read_at_most(MAX_INPUT, &mut file);
    }
    if found.len() > MAX_INPUT {
        return Ok(None);
    }
    // In one piece; it may have grown since.
    read_after(Vec::with_capacity(found.len() as usize + 1), MAX_INPUT, &mut file)
}

/// Reads all; `None` if it is more than the limit.
fn read_at_most(limit: u64, from: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    read_after(Vec::new(), limit, from)
}

fn read_after(mut bytes: Vec<u8>, limit: u64, from: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    from.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= limit))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_without_an_end_is_not_read_to_it() {
        assert!(read_at_most(100, &mut std::io::repeat(7)).unwrap().is_none());
        assert!(read_at_most(100, &mut std::io::repeat(7).take(101)).unwrap().is_none());
        assert_eq!(read_at_most(100, &mut std::io::repeat(7).take(100)).unwrap(), Some(vec![7; 100]));
    }
}

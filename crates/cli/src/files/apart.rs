//! Outputs that must not destroy an input or each other.

use super::paths::{directory, is_standard, target};
use crate::failure::{Failure, Kind, Outcome};
use std::path::Path;

/// Checks that no output is the file of another output, or of an input that nothing could make again.
///
/// # Errors
/// [`Kind::Usage`], with both paths.
pub fn check_apart<'p>(
    outputs: impl IntoIterator<Item = &'p Path>,
    inputs: impl IntoIterator<Item = &'p Path>,
) -> Outcome<()> {
    let outputs: Vec<&Path> = outputs.into_iter().collect();
    let clash = |one: &Path, other: &Path, what: &str| {
        let (one, other) = (one.display(), other.display());
        Failure::new(Kind::Usage, format!("the output `{one}` is the same file as {what} `{other}`"))
    };
    for (at, output) in outputs.iter().enumerate() {
        if let Some(other) = outputs[..at].iter().find(|other| is_same(output, other)) {
            return Err(clash(output, other, "the output"));
        }
    }
    for input in inputs.into_iter().filter(|input| !is_standard(input)) {
        if let Some(output) = outputs.iter().find(|output| is_same(output, input)) {
            return Err(clash(output, input, "the input"));
        }
    }
    Ok(())
}

/// Returns whether two paths name one file. Devices and pipes lose nothing when they are written twice.
fn is_same(one: &Path, other: &Path) -> bool {
    if is_standard(one) || is_standard(other) {
        return is_standard(one) && is_standard(other);
    }
    let found = (std::fs::metadata(one), std::fs::metadata(other));
    if let (Ok(one), Ok(other)) = &found {
        return one.is_file() && same_file(one, other);
    }
    // At most one of them is there: the other can be a link to a file that is not there yet.
    found.0.is_err() && found.1.is_err() && place(one) == place(other)
}

#[cfg(unix)]
fn same_file(one: &std::fs::Metadata, other: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn same_file(_: &std::fs::Metadata, _: &std::fs::Metadata) -> bool {
    false
}

/// The path of a file that is not there, without links and `..` before its name.
fn place(path: &Path) -> std::path::PathBuf {
    let path = target(path);
    match (directory(&path).canonicalize(), path.file_name()) {
        (Ok(directory), Some(name)) => directory.join(name),
        _ => path,
    }
}

//! The guest's log.

use crate::report::printable;
use aingle_wasm_host_core::Level;
use std::io::{Write, stderr};

/// Prints a line of the guest's log. Standard output is for the result.
pub fn log(level: Level, text: &str) {
    // A guest need not end because nobody reads its log.
    let _ = writeln!(stderr(), "{level:?}: {}", printable(text));
}

//! What a program is granted.

use crate::net::Address;
use crate::streams::{Input, Output};
use std::path::PathBuf;

/// What a program may see and do. The default grants no directory, variable, argument or address, an empty standard input,
/// and outputs that go nowhere.
///
/// Clocks and random numbers are those of the host, and need no grant.
///
/// ```
/// use aingle_wasm_wasi::{Dir, Grants};
///
/// let grants = Grants {
///     args: vec!["tool".into(), "--help".into()],
///     dirs: vec![Dir::read_only("data", "/data")],
///     env: vec![("LANG".into(), "C".into())],
///     ..Grants::default()
/// };
/// assert!(grants.net.is_empty());
/// ```
#[derive(Debug, Clone)]
pub struct Grants {
    /// Directories. `..`, absolute paths and links inside them do not lead out of them.
    pub dirs: Vec<Dir>,
    /// Environment variables, names and values. A name is not empty and has no `=`, and is there once.
    pub env: Vec<(String, String)>,
    /// Arguments. The first is the program's name.
    pub args: Vec<String>,
    /// Addresses that may be connected to, or listened at. Only components have sockets.
    pub net: Vec<Address>,
    /// Interfaces of components beyond the default ones: `wasi:filesystem`, or `wasi:filesystem/types`. One that is granted
    /// without a directory or an address can be imported, and finds none.
    pub interfaces: Vec<String>,
    /// Whether the interfaces of [`Policy::Granted`](crate::Policy::Granted) need not be in `interfaces`. Default: true.
    pub default_interfaces: bool,
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
}

impl Default for Grants {
    fn default() -> Self {
        Self {
            dirs: Vec::new(),
            env: Vec::new(),
            args: Vec::new(),
            net: Vec::new(),
            interfaces: Vec::new(),
            default_interfaces: true,
            stdin: Input::Empty,
            stdout: Output::Discard,
            stderr: Output::Discard,
        }
    }
}

/// Directory that is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dir {
    /// The path on the host.
    pub host: PathBuf,
    /// The guest's name of it.
    pub guest: String,
    /// Whether it, and what is in it, can only be read.
    pub read_only: bool,
}

impl Dir {
    /// Returns a directory that can be read and written.
    pub fn new(host: impl Into<PathBuf>, guest: impl Into<String>) -> Self {
        Self { host: host.into(), guest: guest.into(), read_only: false }
    }

    /// Returns a directory that can only be read.
    pub fn read_only(host: impl Into<PathBuf>, guest: impl Into<String>) -> Self {
        Self { read_only: true, ..Self::new(host, guest) }
    }
}

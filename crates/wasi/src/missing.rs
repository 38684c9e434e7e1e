//! Imports that were not granted.

use std::fmt;

/// Import of a program that it was not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The name, as the program has it: `wasi:sockets/tcp@0.2.6`, or `env.log` in a core module.
    pub name: String,
    /// What would allow it.
    pub needs: Needs,
}

/// Grant that an import needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Needs {
    /// A directory, or the interface of this name.
    Dir(String),
    /// An address, or the interface of this name.
    Net(String),
    /// The interface of this name.
    Interface(String),
    /// This version of the interface is not offered.
    Version,
    /// Nothing: there is no such import here.
    Nothing,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, which ", self.name)?;
        match &self.needs {
            Needs::Dir(interface) => write!(f, "needs a directory or the interface `{interface}`"),
            Needs::Net(interface) => write!(f, "needs an address or the interface `{interface}`"),
            Needs::Interface(interface) => write!(f, "needs the interface `{interface}`"),
            Needs::Version => f.write_str("is of a version that is not offered (WASI 0.2 and 0.3 are)"),
            Needs::Nothing => f.write_str("nothing here offers"),
        }
    }
}

//! The prelude: Rust source that is compiled with every module.

/// Memory, globals and calls of the host.
pub const RAW: &str = include_str!("prelude/raw/memory.rs");
/// Values of which the compiler knows nothing.
pub const OPAQUE: &str = include_str!("prelude/raw/opaque.rs");
/// Floats.
pub const FLOAT: &str = include_str!("prelude/float.rs");
/// The way in. It names the function `dispatch`.
pub const ENTER: &str = include_str!("prelude/raw/enter.rs");
/// Traps and calls of the host in a module without limits.
pub const PLAIN: &str = include_str!("prelude/raw/plain.rs");
/// The same in a module with limits, and fuel.
pub const COUNTED: &str = include_str!("prelude/raw/counted.rs");
/// The way out.
pub const TRAP: &str = include_str!("prelude/raw/trap.rs");

/// What emitted source begins with. Warnings are for people who write code.
pub fn beginning(attributes: &str) -> String {
    format!("{attributes}#![allow(warnings)]\n{}{}{}{}", inner(RAW), inner(OPAQUE), inner(FLOAT), inner(TRAP))
}

/// A file without its own first lines of documentation, which only a file's beginning can have.
pub fn inner(file: &str) -> String {
    let lines = file.lines().skip_while(|line| line.starts_with("//!"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

//! Lines for the host's log.

use crate::HostFunction;
use aingle_wasm_types::Level;
use alloc::vec::Vec;
use core::fmt::{self, Write};

/// Sends a line to the host's log: `log(Level::Warn, format_args!("sensor {id} is silent"))`.
///
/// It is a one-way notification. A line that there is no memory for, or no host, is lost.
pub fn log(level: Level, line: fmt::Arguments<'_>) {
    let mut bytes = Line(Vec::new());
    bytes.0.push(level as u8);
    if bytes.write_fmt(line).is_ok() {
        let _ = import().notify(&bytes.0);
    }
}

struct Line(Vec<u8>);

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.try_reserve(text.len()).map_err(|_| fmt::Error)?;
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(target_family = "wasm")]
fn import() -> HostFunction {
    crate::raw::log_import()
}

#[cfg(not(target_family = "wasm"))]
fn import() -> HostFunction {
    HostFunction::unavailable(aingle_wasm_types::names::LOG)
}

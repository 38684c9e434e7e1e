//! Lines for the host's log.

use crate::outgoing::Outgoing;
use crate::raw::log_import;
use aingle_wasm_codec::value::Sink;
use aingle_wasm_types::Level;
use alloc::string::String;
use core::fmt;

/// Sends a line to the host's log: `log(Level::Warn, "no sensors")`, or, where something must be formatted,
/// `log(Level::Warn, format_args!("sensor {id} is silent"))`.
///
/// It is a one-way notification. A line is lost if there is no memory for it, or no host.
pub fn log(level: Level, line: impl Line) {
    let _ = log_import().notify_with(&|out| out.push(&[level as u8]) && line.write(&mut LineSink(out)));
}

/// A line of the log. A text costs a guest less code than what must be formatted.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a line of the log",
    note = "pass a text, or `format_args!(…)`"
)]
pub trait Line {
    /// Writes it, if there is memory for it.
    #[doc(hidden)]
    fn write(&self, sink: &mut LineSink<'_>) -> bool;
}

impl Line for &str {
    fn write(&self, sink: &mut LineSink<'_>) -> bool {
        sink.0.push(self.as_bytes())
    }
}

impl Line for &String {
    fn write(&self, sink: &mut LineSink<'_>) -> bool {
        self.as_str().write(sink)
    }
}

impl Line for String {
    fn write(&self, sink: &mut LineSink<'_>) -> bool {
        self.as_str().write(sink)
    }
}

impl Line for fmt::Arguments<'_> {
    fn write(&self, sink: &mut LineSink<'_>) -> bool {
        fmt::write(sink, *self).is_ok()
    }
}

/// Where a line goes.
#[doc(hidden)]
pub struct LineSink<'a>(&'a mut Outgoing);

impl fmt::Write for LineSink<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.push(text.as_bytes()) { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;

    fn written(line: impl Line) -> Vec<u8> {
        let mut out = Outgoing::default();
        assert!(line.write(&mut LineSink(&mut out)));
        out.payload().to_vec()
    }

    #[test]
    fn owned_borrowed_and_formatted_texts_are_lines() {
        let owned = format!("sensor {}", 3);
        for line in
            [written("sensor 3"), written(&owned), written(format_args!("sensor {}", 3)), written(owned)]
        {
            assert_eq!(line, b"sensor 3");
        }
    }
}

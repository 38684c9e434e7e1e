//! Text to the debugger.

use core::fmt::{Arguments, Write};
use cortex_m_semihosting::hio::{HostStream, hstdout};

/// The debugger's standard output, where there is a debugger.
pub struct Console(Option<HostStream>);

impl Console {
    pub fn open() -> Self {
        Self(hstdout().ok())
    }

    /// Writes a line. A debugger that takes no text is no reason to stop a firmware.
    pub fn line(&mut self, text: Arguments<'_>) {
        if let Some(stream) = &mut self.0 {
            let _ = stream.write_fmt(text).and_then(|()| stream.write_str("\n"));
        }
    }
}

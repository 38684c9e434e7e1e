//! What came of it, as lines that a program can read.

use aingle_wasm_codec::{ValueError, value};
use core::fmt;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// What came of the scenario on one engine.
pub struct Report {
    /// The typed export.
    pub summarize: Tally,
    /// The typed export that calls host functions.
    pub correct: Tally,
    /// The export on bytes.
    pub echo: Tally,
    /// What the guest gave to the host function `archive`.
    pub archive: Tally,
}

/// A line for each: `call NAME CALLS BYTES TIMED TICKS DIGEST`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.summarize.write("summarize", f)?;
        self.correct.write("correct", f)?;
        self.echo.write("echo", f)?;
        self.archive.write("archive", f)
    }
}

/// What passed between host and guest through one function.
#[derive(Clone, Default)]
pub struct Tally {
    calls: u32,
    bytes: u64,
    timed: u32,
    ticks: u64,
    replies: Sha256,
}

impl Tally {
    /// How many bytes there were.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds a call: its bytes, and how long it took where that is known. The first call is not timed,
    /// because interpreters translate a function when it is first called.
    pub(crate) fn add(&mut self, bytes: &[u8], ticks: Option<u64>) {
        self.replies.update(bytes);
        self.end(bytes.len(), ticks);
    }

    /// Adds a call by its typed value, as it travels.
    pub(crate) fn add_value(&mut self, value: &impl Serialize, ticks: Option<u64>) -> Result<(), ValueError> {
        let mut len = 0;
        value::encode_to(value, &mut |piece: &[u8]| {
            self.replies.update(piece);
            len += piece.len();
            true
        })?;
        self.end(len, ticks);
        Ok(())
    }

    /// The length is hashed as well: the same bytes cut otherwise are another result.
    fn end(&mut self, len: usize, ticks: Option<u64>) {
        self.replies.update((len as u32).to_le_bytes());
        self.bytes += len as u64;
        if let Some(ticks) = ticks.filter(|_| self.calls > 0) {
            self.timed += 1;
            self.ticks += ticks;
        }
        self.calls += 1;
    }

    fn write(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {name} {} {} {} {} ", self.calls, self.bytes, self.timed, self.ticks)?;
        for byte in self.replies.clone().finalize() {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("\n")
    }
}

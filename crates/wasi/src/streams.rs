//! The standard streams of a program.

use crate::inherited::Inherited;
use std::fmt;
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

/// Where a program's standard input comes from.
#[derive(Debug, Clone, Default)]
pub enum Input {
    /// From nowhere: it is at its end.
    #[default]
    Empty,
    /// From this process. After a timeout, a thread may still wait for it.
    Inherit,
    /// From these bytes.
    Bytes(Vec<u8>),
}

/// Where a program's standard output or standard error goes.
#[derive(Debug, Clone, Default)]
pub enum Output {
    /// Nowhere.
    #[default]
    Discard,
    /// To that of this process.
    Inherit,
    /// Into memory.
    Capture(Capture),
}

/// Bytes that a program wrote. Clones share them.
#[derive(Clone)]
pub struct Capture(MemoryOutputPipe);

impl Capture {
    /// Returns one that holds up to this number of bytes. A program that writes more is stopped by a trap.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self(MemoryOutputPipe::new(limit))
    }

    /// Returns what was written so far.
    #[must_use]
    pub fn contents(&self) -> Vec<u8> {
        self.0.contents().to_vec()
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").finish_non_exhaustive()
    }
}

/// Gives a program its standard input.
pub fn set_stdin(builder: &mut WasiCtxBuilder, input: &Input) {
    match input {
        Input::Empty => {}
        Input::Inherit => _ = builder.inherit_stdin(),
        Input::Bytes(bytes) => _ = builder.stdin(MemoryInputPipe::new(bytes.clone())),
    }
}

/// Gives a program its outputs.
pub fn set_outputs(builder: &mut WasiCtxBuilder, stdout: &Output, stderr: &Output) {
    match stdout {
        Output::Discard => {}
        Output::Inherit => _ = builder.stdout(Inherited::Stdout),
        Output::Capture(capture) => _ = builder.stdout(capture.0.clone()),
    }
    match stderr {
        Output::Discard => {}
        Output::Inherit => _ = builder.stderr(Inherited::Stderr),
        Output::Capture(capture) => _ = builder.stderr(capture.0.clone()),
    }
}

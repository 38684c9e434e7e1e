//! The thread that makes a running guest yield.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;
use wasmtime::Engine;

/// How often a guest yields.
const PERIOD: Duration = Duration::from_millis(5);

/// Thread that advances an engine's epoch. It ends soon after this is dropped, and nobody waits for it.
pub struct Ticker {
    _stop: Sender<()>,
}

impl Ticker {
    pub fn start(engine: Engine) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        std::thread::Builder::new().name("epochs".into()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(PERIOD) {
                engine.increment_epoch();
            }
        })?;
        Ok(Self { _stop: stop })
    }
}

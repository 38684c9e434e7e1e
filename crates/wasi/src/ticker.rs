//! The thread that makes a running guest yield.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;
use wasmtime::Engine;

/// How often a guest yields, so that its time can end. In tests of this crate's parts, guests yield for other reasons.
const PERIOD: Duration = if cfg!(test) { Duration::from_secs(3600) } else { Duration::from_millis(5) };

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

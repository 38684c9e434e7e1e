//! Time, by the operating system.

use std::time::Instant;
use weather_scenario::Clock;

/// A clock of a nanosecond a tick.
#[derive(Default)]
pub struct Nanoseconds {
    began: Option<Instant>,
}

impl Nanoseconds {
    pub const PER_SECOND: u32 = 1_000_000_000;
}

impl Clock for Nanoseconds {
    fn start(&mut self) {
        self.began = Some(Instant::now());
    }

    fn stop(&mut self) -> Option<u64> {
        self.began.take()?.elapsed().as_nanos().try_into().ok()
    }
}

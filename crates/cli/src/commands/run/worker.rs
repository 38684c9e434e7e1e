//! A thread with a large stack, and a clock that also ends compilation.

use super::stopped::timed_out;
use crate::failure::{Failure, Kind, Outcome};
use crate::run_args::RunArgs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The stack: wasm3 may use most of it. It is address space; what is not reached takes no memory.
const STACK: usize = 48 << 20;
/// Time beyond the deadline in which the engine has to say itself that it is late.
const GRACE: Duration = Duration::from_millis(500);

/// Clock of a run, which compilation takes part in.
#[derive(Debug, Clone)]
pub struct Clock {
    began: Instant,
    limit: Duration,
    /// Whether an engine has the time that is left, and stops the call itself.
    is_left: Arc<AtomicBool>,
}

impl Clock {
    fn start(limit: Duration) -> Self {
        Self { began: Instant::now(), limit, is_left: Arc::default() }
    }

    /// Returns the time that is left, for an engine that stops the call behind it.
    ///
    /// # Errors
    /// [`Kind::Timeout`] if there is none.
    pub fn left(&self) -> Outcome<Duration> {
        self.is_left.store(true, Relaxed);
        let left = self.limit.checked_sub(self.began.elapsed()).filter(|left| !left.is_zero());
        // Less is a time-out at the first look of an engine.
        left.map(|left| left.max(Duration::from_millis(1))).ok_or_else(|| self.is_over())
    }

    fn is_over(&self) -> Failure {
        let (limit, elapsed) = (self.limit, self.began.elapsed());
        let message = format!("time-out (limit {limit:?}, elapsed {elapsed:?})");
        timed_out(Failure::new(Kind::Timeout, message), limit, elapsed)
    }
}

/// Runs something that takes at most the time-out. An engine stops a call by itself and says more, for which it has some time
/// beyond. Compilation has none. What has not ended then is left to end with the process.
pub fn run<T: Send + 'static>(
    args: &RunArgs,
    work: impl FnOnce(&RunArgs, Clock) -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let clock = Clock::start(args.timeout());
    let (sender, receiver) = channel();
    let (own, its_clock) = (args.clone(), clock.clone());
    let worker = thread::Builder::new().stack_size(STACK).spawn(move || {
        // Nobody listens any more if it is too late.
        let _ = sender.send(work(&own, its_clock));
    });
    if let Err(error) = worker {
        return Err(Failure::new(Kind::Io, format!("the system gives no thread: {error}")));
    }
    let in_time = match receiver.recv_timeout(clock.limit) {
        Err(RecvTimeoutError::Timeout) if clock.is_left.load(Relaxed) => receiver.recv_timeout(GRACE),
        in_time => in_time,
    };
    match in_time {
        Ok(outcome) => outcome,
        Err(RecvTimeoutError::Timeout) => Err(clock.is_over()),
        Err(RecvTimeoutError::Disconnected) => {
            Err(Failure::new(Kind::Input, "the engine failed on the module"))
        }
    }
}

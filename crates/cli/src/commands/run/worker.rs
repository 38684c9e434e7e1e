//! A thread with a large stack, and a clock that also ends compilation.

use super::stopped::timed_out;
use crate::failure::{Failure, Kind, Outcome};
use crate::run_args::RunArgs;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The stack: wasm3 may use most of it. It is address space; what is not reached takes no memory.
const STACK: usize = 48 << 20;
/// Time beyond the deadline in which the engine has to say itself that it is late.
const GRACE: Duration = Duration::from_millis(500);

/// Runs something that takes at most the time-out. An engine stops a call by itself and says more; what has not ended some
/// time after that, such as a compilation, is left to end with the process.
pub fn run<T: Send + 'static>(
    args: &RunArgs,
    work: impl FnOnce(&RunArgs, Instant) -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let (began, limit) = (Instant::now(), args.timeout());
    let (sender, receiver) = channel();
    let own = args.clone();
    let worker = thread::Builder::new().stack_size(STACK).spawn(move || {
        // Nobody listens any more if it is too late.
        let _ = sender.send(work(&own, began));
    });
    if let Err(error) = worker {
        return Err(Failure::new(Kind::Io, format!("the system gives no thread: {error}")));
    }
    match receiver.recv_timeout(limit.saturating_add(GRACE)) {
        Ok(outcome) => outcome,
        Err(RecvTimeoutError::Timeout) => {
            let elapsed = began.elapsed();
            let message = format!("time-out (limit {limit:?}, elapsed {elapsed:?})");
            Err(timed_out(Failure::new(Kind::Timeout, message), limit, elapsed))
        }
        Err(RecvTimeoutError::Disconnected) => {
            Err(Failure::new(Kind::Input, "the engine failed on the module"))
        }
    }
}

//! What others hold.

use super::control::Control;
use super::watchdog;
use crate::raw::{interrupt, with_current};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Cancels an instance, from any thread.
///
/// The call that runs ends with [`HostErrorKind::Cancelled`](crate::HostErrorKind::Cancelled), and so does every later
/// one; the instance is poisoned. A call that has ended before it noticed has its result. A handle that is used twice,
/// or whose instance is gone, does nothing, and one from a pool ends when its instance goes back there.
#[derive(Clone)]
pub struct CancelHandle {
    control: Arc<Control>,
    generation: u64,
}

impl CancelHandle {
    pub(crate) fn new(control: &Arc<Control>) -> Self {
        Self { control: Arc::clone(control), generation: control.generation() }
    }

    /// Cancels the instance. Returns at once, which may be before the call has ended: a guest is left within some
    /// microseconds, a bulk operation or a host function when it is done.
    pub fn cancel(&self) {
        if self.control.cancel(self.generation) {
            interrupt(&self.control);
            watchdog::hurry();
        }
    }

    /// Whether this handle, or a clone of it, was used while it counted.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.control.is_cancelled(self.generation)
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelHandle").field("cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}

/// Whether the call on whose behalf this host function runs was cancelled, or is beyond its deadline. The guest is
/// stopped as soon as the host function returns. `false` outside of host functions.
#[must_use]
pub fn call_stopped() -> bool {
    with_current(|control| control.is_some_and(|control| control.stop().is_some()))
}

/// Time that is left of the call on whose behalf this host function runs, give or take a sixteenth of its deadline;
/// zero when it was cancelled. `None` for a call without a deadline, and outside of host functions.
#[must_use]
pub fn call_time_left() -> Option<Duration> {
    with_current(|control| {
        let control = control?;
        match control.stop() {
            Some(_) => Some(Duration::ZERO),
            None => control.time_left(watchdog::now()).map(Duration::from_micros),
        }
    })
}

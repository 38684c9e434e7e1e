//! Cancels a call from outside.

use crate::stop::{Reason, Stop};
use std::fmt;
use std::sync::Arc;

/// Cancels a call, from any thread. The call ends with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled), wherever it
/// is, unless it has ended before it noticed. Used twice, or after the call, it does nothing.
#[derive(Clone)]
pub struct CallHandle {
    pub(crate) stop: Arc<Stop>,
}

impl CallHandle {
    /// Cancels the call. Returns at once.
    pub fn cancel(&self) {
        self.stop.stop(Reason::Cancelled);
    }

    /// Returns the fuel that the call has used, once it has ended. `None` before that, of a call that did not run, and of a
    /// module that is not metered.
    #[must_use]
    pub fn fuel_used(&self) -> Option<u64> {
        self.stop.used().fuel
    }

    /// Returns whether the call was told to end: by a handle, by its time limit, or because its future was dropped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.reason().is_some()
    }
}

impl fmt::Debug for CallHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallHandle").field("stopped", &self.is_stopped()).finish()
    }
}

//! Ends runs from outside.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tokio::sync::Notify;

/// Handle that ends runs from any thread. Clones are the same handle. A run that has it in its [`RunOptions`](crate::RunOptions) ends
/// with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) within some milliseconds, and so does each later one.
#[derive(Clone, Default)]
pub struct Cancel(Arc<Inner>);

#[derive(Default)]
struct Inner {
    used: AtomicBool,
    told: Notify,
}

impl Cancel {
    /// Returns a handle that was not used.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the runs that have it. Returns at once.
    pub fn cancel(&self) {
        self.0.used.store(true, SeqCst);
        self.0.told.notify_waiters();
    }

    /// Returns whether it was used.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.used.load(SeqCst)
    }

    /// Waits until it is used.
    pub(crate) async fn cancelled(&self) {
        let mut told = std::pin::pin!(self.0.told.notified());
        // From here on no word is missed.
        told.as_mut().enable();
        if !self.is_cancelled() {
            told.await;
        }
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel").field("cancelled", &self.is_cancelled()).finish()
    }
}

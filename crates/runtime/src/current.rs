//! What a host function finds of the call on whose behalf it runs.

use crate::error::ErrorKind;
use crate::race::{First, race};
use crate::stop::Stop;
#[cfg(feature = "http")]
use std::cell::Cell;
use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;
use tokio::runtime::Handle;

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
    #[cfg(feature = "http")]
    static REQUESTS: Cell<usize> = const { Cell::new(0) };
    static REFUSED: RefCell<Option<ErrorKind>> = const { RefCell::new(None) };
}

/// A call, for the host functions that it calls.
#[derive(Clone)]
pub(crate) struct Current {
    pub(crate) stop: Arc<Stop>,
    /// Of the tokio runtime that the caller waits in.
    pub(crate) tokio: Handle,
}

impl Current {
    /// Runs something on behalf of this call.
    pub(crate) fn run<R>(self, run: impl FnOnce() -> R) -> R {
        struct Ended;
        impl Drop for Ended {
            fn drop(&mut self) {
                CURRENT.set(None);
            }
        }
        CURRENT.set(Some(self));
        REFUSED.set(None);
        #[cfg(feature = "http")]
        REQUESTS.set(0);
        let _ended = Ended;
        run()
    }

    /// The guest of this thread sends a request. Returns how many its call has sent, with this one.
    #[cfg(feature = "http")]
    pub(crate) fn count_request() -> usize {
        let sent = REQUESTS.get().saturating_add(1);
        REQUESTS.set(sent);
        sent
    }

    /// The guest asked for what it was not granted, and is stopped for it.
    #[cfg(feature = "http")]
    pub(crate) fn refuse(&self, refused: ErrorKind) {
        REFUSED.set(Some(refused));
    }

    /// Returns why the guest of this thread was stopped, if it asked for what it was not granted.
    pub(crate) fn take_refused() -> Option<ErrorKind> {
        REFUSED.take()
    }

    pub(crate) fn is_there() -> bool {
        CURRENT.with_borrow(Option::is_some)
    }

    pub(crate) fn get() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Waits on this thread for a future, which tokio drives. `None` when the call is told to end before: the future is
    /// dropped then.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        match self.tokio.block_on(race(future, self.stop.told())) {
            First::One(value) => Some(value),
            First::Other(_) => None,
        }
    }
}

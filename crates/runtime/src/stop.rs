//! What a call and those who may stop it know of each other.

use crate::sync::{Mutex, MutexGuard};
use crate::telemetry::Used;
use aingle_wasm_host::CancelHandle;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::Notify;

/// Why a call is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// By its handle.
    Cancelled,
    /// Nobody waits for its result any more.
    Dropped,
    /// It asked for what it was not granted.
    #[cfg_attr(
        not(feature = "http"),
        expect(dead_code, reason = "only requests are refused while a call runs")
    )]
    Refused,
    /// It ran longer than it may.
    Timeout { limit: Duration, elapsed: Duration },
}

/// Whether a call is to end, and how to reach the guest that runs for it.
#[derive(Default)]
pub(crate) struct Stop {
    inner: Mutex<Inner>,
    told: Notify,
    /// What the call used, as far as it is known.
    used: Mutex<Used>,
}

/// What cancels a guest.
pub(crate) enum Guest {
    Host(CancelHandle),
    #[cfg(feature = "wasi")]
    Wasi(aingle_wasm_wasi::Cancel),
}

impl Guest {
    fn cancel(&self) {
        match self {
            Self::Host(guest) => guest.cancel(),
            #[cfg(feature = "wasi")]
            Self::Wasi(guest) => guest.cancel(),
        }
    }
}

#[derive(Default)]
struct Inner {
    reason: Option<Reason>,
    /// Cancels the instance that the call has, while it has one.
    guest: Option<Guest>,
}

impl Stop {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No code of others runs under the lock, so a panic leaves it whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the call to end. Only the first reason counts.
    pub(crate) fn stop(&self, reason: Reason) {
        let mut inner = self.lock();
        if inner.reason.is_some() {
            return;
        }
        inner.reason = Some(reason);
        // Under the lock, so that the instance still is this call's.
        if let Some(guest) = &inner.guest {
            guest.cancel();
        }
        drop(inner);
        self.told.notify_waiters();
    }

    /// The call has this instance from now on.
    pub(crate) fn begin(&self, guest: Guest) {
        let mut inner = self.lock();
        if inner.reason.is_some() {
            guest.cancel();
        }
        inner.guest = Some(guest);
    }

    /// The call has no instance any more.
    pub(crate) fn end(&self) {
        self.lock().guest = None;
    }

    /// The call has used so much.
    pub(crate) fn set_used(&self, used: Used) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = used;
    }

    pub(crate) fn used(&self) -> Used {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reason(&self) -> Option<Reason> {
        self.lock().reason
    }

    /// Waits until the call is told to end.
    pub(crate) async fn told(&self) -> Reason {
        loop {
            let mut told = std::pin::pin!(self.told.notified());
            // From here on no word is missed.
            told.as_mut().enable();
            if let Some(reason) = self.reason() {
                return reason;
            }
            told.await;
        }
    }
}

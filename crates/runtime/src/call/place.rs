//! A place to run a call: one of its module's and one of the runtime's threads.

use crate::error::ErrorKind;
use crate::module::Loaded;
use crate::race::{First, race};
use crate::stop::Stop;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// A place to run a call. It is given back when this is dropped.
pub(crate) struct Place {
    pub(crate) loaded: Arc<Loaded>,
    _module: OwnedSemaphorePermit,
    _thread: OwnedSemaphorePermit,
}

impl Place {
    fn new(loaded: &Arc<Loaded>, module: OwnedSemaphorePermit, thread: OwnedSemaphorePermit) -> Self {
        loaded.counters.in_flight.fetch_add(1, Relaxed);
        Self { loaded: Arc::clone(loaded), _module: module, _thread: thread }
    }

    /// A place that is free at this moment.
    pub(crate) fn try_take(loaded: &Arc<Loaded>, threads: &Arc<Semaphore>) -> Option<Self> {
        let module = Arc::clone(&loaded.places).try_acquire_owned().ok()?;
        let thread = Arc::clone(threads).try_acquire_owned().ok()?;
        Some(Self::new(loaded, module, thread))
    }

    /// Waits for a place, in the order of arrival. Returns how long it waited, too.
    ///
    /// # Errors
    /// [`ErrorKind::QueueFull`], [`ErrorKind::QueueTimeout`], or [`ErrorKind::Cancelled`].
    pub(crate) async fn take(
        loaded: &Arc<Loaded>,
        threads: &Arc<Semaphore>,
        stop: &Stop,
    ) -> Result<(Self, Duration), ErrorKind> {
        if let Some(place) = Self::try_take(loaded, threads) {
            return Ok((place, Duration::ZERO));
        }
        let _waiting = Waiting::begin(&loaded.counters.waiting, loaded.config.max_queue)?;
        let (began, limit) = (Instant::now(), loaded.config.queue_timeout);
        match race(timeout(limit, Self::wait(loaded, threads)), stop.told()).await {
            First::One(Ok(place)) => place.map(|place| (place, began.elapsed())),
            First::One(Err(_)) => Err(ErrorKind::QueueTimeout { limit, waited: began.elapsed() }),
            First::Other(_) => Err(ErrorKind::Cancelled),
        }
    }

    async fn wait(loaded: &Arc<Loaded>, threads: &Arc<Semaphore>) -> Result<Self, ErrorKind> {
        // Neither is ever closed.
        let module = Arc::clone(&loaded.places).acquire_owned().await.map_err(|_| ErrorKind::Cancelled)?;
        let thread = Arc::clone(threads).acquire_owned().await.map_err(|_| ErrorKind::Cancelled)?;
        Ok(Self::new(loaded, module, thread))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.loaded.counters.in_flight.fetch_sub(1, Relaxed);
    }
}

/// One of those that wait.
struct Waiting<'c>(&'c AtomicUsize);

impl<'c> Waiting<'c> {
    fn begin(count: &'c AtomicUsize, limit: usize) -> Result<Self, ErrorKind> {
        let room = |waiting: usize| (waiting < limit).then_some(waiting + 1);
        match count.fetch_update(Relaxed, Relaxed, room) {
            Ok(_) => Ok(Self(count)),
            Err(_) => Err(ErrorKind::QueueFull { limit }),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

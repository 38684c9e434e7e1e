//! How many requests run, and how many wait.

use crate::error::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many requests run, and how many wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// How many requests run at once. More wait.
    pub concurrency: usize,
    /// How many requests wait. More are refused.
    pub queue: usize,
}

/// Places of requests.
pub struct Places {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
}

impl Places {
    pub fn new(room: Room) -> Self {
        Self {
            running: Arc::new(Semaphore::new(room.concurrency.min(Semaphore::MAX_PERMITS))),
            waiting: AtomicUsize::new(0),
            queue: room.queue,
        }
    }

    /// Waits for a place to run, at most this long.
    pub async fn take(&self, limit: Option<Duration>) -> Result<OwnedSemaphorePermit, Error> {
        if let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() {
            return Ok(permit);
        }
        let busy = || Error::from(ErrorKind::Busy { queue: self.queue });
        let waiting = Waiting::begin(&self.waiting, self.queue).ok_or_else(busy)?;
        let room = Arc::clone(&self.running).acquire_owned();
        let permit = match limit {
            Some(limit) => tokio::time::timeout(limit, room).await.map_err(|_| busy())?,
            None => room.await,
        };
        drop(waiting);
        // It is never closed.
        permit.map_err(|_| busy())
    }
}

/// Request that waits.
struct Waiting<'w>(&'w AtomicUsize);

impl<'w> Waiting<'w> {
    fn begin(waiting: &'w AtomicUsize, queue: usize) -> Option<Self> {
        let more = |waiting| (waiting < queue).then_some(waiting + 1);
        waiting.fetch_update(Relaxed, Relaxed, more).ok().map(|_| Self(waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

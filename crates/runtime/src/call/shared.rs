//! What all calls of a runtime share.

use crate::module::Registry;
#[cfg(feature = "service")]
use crate::recent::Recent;
use crate::threads::Threads;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What all calls of a runtime share.
pub(crate) struct Shared {
    pub(crate) registry: Registry,
    pub(crate) threads: Arc<Threads>,
    /// A permit for each thread that may run a call.
    pub(crate) places: Arc<Semaphore>,
    #[cfg(feature = "service")]
    pub(crate) recent: Recent,
}

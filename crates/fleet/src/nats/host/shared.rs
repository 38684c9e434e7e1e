//! What all tasks of a host share.

use super::config::HostConfig;
use super::replies::Replies;
use super::running::Running;
use crate::nats::accounts::Accounts;
use crate::nats::module_hash::ModuleHash;
use crate::nats::once::Ids;
use crate::nats::serve::Exports;
use crate::nats::wire::{Answer, Refusal, Reply};
use async_nats::{Client, Subject};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};

/// What all tasks of a host share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) client: Client,
    pub(super) replies: Replies,
    pub(super) host: String,
    pub(super) config: HostConfig,
    pub(super) ids: Option<Ids>,
    pub(super) modules: RwLock<HashMap<ModuleHash, Arc<Exports>>>,
    pub(super) running: Arc<Running>,
    pub(super) accounts: Accounts,
    /// A permit for each call that may run.
    pub(super) places: Arc<Semaphore>,
    /// Calls that run or wait.
    pub(super) taken: AtomicUsize,
    pub(super) draining: AtomicBool,
    /// Told whenever a call has ended.
    pub(super) ended: Notify,
}

impl Shared {
    pub(super) fn exports(&self, module: &ModuleHash) -> Option<Arc<Exports>> {
        self.modules.read().unwrap_or_else(PoisonError::into_inner).get(module).cloned()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Returns the reply of a call that did not run.
    pub(super) fn unrun(&self, answer: Answer) -> Reply {
        let host = self.host.clone();
        Reply { answer, host, fuel: 0, queued: Duration::ZERO, ran: Duration::ZERO, kept: false }
    }

    /// Sends a reply, if anyone waits for it.
    pub(super) async fn send(&self, to: Option<Subject>, reply: Reply) {
        if let Some(to) = to {
            let alone = self.taken.load(Ordering::SeqCst) <= 1;
            self.replies.send(to, reply, alone).await;
        }
    }
}

/// The place of a call among those that run or wait.
#[derive(Debug)]
pub(super) struct Place {
    shared: Arc<Shared>,
}

impl Place {
    /// Takes a place.
    ///
    /// # Errors
    /// [`Refusal::Draining`] and [`Refusal::Overload`].
    pub(super) fn take(shared: &Arc<Shared>) -> Result<Self, Refusal> {
        if shared.is_draining() {
            return Err(Refusal::Draining);
        }
        let limit = shared.config.in_flight.saturating_add(shared.config.queue);
        if shared.taken.fetch_add(1, Ordering::SeqCst) >= limit {
            shared.taken.fetch_sub(1, Ordering::SeqCst);
            return Err(Refusal::Overload { limit });
        }
        Ok(Self { shared: Arc::clone(shared) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.taken.fetch_sub(1, Ordering::SeqCst);
        self.shared.ended.notify_waiters();
    }
}

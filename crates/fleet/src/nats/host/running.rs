//! The calls that a host has.

use crate::nats::wire::CallId;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The calls that a host has, those that wait included.
#[derive(Debug, Default)]
pub(super) struct Running {
    calls: Mutex<HashMap<CallId, Arc<Notify>>>,
}

/// A call that a host has, until this is dropped.
#[derive(Debug)]
pub(super) struct Entered {
    running: Arc<Running>,
    id: CallId,
    given_up: Arc<Notify>,
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, HashMap<CallId, Arc<Notify>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a call. `None` if the host has it already.
    pub(super) fn enter(self: &Arc<Self>, id: &CallId) -> Option<Entered> {
        let given_up = Arc::<Notify>::default();
        match self.lock().entry(id.clone()) {
            Entry::Occupied(_) => return None,
            Entry::Vacant(place) => place.insert(Arc::clone(&given_up)),
        };
        Some(Entered { running: Arc::clone(self), id: id.clone(), given_up })
    }

    pub(super) fn has(&self, id: &CallId) -> bool {
        self.lock().contains_key(id)
    }

    /// Tells a call that its caller has given it up.
    pub(super) fn give_up(&self, id: &CallId) {
        if let Some(call) = self.lock().get(id) {
            call.notify_one();
        }
    }
}

impl Entered {
    /// Waits until the caller gives up the call.
    pub(super) async fn given_up(&self) {
        self.given_up.notified().await;
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.running.lock().remove(&self.id);
    }
}

//! Which encrypted requests an engine received.

use super::session::session_at;
use crate::config::EngineConfig;
use crate::raw::PerProcess;
use aingle_wasm_codec::encryption::{CallId, ReplayError, Sessions};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// The encrypted requests that the instances of one engine received in one process, if they are remembered.
///
/// A child after `fork` goes on with what its parent had received. From then on neither knows of the other.
pub(crate) struct Received {
    sessions: PerProcess<Mutex<Sessions>>,
    /// Number of sessions that are remembered; 0 for no memory.
    limit: usize,
    reorder: u32,
    since: SystemTime,
}

impl Received {
    pub(crate) fn new(config: &EngineConfig) -> Self {
        let since = config.encryption_since.unwrap_or_else(SystemTime::now);
        let (limit, reorder) = (config.encryption_sessions, config.encryption_reorder);
        Self { sessions: PerProcess::new(), limit, reorder, since }
    }

    /// Takes a request that was authenticated, unless it was received before.
    pub(crate) fn accept(&self, id: &CallId) -> Result<(), ReplayError> {
        if self.limit == 0 {
            return Ok(());
        }
        let (sessions, _) = self.sessions.get(|parents| Mutex::new(self.begin(parents)));
        // A panic leaves the sessions whole: each change is made at once.
        sessions.lock().unwrap_or_else(PoisonError::into_inner).accept(id)
    }

    /// What the parent had, a copy: another thread of the child may be here, too. A thread that a child does not have may hold the lock for ever: then what was received is
    /// not known, and only later sessions are taken.
    fn begin(&self, parents: Option<&Mutex<Sessions>>) -> Sessions {
        let since = |time| Sessions::new(self.limit, self.reorder, session_at(time));
        let Some(parents) = parents else { return since(self.since) };
        match parents.try_lock() {
            Ok(sessions) => sessions.clone(),
            Err(_) => since(SystemTime::now().max(self.since)),
        }
    }
}

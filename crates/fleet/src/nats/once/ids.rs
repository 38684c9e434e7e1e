//! Claims on ids.

use super::record::{Fingerprint, State};
use crate::nats::bucket::{Bucket, broker, open, require_jetstream};
use crate::nats::error::StartError;
use crate::nats::wire::{CallId, Reply};
use async_nats::Client;
use async_nats::jetstream::kv::{CreateErrorKind, Operation, Store};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The bucket of ids.
pub(crate) const BUCKET: &str = "aingle_calls";

/// How often the broker is asked, when it does not say whether it stored something.
const TRIES: u32 = 3;

/// The ids of calls.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    store: Store,
    /// The number of the next claim.
    claims: Arc<AtomicU64>,
}

/// An id that a host has claimed: it, and nobody else, may run the call.
#[derive(Debug)]
pub(crate) struct Claimed {
    id: CallId,
    of: Fingerprint,
    revision: u64,
}

/// What came of a claim.
#[derive(Debug)]
pub(crate) enum Claim {
    Mine(Claimed),
    /// Somebody was there first.
    Other(State),
}

impl Ids {
    /// Opens the bucket, and makes it if it is not there.
    ///
    /// # Errors
    /// As [`require_jetstream`] and [`open`].
    pub(crate) async fn open(
        client: &Client,
        age: Duration,
        bytes: u64,
        replicas: usize,
    ) -> Result<Self, StartError> {
        let context = require_jetstream(client)?;
        let description = "Ids of calls that run once";
        let bucket = Bucket { name: BUCKET, description, age, bytes, replicas };
        Ok(Self::of(open(&context, &bucket).await?))
    }

    /// Opens the bucket that hosts have made.
    ///
    /// # Errors
    /// [`StartError::NoJetStream`] and [`StartError::Broker`].
    pub(crate) async fn of_hosts(client: &Client) -> Result<Self, StartError> {
        let store = require_jetstream(client)?.get_key_value(BUCKET).await;
        Ok(Self::of(store.map_err(|error| broker("open the bucket of ids", error))?))
    }

    fn of(store: Store) -> Self {
        Self { store, claims: Arc::default() }
    }

    /// Claims an id for a host. `host` is the name of this process and of no other.
    ///
    /// # Errors
    /// The words of the broker. The id is not this host's then, though it may be stored as if it were.
    pub(crate) async fn claim(&self, id: &CallId, host: &str, of: &Fingerprint) -> Result<Claim, String> {
        let claim = self.claims.fetch_add(1, Ordering::Relaxed);
        let state = State::Claimed { host: host.into(), claim, of: of.clone() };
        let created = self.store.create(id.as_str(), state.encode(0).into()).await;
        let error = match created {
            Ok(revision) => return Ok(Claim::Mine(self.claimed(id, of, revision))),
            Err(error) => error,
        };
        if error.kind() != CreateErrorKind::AlreadyExists {
            return Err(error.to_string());
        }
        match self.entry(id).await? {
            Some((found, revision)) if found == state => {
                // It was stored, and the word of that was lost.
                Ok(Claim::Mine(self.claimed(id, of, revision)))
            }
            Some((found, _)) => Ok(Claim::Other(found)),
            None => Err("the id is there, and cannot be read".into()),
        }
    }

    fn claimed(&self, id: &CallId, of: &Fingerprint, revision: u64) -> Claimed {
        Claimed { id: id.clone(), of: of.clone(), revision }
    }

    /// Stores how a call ended. Bodies of more than `keep` bytes are left out.
    ///
    /// # Errors
    /// The words of the broker.
    pub(crate) async fn done(&self, claimed: Claimed, reply: &Reply, keep: usize) -> Result<(), String> {
        let Claimed { id, of, revision } = claimed;
        let state = State::Done { of, reply: reply.clone() };
        let bytes = state.encode(keep);
        let mut why = String::new();
        for _ in 0..TRIES {
            match self.store.update(id.as_str(), bytes.clone().into(), revision).await {
                Ok(_) => return Ok(()),
                Err(error) => why = error.to_string(),
            }
            // It may be stored, and only the word of that was lost.
            if let Ok(Some((State::Done { .. }, _))) = self.entry(&id).await {
                return Ok(());
            }
        }
        Err(why)
    }

    /// Gives an id back: the function did not begin.
    ///
    /// # Errors
    /// The words of the broker. The id stays claimed then.
    pub(crate) async fn release(&self, claimed: Claimed) -> Result<(), String> {
        let deleted = self.store.delete_expect_revision(claimed.id.as_str(), Some(claimed.revision)).await;
        deleted.map_err(|error| error.to_string())
    }

    /// Makes sure that a call that has not begun never does. Returns what is stored if that is too late.
    ///
    /// # Errors
    /// The words of the broker.
    pub(crate) async fn give_up(&self, id: &CallId) -> Result<Option<State>, String> {
        match self.store.create(id.as_str(), State::GivenUp.encode(0).into()).await {
            Ok(_) => Ok(None),
            Err(error) if error.kind() == CreateErrorKind::AlreadyExists => {
                Ok(self.get(id).await?.filter(|state| *state != State::GivenUp))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// Returns what is stored of a call.
    ///
    /// # Errors
    /// The words of the broker.
    pub(crate) async fn get(&self, id: &CallId) -> Result<Option<State>, String> {
        Ok(self.entry(id).await?.map(|(state, _)| state))
    }

    async fn entry(&self, id: &CallId) -> Result<Option<(State, u64)>, String> {
        let entry = self.store.entry(id.as_str()).await.map_err(|error| error.to_string())?;
        let Some(entry) = entry.filter(|entry| entry.operation == Operation::Put) else { return Ok(None) };
        let state = State::decode(&entry.value).ok_or("the entry of the id is damaged")?;
        Ok(Some((state, entry.revision)))
    }
}

//! Starts a host, and lets it leave.

use super::config::HostConfig;
use super::intake::intake;
use super::replies::Replies;
use super::running::Running;
use super::shared::Shared;
use super::tell::{about_host, about_module};
use crate::nats::accounts::{Accounts, Stored};
use crate::nats::bucket::broker;
use crate::nats::error::StartError;
use crate::nats::module_hash::ModuleHash;
use crate::nats::once::Ids;
use crate::nats::serve::{Exports, Serve};
use crate::nats::wire::{self, QUEUE_GROUP};
use async_nats::{Client, Request, RequestError};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// How often accounts are stored.
const KEEP: Duration = Duration::from_secs(1);

/// How long the server may take to answer.
const ROUND_TRIP: Duration = Duration::from_secs(10);

/// The longest time that a host takes to leave. Clocks of the system end somewhere.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// The least time for the last messages of a host that leaves.
const LAST: Duration = Duration::from_secs(1);

/// A host that takes calls from a queue group. Dropped, it takes no more calls and answers no more questions, so callers
/// take it for dead; what runs goes on. [`Host::drain`] ends it without a loss.
pub struct Host<S> {
    shared: Arc<Shared>,
    serve: Arc<S>,
    leave: watch::Sender<bool>,
    /// Those that take calls.
    intakes: JoinSet<()>,
    /// Those that answer questions.
    tells: JoinSet<()>,
}

/// How a host left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Calls that had not ended in the time that they had. They were given up.
    pub given_up: usize,
}

impl<S: Serve> Host<S> {
    /// Starts a host without modules.
    ///
    /// # Errors
    /// [`StartError::NoJetStream`] and [`StartError::Setting`] if `config.once` is set, and [`StartError::Broker`].
    pub async fn start(client: Client, config: HostConfig, serve: S) -> Result<Self, StartError> {
        let ids = match &config.once {
            Some(once) => Some(Ids::open(&client, once.age, once.bytes, once.replicas).await?),
            None => None,
        };
        let own = client.new_inbox();
        let shared = Arc::new(Shared {
            host: format!("{}-{}", token(&config.name), own.rsplit('.').next().unwrap_or_default()),
            replies: Replies::new(client.clone()),
            client,
            ids,
            modules: RwLock::new(HashMap::new()),
            running: Arc::new(Running::default()),
            accounts: Accounts::default(),
            places: Arc::new(Semaphore::new(config.in_flight.clamp(1, Semaphore::MAX_PERMITS))),
            taken: AtomicUsize::new(0),
            draining: AtomicBool::new(false),
            ended: Notify::new(),
            config,
        });
        let (leave, mut tells) = (watch::Sender::new(false), JoinSet::new());
        if has_jetstream(&shared) {
            let stored = Stored::open(&shared.client).await?;
            tells.spawn(keep(stored, Arc::clone(&shared)));
        }
        about_host(&shared, &mut tells).await.map_err(|error| broker("subscribe", error))?;
        Ok(Self { shared, serve: Arc::new(serve), leave, intakes: JoinSet::new(), tells })
    }

    /// Returns the name of the host, which no other process has.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.host
    }

    /// Takes calls of a module from now on. What it exports is what the callers' types are compared with.
    ///
    /// # Errors
    /// [`StartError::Broker`].
    pub async fn serve_module(&mut self, module: ModuleHash, exports: Exports) -> Result<(), StartError> {
        let had = {
            let mut modules = self.shared.modules.write().unwrap_or_else(PoisonError::into_inner);
            modules.insert(module, Arc::new(exports)).is_some()
        };
        if had {
            return Ok(());
        }
        let failed = |error| broker("subscribe", error);
        // Before the calls, so that nobody who asks for one is left without an answer.
        about_module(&module, &self.shared, &mut self.tells).await.map_err(failed)?;
        let calls = self.shared.client.queue_subscribe(wire::calls(&module), QUEUE_GROUP.into()).await;
        let calls = calls.map_err(failed)?;
        let (shared, serve) = (Arc::clone(&self.shared), Arc::clone(&self.serve));
        self.intakes.spawn(intake(calls, shared, serve, self.leave.subscribe()));
        self.round_trip().await.map_err(|error| broker("take a subscription", error))
    }

    /// Sends a message to the host itself. When it is answered, the server has taken everything that was sent before.
    async fn round_trip(&self) -> Result<(), RequestError> {
        let question = Request::new().timeout(Some(ROUND_TRIP));
        self.shared.client.send_request(wire::host(&self.shared.host), question).await.map(drop)
    }

    /// Leaves: takes no more calls, refuses those on their way, finishes those that it has, and sends every reply.
    /// Calls that take longer than `within`, or than a year, are given up.
    pub async fn drain(mut self, within: Duration) -> Drained {
        let end = Instant::now() + within.min(LONGEST);
        self.shared.draining.store(true, Ordering::SeqCst);
        let _ = self.leave.send(true);
        let left = |end: Instant| end.saturating_duration_since(Instant::now());
        let _ = timeout(left(end), async { while self.intakes.join_next().await.is_some() {} }).await;
        while self.shared.taken.load(Ordering::SeqCst) > 0 {
            let ended = self.shared.ended.notified();
            if self.shared.taken.load(Ordering::SeqCst) == 0 {
                break;
            }
            if timeout(left(end), ended).await.is_err() {
                break;
            }
        }
        let given_up = self.shared.taken.load(Ordering::SeqCst);
        if has_jetstream(&self.shared) {
            let stored = async {
                let stored = Stored::open(&self.shared.client).await.ok()?;
                stored.put(&self.shared.host, &self.shared.accounts.all()).await.ok()
            };
            let _ = timeout(left(end).max(LAST), stored).await;
        }
        // With the broker gone there is nobody to send to.
        let last = async {
            self.shared.replies.sent().await;
            self.round_trip().await
        };
        let _ = timeout(left(end).max(LAST), last).await;
        Drained { given_up }
    }
}

impl<S> fmt::Debug for Host<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("name", &self.shared.host).finish_non_exhaustive()
    }
}

/// Whether the host has JetStream.
fn has_jetstream(shared: &Shared) -> bool {
    shared.ids.is_some()
}

/// Stores the accounts again and again, whenever they have changed.
async fn keep(stored: Stored, shared: Arc<Shared>) {
    let mut last = BTreeMap::new();
    loop {
        sleep(KEEP).await;
        let now = shared.accounts.all();
        if now != last && stored.put_changed(&shared.host, &last, &now).await.is_ok() {
            last = now;
        }
    }
}

/// A name as a part of a subject.
fn token(name: &str) -> String {
    let other = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
    name.chars().take(40).map(|letter| if other(letter) { '-' } else { letter }).collect()
}

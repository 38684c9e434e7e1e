//! Finds out by its id what became of a call.

use super::Caller;
use super::options::CallOptions;
use crate::nats::error::{CallError, StartError};
use crate::nats::once::{Fingerprint, Ids, State};
use crate::nats::wire::{CallId, Ran, Reply, Taken};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// The first and the longest pause between two looks at an id.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(250));

/// For how many probes a host is not there before it is taken for dead. It may be on its way back to a broker that restarted.
const ABSENT: u32 = 2;

/// How long the last question after the deadline may take.
const LAST: Duration = Duration::from_secs(2);

/// What became of a call.
pub(super) enum Fate {
    Ended(Box<Reply>),
    /// No host has begun.
    NotBegun,
    /// There was no answer in time.
    Unanswered(Ran),
}

impl Caller {
    async fn ids(&self) -> Result<&Ids, StartError> {
        self.inner.ids.get_or_try_init(|| Ids::of_hosts(&self.inner.client)).await
    }

    /// Waits until a call that may have begun has ended, or until its host is gone.
    ///
    /// # Errors
    /// [`CallError::HostDied`] and [`CallError::Duplicate`].
    pub(super) async fn follow(
        &self,
        id: &CallId,
        of: &Fingerprint,
        until: Instant,
        options: &CallOptions,
    ) -> Result<Fate, CallError> {
        let (mut pause, mut absent) = (PAUSES.0, None::<Instant>);
        loop {
            let look = async { self.ids().await.map_err(|error| error.to_string())?.get(id).await };
            match timeout_at(until, look).await {
                Ok(Ok(None)) => return Ok(Fate::NotBegun),
                Ok(Ok(Some(State::Claimed { of: found, host, .. }))) if found == *of => {
                    let grace = options.probes() * ABSENT;
                    if absent.is_some_and(|since| since.elapsed() >= grace) {
                        return Err(CallError::HostDied { host });
                    }
                    let there = timeout_at(until, self.is_there(&host, options.probes())).await;
                    absent = if there == Ok(true) { None } else { absent.or_else(|| Some(Instant::now())) };
                }
                Ok(Ok(Some(state))) => return known(state, of),
                // The broker is away: it may come back.
                Ok(Err(_)) => {}
                Err(_) => return self.last(id, of).await,
            }
            if timeout_at(until, sleep(pause)).await.is_err() {
                return self.last(id, of).await;
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Asks once more, and makes sure that a call that has not begun never does.
    ///
    /// # Errors
    /// As [`Caller::follow`].
    pub(super) async fn last(&self, id: &CallId, of: &Fingerprint) -> Result<Fate, CallError> {
        let ask = async { self.ids().await.map_err(|error| error.to_string())?.give_up(id).await };
        match timeout(LAST, ask).await {
            Ok(Ok(None)) => Ok(Fate::Unanswered(Ran::No)),
            Ok(Ok(Some(State::Claimed { of: found, .. }))) if found == *of => {
                Ok(Fate::Unanswered(Ran::Unknown))
            }
            Ok(Ok(Some(state))) => known(state, of),
            Ok(Err(_)) | Err(_) => Ok(Fate::Unanswered(Ran::Unknown)),
        }
    }
}

/// What is known of a call that no host has at this moment.
fn known(state: State, expected: &Fingerprint) -> Result<Fate, CallError> {
    match state {
        State::Done { of, reply } if of == *expected => Ok(Fate::Ended(Box::new(reply))),
        State::Claimed { .. } | State::Done { .. } => Err(CallError::Duplicate(Taken::OtherCall)),
        State::GivenUp => Err(CallError::Refused(crate::nats::wire::Refusal::GivenUp)),
    }
}

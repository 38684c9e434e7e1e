//! A call: attempts until one is answered.

use super::Caller;
use super::attempt::Attempt;
use super::follow::Fate;
use super::options::{CallOptions, Replied, Report};
use super::telemetry;
use crate::nats::error::CallError;
use crate::nats::once::Fingerprint;
use crate::nats::wire::{Answer, CallId, Failure, Prepared, Ran, Refusal, Reply, Request, Runs, Taken};
use aingle_wasm_types::ErrorCode;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tracing::Instrument;

/// The first pause before a call is sent again; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(5);

/// How often a call is sent at most while hosts have too much to do: they are not helped by more of it.
const OVERLOADS: u32 = 3;

/// The longest pause.
const LONGEST: Duration = Duration::from_millis(500);

type Answered = Result<Vec<u8>, (ErrorCode, Vec<u8>)>;

impl Caller {
    /// Makes a call.
    ///
    /// # Errors
    /// Any [`CallError`], except for what concerns the values.
    pub(super) async fn run(
        &self,
        target: &Prepared,
        payload: Vec<u8>,
        options: &CallOptions,
    ) -> Result<Replied<Answered>, CallError> {
        let id = options.id.clone().unwrap_or_else(|| self.new_id());
        let span = telemetry::call_span(&target.target, &id, options);
        let ended = self.make(target, payload, options, id).instrument(span.clone()).await;
        telemetry::called(&span, ended.as_ref().map(|replied| &replied.report));
        ended
    }

    async fn make(
        &self,
        target: &Prepared,
        payload: Vec<u8>,
        options: &CallOptions,
        id: CallId,
    ) -> Result<Replied<Answered>, CallError> {
        let until = Instant::now() + options.waits();
        let call = Making { caller: self, target, payload: &payload, options, until, id: &id };
        let mut tries = 0;
        let reply = call.replied(&mut tries).await?;
        let report = Report {
            host: reply.host,
            fuel: reply.fuel,
            queued: reply.queued,
            ran: reply.ran,
            kept: reply.kept,
            tries,
            id,
        };
        let value = match reply.answer {
            Answer::Done(payload) => Ok(payload),
            Answer::Error { code, body } => Err((code, body)),
            // The host has stopped it because this caller's time is over, and was as quick to say so.
            Answer::Failed(Failure::Timeout { .. } | Failure::GivenUp) if until <= Instant::now() => {
                return Err(CallError::Deadline { limit: options.deadline, ran: Ran::Yes });
            }
            Answer::Failed(failure) => return Err(CallError::Failed(failure)),
            Answer::Refused(refusal) => return Err(CallError::Refused(refusal)),
            Answer::Taken(taken) => return Err(CallError::Duplicate(taken)),
        };
        Ok(Replied { value, report })
    }
}

/// A call that is being made.
struct Making<'c> {
    caller: &'c Caller,
    target: &'c Prepared,
    payload: &'c [u8],
    options: &'c CallOptions,
    until: Instant,
    id: &'c CallId,
}

/// What to do after an attempt.
enum Next {
    End(Box<Reply>),
    /// It did not run, or may run again.
    Again(CallError),
}

impl Making<'_> {
    /// Sends the call until it is answered. Counts how often.
    async fn replied(&self, tries: &mut u32) -> Result<Reply, CallError> {
        let (mut pause, mut lost, mut overloads) = (PAUSE, false, 0);
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            *tries += 1;
            let attempt = self.attempt(left).await?;
            lost |= matches!(attempt, Attempt::Lost);
            let error = match self.next(attempt, *tries).await? {
                Next::End(reply) => match reply.answer {
                    // It is not the word of whoever has the message that was lost.
                    Answer::Refused(refusal) if lost => {
                        return self.spent(CallError::Refused(refusal), *tries, lost).await;
                    }
                    _ => return Ok(*reply),
                },
                Next::Again(error) => error,
            };
            overloads += u32::from(matches!(error, CallError::Refused(Refusal::Overload { .. })));
            let enough = *tries >= self.options.tries || overloads == OVERLOADS;
            if enough || Instant::now() + pause >= self.until {
                return self.spent(error, *tries, lost).await;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST);
        }
    }

    async fn attempt(&self, left: Duration) -> Result<Attempt, CallError> {
        let options = self.options;
        let request = Request {
            id: self.id.clone(),
            deadline: left,
            runs: options.runs,
            caller: self.caller.inner.name.clone(),
            fuel: options.fuel,
            trace: options.trace.clone(),
        };
        self.caller.attempt(self.target, &request, self.payload, self.until, options).await
    }

    async fn next(&self, attempt: Attempt, tries: u32) -> Result<Next, CallError> {
        let limit = self.options.deadline;
        match attempt {
            Attempt::Replied(reply) => match reply.answer {
                Answer::Refused(
                    refusal @ (Refusal::Overload { .. } | Refusal::Draining | Refusal::NotClaimed { .. }),
                ) => Ok(Next::Again(CallError::Refused(refusal))),
                // It may be ours: a host has the message of an earlier attempt, or of another process.
                Answer::Taken(Taken::Claimed { .. }) if self.options.runs == Runs::Once => {
                    self.follow().await
                }
                Answer::Taken(taken @ Taken::Claimed { .. }) => Ok(Next::Again(CallError::Duplicate(taken))),
                _ => Ok(Next::End(Box::new(reply))),
            },
            // Hosts that were there may be on their way back.
            Attempt::NoResponder if tries > 1 => Ok(Next::Again(CallError::NoResponder)),
            Attempt::NoResponder => Err(CallError::NoResponder),
            Attempt::NotSent if tries == 1 => Err(CallError::Deadline { limit, ran: Ran::No }),
            Attempt::Lost if self.options.runs == Runs::Once => self.follow().await,
            Attempt::Lost => Ok(Next::Again(self.unknown())),
            Attempt::Late | Attempt::NotSent => Ok(Next::End(Box::new(self.late().await?))),
        }
    }

    async fn follow(&self) -> Result<Next, CallError> {
        let of = Fingerprint::of(&self.target.target, self.payload);
        match self.caller.follow(self.id, &of, self.until, self.options).await? {
            Fate::Ended(reply) => Ok(Next::End(reply)),
            Fate::NotBegun => Ok(Next::Again(self.unknown())),
            Fate::Unanswered(ran) => Err(self.late_with(ran)),
        }
    }

    /// The deadline is over.
    async fn late(&self) -> Result<Reply, CallError> {
        match self.last().await? {
            Ok(reply) => Ok(reply),
            Err(ran) => Err(self.late_with(ran)),
        }
    }

    /// There are no tries left, or no time for one. `lost` says that a message may be seen yet that nobody has answered.
    async fn spent(&self, error: CallError, tries: u32, lost: bool) -> Result<Reply, CallError> {
        if error.ran() == Ran::No && !lost {
            return Err(error);
        }
        match self.last().await? {
            Ok(reply) => Ok(reply),
            Err(ran) => Err(CallError::Lost { tries, ran }),
        }
    }

    /// Finds out what can be found out, and makes sure that a call that runs once does not begin any more.
    async fn last(&self) -> Result<Result<Reply, Ran>, CallError> {
        if self.options.runs == Runs::Repeatedly {
            return Ok(Err(Ran::Unknown));
        }
        let of = Fingerprint::of(&self.target.target, self.payload);
        Ok(match self.caller.last(self.id, &of).await? {
            Fate::Ended(reply) => Ok(*reply),
            Fate::NotBegun => Err(Ran::Unknown),
            Fate::Unanswered(ran) => Err(ran),
        })
    }

    fn late_with(&self, ran: Ran) -> CallError {
        CallError::Deadline { limit: self.options.deadline, ran }
    }

    fn unknown(&self) -> CallError {
        self.late_with(Ran::Unknown)
    }
}

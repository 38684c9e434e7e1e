//! One call: wait for a place, claim its id, run it, store how it ended, answer.

use super::intake::millis;
use super::running::Entered;
use super::shared::{Place, Shared};
use super::telemetry;
use crate::nats::once::{Claim, Claimed, Fingerprint, State};
use crate::nats::serve::{Call, Serve, Served, Unanswered};
use crate::nats::wire::{Answer, Failure, Refusal, Reply, Request, Runs, Taken, Target};
use aingle_wasm_types::ErrorCode;
use async_nats::Subject;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::SemaphorePermit;
use tokio::time::timeout;
use tracing::Instrument;

/// Bytes that the headers of a reply take at most. Below that, nobody counts them.
const REPLY_HEADERS: usize = 512;

/// Bytes of an entry of the bucket of ids, beside the body of a reply.
const ENTRY: usize = 1024;

/// A call that was accepted.
pub(super) struct Accepted {
    pub(super) request: Request,
    pub(super) target: Target,
    pub(super) payload: Vec<u8>,
    pub(super) reply: Option<Subject>,
    pub(super) at: Instant,
    pub(super) place: Place,
    pub(super) entered: Entered,
}

pub(super) async fn work<S: Serve>(mut accepted: Accepted, shared: Arc<Shared>, serve: Arc<S>) {
    let to = accepted.reply.take();
    let span = telemetry::serve_span(&accepted.target, &accepted.request, &shared.host);
    let reply = match run(&mut accepted, &shared, &*serve).instrument(span.clone()).await {
        Ok(reply) => reply,
        Err(answer) => shared.unrun(answer),
    };
    telemetry::served(&span, &reply);
    // A caller who asks from now on finds what is stored, and a question that comes before is answered with "I have it".
    let Accepted { place, entered, .. } = accepted;
    shared.send(to, reply).await;
    drop((entered, place));
}

/// Runs the call.
///
/// # Errors
/// What is answered if it did not run here.
async fn run<S: Serve>(accepted: &mut Accepted, shared: &Shared, serve: &S) -> Result<Reply, Answer> {
    let _permit = match shared.places.try_acquire() {
        Ok(permit) => permit,
        Err(_) => waited(accepted, shared).await?,
    };
    if left(accepted).is_zero() {
        return Err(late(accepted));
    }
    let claimed = match accepted.request.runs {
        Runs::Once => match claim(accepted, shared).await? {
            Ok(claimed) => Some(claimed),
            Err(kept) => return Ok(kept),
        },
        Runs::Repeatedly => None,
    };
    let queued = accepted.at.elapsed();
    // Claimed or not, nobody waits for it any more.
    let served = if left(accepted).is_zero() {
        Served { fuel: 0, result: Err(Unanswered::Refused(refused_late(accepted))) }
    } else {
        served(accepted, shared, serve).await
    };
    let ran = accepted.at.elapsed() - queued;
    let reply = answered(served, accepted, shared, queued, ran);
    if let (Some(claimed), Some(ids), Some(once)) = (claimed, &shared.ids, &shared.config.once) {
        // What is not stored is answered all the same. Whoever asks for it later is told that it was claimed.
        let _ = match &reply.answer {
            Answer::Refused(_) => ids.release(claimed).await,
            _ => {
                let keep = once.keep.min(shared.client.max_payload().saturating_sub(ENTRY));
                ids.done(claimed, &reply, keep).await
            }
        };
    }
    Ok(reply)
}

/// Waits for a place.
async fn waited<'s>(accepted: &Accepted, shared: &'s Shared) -> Result<SemaphorePermit<'s>, Answer> {
    tokio::select! {
        permit = timeout(left(accepted), shared.places.acquire()) => match permit {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(late(accepted)),
        },
        () = accepted.entered.given_up() => Err(Answer::Refused(Refusal::GivenUp)),
    }
}

/// Claims the id. The inner error is the reply of the call that had it.
async fn claim(accepted: &Accepted, shared: &Shared) -> Result<Result<Claimed, Reply>, Answer> {
    let Some(ids) = &shared.ids else { return Err(Answer::Refused(Refusal::OnlyRepeatedly)) };
    let fingerprint = Fingerprint::of(&accepted.target, &accepted.payload);
    let claim = ids.claim(&accepted.request.id, &shared.host, &fingerprint).await;
    let other = match claim.map_err(|why| Answer::Refused(Refusal::NotClaimed { why }))? {
        Claim::Mine(claimed) => return Ok(Ok(claimed)),
        Claim::Other(state) => state,
    };
    match other {
        State::GivenUp => Err(Answer::Refused(Refusal::GivenUp)),
        State::Claimed { of, .. } | State::Done { of, .. } if of != fingerprint => {
            Err(Answer::Taken(Taken::OtherCall))
        }
        State::Claimed { host, .. } => Err(Answer::Taken(Taken::Claimed { host })),
        State::Done { reply, .. } => Ok(Err(reply)),
    }
}

async fn served<S: Serve>(accepted: &mut Accepted, shared: &Shared, serve: &S) -> Served {
    let (left, request) = (left(accepted), &accepted.request);
    let fuel = match (request.fuel, shared.config.fuel) {
        (Some(asked), Some(limit)) => Some(asked.min(limit)),
        (asked, limit) => asked.or(limit),
    };
    let call = Call {
        module: accepted.target.module,
        function: accepted.target.function.clone(),
        form: accepted.target.form,
        payload: std::mem::take(&mut accepted.payload),
        fuel,
        left,
        caller: request.caller.clone(),
        id: request.id.clone(),
        trace: request.trace.clone(),
    };
    tokio::select! {
        served = timeout(left, AssertUnwindSafe(serve.serve(call)).catch_unwind()) => match served {
            Ok(Ok(served)) => served,
            // The caller would wait for a reply that never comes.
            Ok(Err(_)) => failed(Failure::Other { message: "the host's own code panicked".into() }),
            Err(_) => failed(Failure::Timeout { limit_ms: millis(accepted.request.deadline) }),
        },
        () = accepted.entered.given_up() => failed(Failure::GivenUp),
    }
}

fn failed(failure: Failure) -> Served {
    Served { fuel: 0, result: Err(Unanswered::Failed(failure)) }
}

/// Accounts a call that ran, and returns its reply.
fn answered(served: Served, accepted: &Accepted, shared: &Shared, queued: Duration, ran: Duration) -> Reply {
    let Served { fuel, result } = served;
    let answer = match result {
        Ok(payload) => Answer::Done(payload),
        Err(Unanswered::Error { code, body }) => Answer::Error { code, body },
        Err(Unanswered::Failed(failure)) => Answer::Failed(failure),
        Err(Unanswered::Refused(refusal)) => Answer::Refused(refusal),
    };
    if !matches!(answer, Answer::Refused(_)) {
        let failed = matches!(answer, Answer::Failed(_));
        shared.accounts.add(&accepted.request.caller, fuel, failed);
    }
    let body = match &answer {
        Answer::Done(payload) => payload.len(),
        Answer::Error { body, .. } => body.len() + ErrorCode::PREFIX_LEN + "error".len() - "done".len(),
        // Its words may be the guest's.
        Answer::Failed(_) => answer.encode().1.len() + "failed".len() - "done".len(),
        _ => 0,
    };
    let mut reply = Reply { answer, host: shared.host.clone(), fuel, queued, ran, kept: false };
    let limit = shared.client.max_payload();
    if body.saturating_add(REPLY_HEADERS) > limit && reply.sent_len(body) > limit {
        let (limit, found) = (limit as u64, reply.sent_len(body) as u64);
        reply.answer = Answer::Failed(Failure::ReplyTooLarge { limit, found });
    }
    reply
}

fn left(accepted: &Accepted) -> Duration {
    accepted.request.deadline.saturating_sub(accepted.at.elapsed())
}

fn late(accepted: &Accepted) -> Answer {
    Answer::Refused(refused_late(accepted))
}

fn refused_late(accepted: &Accepted) -> Refusal {
    let (limit, waited) = (accepted.request.deadline, accepted.at.elapsed());
    Refusal::Deadline { limit_ms: millis(limit), waited_ms: millis(waited) }
}

//! Takes the messages of one module.

use super::shared::{Place, Shared};
use super::work::{Accepted, work};
use crate::nats::serve::{Serve, check};
use crate::nats::wire::{Answer, Refusal, Request, Runs, Taken, Target};
use async_nats::{Message, Subscriber};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Takes calls until the host drains, and answers those that are on their way then.
pub(super) async fn intake<S: Serve>(
    mut calls: Subscriber,
    shared: Arc<Shared>,
    serve: Arc<S>,
    mut leave: watch::Receiver<bool>,
) {
    loop {
        let message = tokio::select! {
            message = calls.next() => message,
            // An error: the host was dropped.
            _ = leave.wait_for(|leave| *leave) => break,
        };
        let Some(message) = message else { return };
        begin(message, &shared, &serve).await;
    }
    if calls.drain().await.is_ok() {
        while let Some(message) = calls.next().await {
            begin(message, &shared, &serve).await;
        }
    }
}

/// Begins a call in a task of its own, or refuses it at once.
async fn begin<S: Serve>(message: Message, shared: &Arc<Shared>, serve: &Arc<S>) {
    let reply = message.reply.clone();
    match accept(message, shared) {
        Ok(accepted) => {
            let (shared, serve) = (Arc::clone(shared), Arc::clone(serve));
            tokio::spawn(async move { work(accepted, shared, serve).await });
        }
        Err(answer) => shared.send(reply, shared.unrun(answer)).await,
    }
}

fn accept(message: Message, shared: &Arc<Shared>) -> Result<Accepted, Answer> {
    accepted(message, shared).map_err(Answer::Refused)?
}

/// The outer error is a refusal.
fn accepted(message: Message, shared: &Arc<Shared>) -> Result<Result<Accepted, Answer>, Refusal> {
    let request = Request::decode(message.headers.as_ref())?;
    let target = Target::parse(&message.subject).ok_or_else(|| Refusal::Malformed {
        field: "subject".into(),
        found: message.subject.chars().take(160).collect(),
    })?;
    // The subscription is of a module that is there.
    let exports = shared.exports(&target.module).unwrap_or_default();
    check(&exports, &target.function, target.form)?;
    let (limit, found) = (shared.config.max_payload, message.payload.len() as u64);
    if let Some(limit) = limit.filter(|limit| found > *limit) {
        return Err(Refusal::TooLarge { limit, found });
    }
    if request.runs == Runs::Once {
        check_once(&request, shared)?;
    }
    let place = Place::take(shared)?;
    let Some(entered) = shared.running.enter(&request.id) else {
        return Ok(Err(Answer::Taken(Taken::Claimed { host: shared.host.clone() })));
    };
    let (at, payload, reply) = (Instant::now(), message.payload.into(), message.reply);
    Ok(Ok(Accepted { request, target, payload, reply, at, place, entered }))
}

fn check_once(request: &Request, shared: &Shared) -> Result<(), Refusal> {
    let Some(once) = &shared.config.once else { return Err(Refusal::OnlyRepeatedly) };
    let limit = once.age / 4;
    if request.deadline > limit {
        let (limit_ms, found_ms) = (millis(limit), millis(request.deadline));
        return Err(Refusal::DeadlineTooLong { limit_ms, found_ms });
    }
    Ok(())
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

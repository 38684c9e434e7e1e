//! Answers what callers ask besides calls: who has one, whether a host is there, what it has accounted.

use super::shared::Shared;
use crate::nats::accounts::Told;
use crate::nats::module_hash::ModuleHash;
use crate::nats::wire::{self, CallId};
use async_nats::{Message, SubscribeError, Subscriber};
use futures_util::StreamExt;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Subscribes to the questions about the host. The tasks end with the set.
///
/// # Errors
/// If the client is closed.
pub(super) async fn about_host(shared: &Arc<Shared>, tasks: &mut JoinSet<()>) -> Result<(), SubscribeError> {
    let pings = shared.client.subscribe(wire::host(&shared.host)).await?;
    tasks.spawn(each(pings, Arc::clone(shared), |shared, _| Some(shared.host.clone().into_bytes())));
    let stats = shared.client.subscribe(wire::stats()).await?;
    tasks.spawn(each(stats, Arc::clone(shared), |shared, _| {
        let told = Told { host: shared.host.clone(), accounts: shared.accounts.all() };
        serde_json::to_vec(&told).ok()
    }));
    Ok(())
}

/// Subscribes to the questions about the calls of a module.
///
/// # Errors
/// If the client is closed.
pub(super) async fn about_module(
    module: &ModuleHash,
    shared: &Arc<Shared>,
    tasks: &mut JoinSet<()>,
) -> Result<(), SubscribeError> {
    let who = shared.client.subscribe(wire::who(module)).await?;
    tasks.spawn(each(who, Arc::clone(shared), |shared, message| {
        let has = shared.running.has(&id(message)?);
        has.then(|| shared.host.clone().into_bytes())
    }));
    let cancels = shared.client.subscribe(wire::cancel(module)).await?;
    tasks.spawn(each(cancels, Arc::clone(shared), |shared, message| {
        shared.running.give_up(&id(message)?);
        None
    }));
    Ok(())
}

fn id(message: &Message) -> Option<CallId> {
    CallId::new(std::str::from_utf8(&message.payload).ok()?).ok()
}

/// Answers messages for which there is an answer.
async fn each(
    mut messages: Subscriber,
    shared: Arc<Shared>,
    answer: fn(&Shared, &Message) -> Option<Vec<u8>>,
) {
    while let Some(message) = messages.next().await {
        if let (Some(answer), Some(to)) = (answer(&shared, &message), message.reply) {
            let _ = shared.client.publish(to, answer.into()).await;
        }
    }
}

//! Answers what callers ask besides calls: who has one, whether a host is there, what it has accounted.

use super::shared::Shared;
use crate::nats::accounts::Told;
use crate::nats::module_hash::ModuleHash;
use crate::nats::wire::{self, CallId};
use async_nats::{Message, SubscribeError, Subscriber};
use futures_util::StreamExt;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Accounts of one message. Those of all callers are more than a broker carries.
const ACCOUNTS: usize = 200;

/// Subscribes to the questions about the host. The tasks end with the set.
///
/// # Errors
/// If the client is closed.
pub(super) async fn about_host(shared: &Arc<Shared>, tasks: &mut JoinSet<()>) -> Result<(), SubscribeError> {
    let pings = shared.client.subscribe(wire::host(&shared.host)).await?;
    tasks.spawn(each(pings, Arc::clone(shared), |shared, _| vec![shared.host.clone().into_bytes()]));
    let stats = shared.client.subscribe(wire::stats()).await?;
    tasks.spawn(each(stats, Arc::clone(shared), |shared, _| {
        let accounts: Vec<_> = shared.accounts.all().into_iter().collect();
        let told = |some: &[_]| Told { host: shared.host.clone(), accounts: some.iter().cloned().collect() };
        let parts = accounts.chunks(ACCOUNTS).map(told);
        // A host that has none says so, too.
        let parts = parts.chain(accounts.is_empty().then(|| told(&[])));
        parts.filter_map(|part| serde_json::to_vec(&part).ok()).collect()
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
        let has = id(message).is_some_and(|id| shared.running.has(&id));
        if has { vec![shared.host.clone().into_bytes()] } else { Vec::new() }
    }));
    let cancels = shared.client.subscribe(wire::cancel(module)).await?;
    tasks.spawn(each(cancels, Arc::clone(shared), |shared, message| {
        if let Some(id) = id(message) {
            shared.running.give_up(&id);
        }
        Vec::new()
    }));
    Ok(())
}

fn id(message: &Message) -> Option<CallId> {
    CallId::new(std::str::from_utf8(&message.payload).ok()?).ok()
}

/// Answers messages for which there are answers.
async fn each(mut messages: Subscriber, shared: Arc<Shared>, answers: fn(&Shared, &Message) -> Vec<Vec<u8>>) {
    while let Some(message) = messages.next().await {
        let answers = answers(&shared, &message);
        let Some(to) = message.reply else { continue };
        for answer in answers {
            let _ = shared.client.publish(to.clone(), answer.into()).await;
        }
    }
}

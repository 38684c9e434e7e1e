//! The sum over all hosts.

use super::account::{Account, Told};
use super::stored::{PerHost, Stored};
use crate::nats::bucket::broker;
use crate::nats::error::StartError;
use crate::nats::wire::{self, CallerName};
use async_nats::Client;
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::timeout;

/// Returns what each caller has used, summed over all hosts: those that are there are asked, and those that are gone have
/// stored it, if the server has JetStream. `wait` is how long a host may take to answer.
///
/// A host that was killed has stored what it had accounted until a second before.
///
/// # Errors
/// [`StartError::Broker`] and [`StartError::Setting`].
pub async fn accounts(client: &Client, wait: Duration) -> Result<BTreeMap<CallerName, Account>, StartError> {
    let mut all = asked(client, wait).await?;
    if client.server_info().jetstream {
        for (key, stored) in Stored::open(client).await?.all().await? {
            let newer = all.entry(key).or_insert(stored);
            if stored.calls > newer.calls {
                *newer = stored;
            }
        }
    }
    let mut sums = BTreeMap::<CallerName, Account>::new();
    for ((caller, _), account) in all {
        *sums.entry(caller).or_default() += account;
    }
    Ok(sums)
}

/// Asks every host that is there. The last one has answered when nobody did for some time.
async fn asked(client: &Client, wait: Duration) -> Result<PerHost, StartError> {
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await.map_err(|error| broker("subscribe", error))?;
    let sent = client.publish_with_reply(wire::stats(), inbox, Vec::new().into()).await;
    sent.map_err(|error| broker("ask hosts", error))?;
    let mut all = PerHost::new();
    while let Ok(Some(answer)) = timeout(wait, answers.next()).await {
        // The server's word that there is no host is no JSON either.
        let Ok(told) = serde_json::from_slice::<Told>(&answer.payload) else { break };
        all.extend(told.accounts.into_iter().map(|(caller, account)| ((caller, told.host.clone()), account)));
    }
    Ok(all)
}

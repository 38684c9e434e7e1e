//! Accounts in a bucket, so that they outlive their host.

use super::account::Account;
use crate::nats::bucket::{Bucket, broker, open, require_jetstream};
use crate::nats::error::StartError;
use crate::nats::wire::CallerName;
use async_nats::Client;
use async_nats::jetstream::kv::Store;
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long the account of a host is kept that has stored nothing since.
const AGE: Duration = Duration::from_secs(90 * 24 * 3600);

/// The accounts of all hosts, by caller and host.
pub(crate) type PerHost = BTreeMap<(CallerName, String), Account>;

/// The bucket of accounts. A key is caller and host, with a point between.
#[derive(Debug)]
pub(crate) struct Stored {
    store: Store,
}

impl Stored {
    pub(crate) async fn open(client: &Client) -> Result<Self, StartError> {
        let bucket = Bucket {
            name: "aingle_accounts",
            description: "Fuel and calls of each caller, by host",
            age: AGE,
            bytes: 256 << 20,
            replicas: 1,
        };
        Ok(Self { store: open(&require_jetstream(client)?, &bucket).await? })
    }

    /// Stores the accounts of a host.
    pub(crate) async fn put(
        &self,
        host: &str,
        accounts: &BTreeMap<CallerName, Account>,
    ) -> Result<(), StartError> {
        self.put_changed(host, &BTreeMap::new(), accounts).await
    }

    /// Stores those accounts of a host that have changed.
    pub(crate) async fn put_changed(
        &self,
        host: &str,
        before: &BTreeMap<CallerName, Account>,
        accounts: &BTreeMap<CallerName, Account>,
    ) -> Result<(), StartError> {
        for (caller, account) in accounts.iter().filter(|(caller, now)| before.get(caller) != Some(now)) {
            let value = serde_json::to_vec(account).unwrap_or_default();
            let stored = self.store.put(format!("{caller}.{host}"), value.into()).await;
            stored.map_err(|error| broker("store an account", error))?;
        }
        Ok(())
    }

    /// Returns what all hosts have stored.
    pub(crate) async fn all(&self) -> Result<PerHost, StartError> {
        let failed = |error: &dyn std::fmt::Display| broker("tell of accounts", error);
        let mut keys = self.store.keys().await.map_err(|error| failed(&error))?;
        let mut all = PerHost::new();
        while let Some(key) = keys.next().await {
            let key = key.map_err(|error| failed(&error))?;
            let Some((caller, host)) = key.split_once('.') else { continue };
            let value = self.store.get(&key).await.map_err(|error| failed(&error))?;
            let account = value.and_then(|value| serde_json::from_slice(&value).ok());
            if let (Ok(caller), Some(account)) = (CallerName::new(caller), account) {
                all.insert((caller, host.into()), account);
            }
        }
        Ok(all)
    }
}

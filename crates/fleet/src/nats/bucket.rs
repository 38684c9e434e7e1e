//! Buckets whose settings are those that were asked for.

use crate::nats::error::StartError;
use async_nats::Client;
use async_nats::jetstream::kv::Store;
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use async_nats::jetstream::{self, Context};
use std::fmt::{Debug, Display};
use std::time::Duration;

/// What a bucket is to be. Each key has one value, on disk, and a full bucket refuses new values.
pub(crate) struct Bucket {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// How long values are kept; 0 is without an end.
    pub(crate) age: Duration,
    /// Its size, in bytes.
    pub(crate) bytes: u64,
    /// Servers that have a copy.
    pub(crate) replicas: usize,
}

impl Bucket {
    /// The stream that a key-value bucket is.
    ///
    /// It is made as a stream, because making a bucket asks for facts of the account that nats-server 2.9.10 does not tell
    /// (`findings/async-nats-key-value-debian-server.sh`).
    fn stream(&self) -> Config {
        Config {
            name: format!("KV_{}", self.name),
            description: Some(self.description.into()),
            subjects: vec![format!("$KV.{}.>", self.name)],
            max_messages_per_subject: 1,
            max_bytes: i64::try_from(self.bytes).unwrap_or(i64::MAX),
            max_age: self.age,
            storage: StorageType::File,
            num_replicas: self.replicas,
            discard: DiscardPolicy::New,
            allow_rollup: true,
            allow_direct: true,
            deny_delete: true,
            ..Config::default()
        }
    }
}

/// Returns JetStream of the server.
///
/// # Errors
/// [`StartError::NoJetStream`].
pub(crate) fn require_jetstream(client: &Client) -> Result<Context, StartError> {
    let info = client.server_info();
    if info.jetstream {
        return Ok(jetstream::new(client.clone()));
    }
    Err(StartError::NoJetStream { version: info.version })
}

pub(crate) fn broker(doing: &'static str, why: impl Display) -> StartError {
    StartError::Broker { doing, why: why.to_string() }
}

/// Opens a bucket, and makes it if it is not there. Then it asks the server what the bucket is: servers ignore
/// settings that are newer than they are, and another program may have made the bucket.
///
/// # Errors
/// [`StartError::Setting`], and those of the broker.
pub(crate) async fn open(context: &Context, bucket: &Bucket) -> Result<Store, StartError> {
    let (name, wanted) = (bucket.name, bucket.stream());
    if context.get_key_value(name).await.is_err() {
        // It is not there, or it cannot be had, and then it cannot be made.
        let made = context.create_stream(wanted.clone()).await;
        made.map_err(|error| broker("make a bucket", error))?;
    }
    let store = context.get_key_value(name).await.map_err(|error| broker("open a bucket", error))?;
    let status = store.status().await.map_err(|error| broker("tell of a bucket", error))?;
    let found = &status.info.config;
    check(name, "max_age", &wanted.max_age, &found.max_age)?;
    check(name, "history", &wanted.max_messages_per_subject, &found.max_messages_per_subject)?;
    check(name, "max_bytes", &wanted.max_bytes, &found.max_bytes)?;
    check(name, "storage", &wanted.storage, &found.storage)?;
    check(name, "num_replicas", &wanted.num_replicas, &found.num_replicas)?;
    // A full bucket has to refuse new values, and not to forget old ones.
    check(name, "discard", &wanted.discard, &found.discard)?;
    Ok(store)
}

fn check<T: PartialEq + Debug>(
    bucket: &str,
    setting: &'static str,
    expected: &T,
    found: &T,
) -> Result<(), StartError> {
    if expected == found {
        return Ok(());
    }
    let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
    Err(StartError::Setting { bucket: bucket.into(), setting, expected, found })
}

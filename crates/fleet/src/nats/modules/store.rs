//! A store of packed modules, by name.

use super::error::ModuleError;
use super::objects;
use super::verified::Verified;
use crate::nats::bucket::{Bucket, open, require_jetstream};
use crate::nats::error::StartError;
use crate::nats::wire::ModuleName;
use aingle_wasm_manifest::{Policy, sha256};
use async_nats::Client;
use async_nats::jetstream::Context;
use async_nats::jetstream::kv::{Operation, Store};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// The bucket.
const BUCKET: &str = "aingle_modules";

/// Bytes of a message that are not the blob: the subject, the headers, and the tag.
const AROUND: usize = 1024;

/// The first byte of an entry that is the blob itself.
const INLINE: u8 = 0;

/// The first byte of an entry that names an object.
const OBJECT: u8 = 1;

/// What a store is configured with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoreConfig {
    /// The size of the bucket, and that of the object store, in bytes. Default: 1 GiB each.
    pub bytes: u64,
    /// Servers that have a copy. Default: 1.
    pub replicas: usize,
    /// The longest packed module, in bytes. Default: 64 MiB.
    pub max_blob: u64,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { bytes: 1 << 30, replicas: 1, max_blob: 64 << 20 }
    }
}

/// Where a module was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into the key-value bucket: it fits into one message.
    Bucket,
    /// Into the object store.
    Objects,
}

/// A store of packed modules. Whoever can write to it can put anything there: what is fetched is verified.
#[derive(Clone)]
pub struct ModuleStore {
    context: Context,
    client: Client,
    entries: Store,
    config: StoreConfig,
}

/// What an entry says of an object.
#[derive(Serialize, Deserialize)]
struct Pointer {
    object: String,
    len: u64,
}

impl ModuleStore {
    /// Opens the store, and makes it if it is not there.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(client: Client, config: StoreConfig) -> Result<Self, StartError> {
        let context = require_jetstream(&client)?;
        let bucket = Bucket {
            name: BUCKET,
            description: "Packed modules",
            age: Duration::ZERO,
            bytes: config.bytes,
            replicas: config.replicas,
        };
        let entries = open(&context, &bucket).await?;
        Ok(Self { context, client, entries, config })
    }

    /// Stores a packed module under a name, in the place of the one that has it.
    ///
    /// # Errors
    /// [`ModuleError::TooLarge`] and [`ModuleError::Broker`].
    pub async fn put(&self, name: &ModuleName, blob: &[u8]) -> Result<Place, ModuleError> {
        let (limit, found) = (self.config.max_blob, blob.len() as u64);
        if found > limit {
            return Err(ModuleError::TooLarge { limit, found });
        }
        let message = self.client.max_payload().saturating_sub(AROUND);
        let (entry, place) = if blob.len() <= message {
            ([&[INLINE], blob].concat(), Place::Bucket)
        } else {
            (self.put_object(name, blob, message).await?, Place::Objects)
        };
        let before = self.pointer(name).await;
        let stored = self.entries.put(name.as_str(), entry.clone().into()).await;
        stored.map_err(|error| objects::failed("store a module", error))?;
        if let Some(before) = before.filter(|before| !entry.ends_with(before)) {
            self.forget(&before).await;
        }
        Ok(place)
    }

    async fn put_object(
        &self,
        name: &ModuleName,
        blob: &[u8],
        message: usize,
    ) -> Result<Vec<u8>, ModuleError> {
        let len = blob.len() as u64;
        // By its content too, so that nobody who reads the one in its place is disturbed.
        let hash: String = sha256(blob).iter().map(|byte| format!("{byte:02x}")).collect();
        let object = format!("{name}.{hash}");
        let store = objects::open(&self.context, self.config.bytes, self.config.replicas).await?;
        objects::put(&store, &object, blob, message.max(1)).await?;
        let pointer = serde_json::to_vec(&Pointer { object, len }).unwrap_or_default();
        Ok([&[OBJECT], &pointer[..]].concat())
    }

    /// The pointer that an entry is, as JSON.
    async fn pointer(&self, name: &ModuleName) -> Option<Vec<u8>> {
        let value = self.entries.get(name.as_str()).await.ok()??;
        value.strip_prefix(&[OBJECT]).map(<[u8]>::to_vec)
    }

    /// Deletes the object of a module that was replaced. If it cannot be deleted, it takes room, and does no harm.
    async fn forget(&self, pointer: &[u8]) {
        let Ok(Pointer { object, .. }) = serde_json::from_slice(pointer) else { return };
        if let Ok(store) = objects::open(&self.context, self.config.bytes, self.config.replicas).await {
            let _ = store.delete(&object).await;
        }
    }

    /// Fetches a module, and verifies it by a policy. `high_water` is the highest sequence that was accepted of it, if
    /// one was.
    ///
    /// # Errors
    /// Any [`ModuleError`].
    pub async fn fetch(
        &self,
        name: &ModuleName,
        policy: &Policy<'_>,
        high_water: Option<u32>,
    ) -> Result<Verified, ModuleError> {
        let blob = match self.blob(name).await {
            // It may have been replaced while it was read.
            Err(ModuleError::Broker { .. } | ModuleError::Damaged { .. }) => self.blob(name).await?,
            blob => blob?,
        };
        Verified::of(&blob, policy, high_water)
    }

    async fn blob(&self, name: &ModuleName) -> Result<Vec<u8>, ModuleError> {
        let entry = self.entries.entry(name.as_str()).await;
        let entry = entry.map_err(|error| objects::failed("find a module", error))?;
        let entry = entry.filter(|entry| entry.operation == Operation::Put);
        let value = entry.ok_or_else(|| ModuleError::NotFound { name: name.clone() })?.value;
        let damaged = || ModuleError::Damaged { name: name.clone() };
        match value.split_first().ok_or_else(damaged)? {
            (&INLINE, blob) => Ok(blob.to_vec()),
            (&OBJECT, pointer) => {
                let pointer: Pointer = serde_json::from_slice(pointer).map_err(|_| damaged())?;
                let (limit, found) = (self.config.max_blob, pointer.len);
                if found > limit {
                    return Err(ModuleError::TooLarge { limit, found });
                }
                let store = objects::open(&self.context, self.config.bytes, self.config.replicas).await?;
                let blob = objects::get(&store, &pointer.object, pointer.len).await?;
                if blob.len() as u64 == pointer.len { Ok(blob) } else { Err(damaged()) }
            }
            _ => Err(damaged()),
        }
    }
}

impl fmt::Debug for ModuleStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModuleStore").field("config", &self.config).finish_non_exhaustive()
    }
}

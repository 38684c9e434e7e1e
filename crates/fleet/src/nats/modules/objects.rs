//! The object store, for what is too large for one message.

use super::error::ModuleError;
use async_nats::jetstream::Context;
use async_nats::jetstream::object_store::{Config, ObjectMetadata, ObjectStore};
use async_nats::jetstream::stream::StorageType;
use std::fmt::Display;
use tokio::io::AsyncReadExt;

/// The object store.
const STORE: &str = "aingle_modules";

/// The bytes of a chunk, where the broker carries as many.
const CHUNK: usize = 128 << 10;

/// Opens the store, and makes it if it is not there.
pub(super) async fn open(context: &Context, bytes: u64, replicas: usize) -> Result<ObjectStore, ModuleError> {
    if let Ok(store) = context.get_object_store(STORE).await {
        return Ok(store);
    }
    let config = Config {
        bucket: STORE.into(),
        description: Some("Modules that are too large for one message".into()),
        max_bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        storage: StorageType::File,
        num_replicas: replicas,
        ..Config::default()
    };
    context.create_object_store(config).await.map_err(|error| failed("make an object store", error))
}

pub(super) async fn put(
    store: &ObjectStore,
    name: &str,
    blob: &[u8],
    message: usize,
) -> Result<(), ModuleError> {
    let meta = ObjectMetadata {
        name: name.into(),
        chunk_size: Some(CHUNK.min(message)),
        ..ObjectMetadata::default()
    };
    let mut bytes = blob;
    let stored = store.put(meta, &mut bytes).await;
    stored.map(drop).map_err(|error| failed("store an object", error))
}

/// Reads an object of this length.
pub(super) async fn get(store: &ObjectStore, name: &str, len: u64) -> Result<Vec<u8>, ModuleError> {
    let object = store.get(name).await.map_err(|error| failed("find an object", error))?;
    let mut bytes = Vec::new();
    let mut bounded = object.take(len + 1);
    bounded.read_to_end(&mut bytes).await.map_err(|error| failed("read an object", error))?;
    Ok(bytes)
}

pub(super) fn failed(doing: &'static str, why: impl Display) -> ModuleError {
    ModuleError::Broker { doing, why: why.to_string() }
}

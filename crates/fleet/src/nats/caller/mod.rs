//! A caller: it asks hosts to run functions.

mod attempt;
mod call;
mod follow;
mod func;
mod options;
mod telemetry;

pub use func::{RemoteBytes, RemoteFunc, RemoteJson};
pub use options::{CallOptions, Replied, Report};

use super::module_hash::ModuleHash;
use super::once::Ids;
use super::wire::{CallId, CallerName, Form, Prepared, Target};
use aingle_wasm_codec::Data;
use async_nats::Client;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A caller of remote functions. A clone is the same caller.
#[derive(Clone)]
pub struct Caller {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    name: CallerName,
    /// Opened when it is first needed.
    ids: OnceCell<Ids>,
}

impl Caller {
    /// Returns a caller whose calls are accounted under this name. Asks the broker nothing.
    #[must_use]
    pub fn new(client: Client, name: CallerName) -> Self {
        Self { inner: Arc::new(Inner { client, name, ids: OnceCell::new() }) }
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &CallerName {
        &self.inner.name
    }

    /// Returns a handle of a typed function of a module. Whether hosts have it with these types is seen at the call.
    #[must_use]
    pub fn func<A: super::RemoteArgs, R: Data + DeserializeOwned>(
        &self,
        module: ModuleHash,
        name: &str,
    ) -> RemoteFunc<A, R> {
        RemoteFunc::new(self, module, name)
    }

    /// Returns a handle of a function of bytes.
    #[must_use]
    pub fn bytes(&self, module: ModuleHash, name: &str) -> RemoteBytes {
        RemoteBytes { caller: self.clone(), target: target(module, Form::Bytes, name) }
    }

    /// Returns a handle that calls a function with JSON, as `docs/VALUES.md` has it.
    #[must_use]
    pub fn json(&self, module: ModuleHash, name: &str) -> RemoteJson {
        RemoteJson { caller: self.clone(), target: target(module, Form::Json, name) }
    }

    /// Returns an id that no other call has.
    fn new_id(&self) -> CallId {
        let inbox = self.inner.client.new_inbox();
        let own = inbox.rsplit('.').next().unwrap_or_default();
        CallId::of_token(own)
    }
}

fn target(module: ModuleHash, form: Form, function: &str) -> Prepared {
    Prepared::new(Target { module, form, function: function.into() })
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("name", &self.inner.name).finish_non_exhaustive()
    }
}

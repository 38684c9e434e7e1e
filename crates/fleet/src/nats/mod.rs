//! Calls to hosts over NATS. [`Caller`] makes them, [`Host`] takes them; [`Serve`] is what a host runs them with.
//!
//! A remote call is not like a local one: it can be slow, refused, or lost with a host. `docs/FLEET-HOSTS.md` has the
//! protocol, and what is known of a call whose reply did not come.

mod accounts;
mod args;
mod bucket;
mod caller;
mod error;
mod host;
mod module_hash;
mod modules;
mod once;
mod serve;
mod wire;

pub use accounts::{Account, accounts};
pub use args::RemoteArgs;
pub use async_nats::{Client, ConnectOptions};
pub use caller::{CallOptions, Caller, RemoteBytes, RemoteFunc, RemoteJson, Replied, Report};
pub use error::{CallError, StartError};
pub use host::{Drained, Host, HostConfig, OnceConfig};
pub use module_hash::{ModuleHash, NoModuleHash};
pub use modules::{ModuleError, ModuleStore, Place, StoreConfig, Verified};
pub use serve::{Call, Exports, Serve, Served, Unanswered};
pub use wire::{
    CallId, CallerName, Failure, Form, ModuleName, NoName, QUEUE_GROUP, Ran, Refusal, Runs, Taken,
};

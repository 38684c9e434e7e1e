//! Calls to hosts over NATS. [`Caller`] makes them, [`Host`] takes them; [`Serve`] is what a host runs them with.
//!
//! A remote call is not like a local one: it can be slow, refused, or lost with a host, and [`CallError::ran`] says what is
//! known of it. `docs/FLEET-HOSTS.md` has the protocol.
//!
//! ```no_run
//! use aingle_wasm_codec::value;
//! use aingle_wasm_fleet::nats::*;
//!
//! /// Runs functions. A program does it with an engine; `aingle-wasm fleet host` does it with the JSON runtime.
//! struct Sum;
//!
//! impl Serve for Sum {
//!     async fn serve(&self, call: Call) -> Served {
//!         let mut reply = vec![0; 10];
//!         let result = value::decode(&call.payload)
//!             .and_then(|(a, b): (u32, u32)| value::encode_into(&(u64::from(a) + u64::from(b)), &mut reply))
//!             .map_err(|error| Unanswered::Refused(Refusal::Arguments { why: error.to_string() }))
//!             .map(|len| reply[..len].to_vec());
//!         Served { fuel: 12, result }
//!     }
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = ConnectOptions::new().connect("nats://127.0.0.1:4222").await?;
//! let module = ModuleHash::of(&std::fs::read("sum.wasm")?);
//!
//! // A host. There can be any number of them.
//! let mut host = Host::start(client.clone(), HostConfig::default(), Sum).await?;
//! let hash = RemoteFunc::<(u32, u32), u64>::HASH;
//! host.serve_module(module, Exports::from([("add".into(), Some(hash))])).await?;
//!
//! // A caller, in any process.
//! let caller = Caller::new(client, CallerName::new("billing")?);
//! let add = caller.func::<(u32, u32), u64>(module, "add");
//! match add.call(&(2, 3)).await {
//!     Ok(sum) => assert_eq!(sum, 5),
//!     Err(error) if error.ran() == Ran::No => println!("{error}: it can be called again"),
//!     Err(error) => println!("{error}"),
//! }
//! let report = add.call_with(&(2, 3), &CallOptions::default().idempotent()).await?.report;
//! println!("{} used {} units of fuel", report.host, report.fuel);
//! host.drain(std::time::Duration::from_secs(10)).await;
//! # Ok(())
//! # }
//! ```

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
#[cfg(feature = "service")]
pub mod service;
mod wire;

pub use accounts::{Account, accounts};
pub use args::RemoteArgs;
pub use async_nats::{Client, ConnectOptions, Event};
pub use caller::{CallOptions, Caller, RemoteBytes, RemoteFunc, RemoteJson, Replied, Report};
pub use error::{CallError, StartError};
pub use host::{Drained, Host, HostConfig, OnceConfig};
pub use module_hash::{ModuleHash, NoModuleHash};
pub use modules::{ModuleError, ModuleStore, Place, StoreConfig, Verified};
pub use serve::{Call, Exports, Serve, Served, Unanswered};
pub use wire::{
    CallId, CallerName, Failure, Form, ModuleName, NoName, QUEUE_GROUP, Ran, Refusal, Runs, Taken,
};

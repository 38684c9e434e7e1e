//! What travels: subjects, requests, replies. `docs/FLEET-HOSTS.md` specifies it.

#[cfg(test)]
mod example;
mod facts;
mod len;
mod names;
mod reply;
mod request;
mod subject;

pub use facts::{Failure, Ran, Refusal, Taken};
pub(crate) use len::sent_len;
pub use names::{CallId, CallerName, ModuleName, NoName};
pub(crate) use reply::{Answer, Reply};
pub use request::Runs;
pub(crate) use request::{Request, digits};
pub use subject::{Form, QUEUE_GROUP};
pub(crate) use subject::{Prepared, Target, calls};
pub(crate) use subject::{cancel, host, stats, who};

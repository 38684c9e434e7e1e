//! Calls: waiting for a place, running on a thread, and ending whatever happens.

mod at_once;
mod attempt;
mod ended;
mod execute;
mod future;
mod handle;
mod place;
mod request;
mod running;
mod shared;
mod work;

pub use future::{Call, CallFuture};
pub use handle::CallHandle;
pub(crate) use request::{Arguments, Read, Request, as_bytes, as_text, as_value};
pub(crate) use shared::Shared;

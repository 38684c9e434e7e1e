//! Calls over HTTP, with axum: the feature `service`.

mod answers;
mod functions;

pub use answers::{Failure, Json, json};
pub use functions::{call, functions};

//! Calls over HTTP, with axum: the feature `service`.

mod answers;
mod functions;
mod openapi;
mod schema;

pub use answers::{Failure, Json, json};
pub use functions::{call, functions};
pub use openapi::openapi;

//! Calls over HTTP, with axum: the feature `service`.

mod answers;
mod functions;
mod openapi;
mod origin;
mod page;
mod schema;

pub use answers::{Failure, Json, json};
pub use functions::{call, functions};
pub use openapi::openapi;
pub use origin::{refuse_other_sites, same_origin};
pub use page::page;

//! Programs of WASI, run within grants and limits.

mod calls;
mod common;
mod components;
mod descriptors;
mod escapes;
mod grants;
mod limits;
mod links;
mod read_only;
mod statuses;
mod time;

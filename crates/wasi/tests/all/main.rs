//! Programs of WASI, run within grants and limits.

mod adapted;
mod calls;
mod common;
mod components;
mod descriptors;
mod escapes;
mod grants;
mod limits;
mod links;
mod posix;
mod read_only;
mod statuses;
mod time;

#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod compile;
mod component;
mod context;
mod ended;
mod error;
mod grants;
mod inherited;
mod interfaces;
mod limits;
mod lookup;
mod meter;
mod missing;
mod net;
mod preview1;
mod program;
mod run;
mod sockets;
mod state;
mod streams;
mod ticker;
mod usage;
mod what;

pub use error::{Error, ErrorKind};
pub use grants::{Dir, Grants};
pub use interfaces::{INTERFACES, Interface, Policy};
pub use limits::Limits;
pub use missing::{Missing, Needs};
pub use net::Address;
pub use program::Program;
pub use streams::{Capture, Input, Output};
pub use usage::{Exit, Usage};
pub use what::{What, recognise};

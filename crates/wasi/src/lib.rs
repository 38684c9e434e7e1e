#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod cancel;
mod compile;
mod component;
mod context;
mod ended;
mod error;
mod grants;
mod handler;
mod inherited;
mod interfaces;
mod limits;
mod lookup;
mod lookup_03;
mod meter;
mod missing;
mod net;
mod options;
mod outgoing;
mod preview1;
mod program;
mod raw;
mod run;
mod sockets;
mod state;
mod streams;
mod ticker;
mod usage;
mod value;
mod what;

pub use cancel::Cancel;
pub use error::{Error, ErrorKind};
pub use grants::{Dir, Grants};
pub use handler::{Body, BodyError, Counts, Handler, Room};
pub use inherited::stdout_is_within_line;
pub use interfaces::{INTERFACES, Interface, Policy};
pub use limits::Limits;
pub use missing::{Missing, Needs};
pub use net::Address;
pub use options::RunOptions;
pub use program::Program;
pub use raw::CodeStore;
pub use streams::{Capture, Input, Output};
pub use usage::{Exit, Returned, Usage};
pub use value::Value;
pub use what::{What, recognise};

//! The transfer protocol: how a blob comes to a device over any stream of bytes. Without I/O of its own.

mod frame;
mod message;
mod receiver;
mod send_error;
mod sender;

pub use frame::MAX_FRAME;
pub use message::{MAX_CHUNK, PROTOCOL_VERSION};
pub use receiver::{Event, Receiver, Sink};
pub use send_error::{SendError, Stage};
pub use sender::{Answer, Next, Progress, Sender, Timing};

//! The authenticated link. `docs/LINK.md` specifies it.

mod counters;
mod endpoint;
mod epoch;
mod error;
mod frame;
mod framing;
mod packet;
mod window;

pub use counters::{Counters, Dropped};
pub use endpoint::{Association, GREETING_CHANNEL, Link, Received};
pub use epoch::{Cell, Cells, EpochStore, Epochs, RECORD_LEN, StoreError, TwoCells};
pub use error::LinkError;
pub use frame::MAX_PAYLOAD;
pub use framing::MAX_WIRE;
pub use packet::{PACKET_HEADER_LEN, Packet, PacketError, PacketKind, Segment};
pub use window::{Verdict, Window};

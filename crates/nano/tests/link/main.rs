//! The authenticated link, as `docs/LINK.md` specifies it.

mod flash;
mod order;
mod packets;
mod properties;
mod restarts;
mod wire;

use aingle_wasm_nano::link::{Association, Link, MAX_WIRE, Received, TwoCells, Verdict};
use flash::Flash;

/// Keys of the vectors: 00 to 0F of the node, F0 to FF of the controller.
const NODE: Association = Association {
    spi: 0x0102,
    channel: 7,
    send_key: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    receive_key: [240, 241, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, 255],
};
const CONTROLLER: Association =
    Association { send_key: NODE.receive_key, receive_key: NODE.send_key, ..NODE };

type Side = Link<TwoCells<Flash>>;

/// Opens both sides, on new memories.
fn pair() -> (Side, Side) {
    (open(NODE, &Flash::provisioned()), open(CONTROLLER, &Flash::provisioned()))
}

fn open(association: Association, flash: &Flash) -> Side {
    Link::open(association, TwoCells::new(flash.clone())).unwrap()
}

/// Sends a payload, and returns what goes over the wire.
fn send(side: &mut Side, payload: &[u8]) -> Vec<u8> {
    let mut out = [0; MAX_WIRE];
    let len = side.send(payload, &mut out).unwrap();
    out[..len].to_vec()
}

fn greet(side: &mut Side) -> Vec<u8> {
    let mut out = [0; MAX_WIRE];
    let len = side.greet(&mut out).unwrap();
    out[..len].to_vec()
}

/// What a frame was taken for. `None` if its bytes ended nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Payload(Vec<u8>, Verdict),
    Greeting,
    Dropped(aingle_wasm_nano::link::Dropped),
}

/// Delivers bytes, and returns all that they ended.
fn deliver(side: &mut Side, bytes: &[u8]) -> Vec<Seen> {
    let mut seen = Vec::new();
    for byte in bytes {
        seen.extend(side.push(*byte).map(|received| match received {
            Received::Payload(payload, verdict) => Seen::Payload(payload.to_vec(), verdict),
            Received::Greeting => Seen::Greeting,
            Received::Dropped(dropped) => Seen::Dropped(dropped),
        }));
    }
    seen
}

/// Delivers one frame, and returns what it was taken for.
fn deliver_one(side: &mut Side, bytes: &[u8]) -> Seen {
    let mut seen = deliver(side, bytes);
    assert_eq!(seen.len(), 1, "{seen:?}");
    seen.remove(0)
}

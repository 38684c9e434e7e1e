//! The bodies of the fuzz targets: each takes any bytes, and panics when a promise is broken.

#[path = "../../crates/host-core/tests/mock/mod.rs"]
mod mock;

mod call;
mod delta;
mod envelope;
mod fleet;
mod history;
mod image;
mod json;
mod manifest;
mod module;
mod node;
mod transfer;
mod value;

pub use call::{host_dispatch, shared_call};
pub use delta::delta_apply;
pub use envelope::envelope_decode;
pub use fleet::fleet_messages;
pub use history::update_history;
pub use image::image_parse;
pub use json::json_values;
pub use manifest::manifest_parse;
pub use module::module_parse;
pub use node::{link_feed, link_frames, packet_parse, sbus_feed};
pub use transfer::transfer_feed;
pub use value::value_read;

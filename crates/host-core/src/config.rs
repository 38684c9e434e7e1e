//! What both hosts configure of the protocol.

use aingle_wasm_codec::Checksum;
use aingle_wasm_codec::value::Limits;
use aingle_wasm_types::control_block;
use aingle_wasm_types::limits::{
    DEFAULT_MAX_DECODED, DEFAULT_MAX_ITEMS, DEFAULT_MAX_PAYLOAD, DEFAULT_OLDER_RESPONSE_BUFFER,
};

/// Whether payloads have a checksum between a host and its guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Integrity {
    /// Both sides compute and compare a checksum of every payload: the best that the guest has for the memory of
    /// one process, which is [`Checksum::Sum`], or [`Checksum::Crc32`] for a guest that does not know it. Catches bytes that
    /// changed on the way, by hardware or by a fault in either side; not an adversary.
    #[default]
    Checked,
    /// Nothing is computed, where the guest can do without: for a process in which a changed byte would
    /// mean that the process is broken anyway.
    Trusted,
}

impl Integrity {
    /// What it comes to with a guest of these features.
    pub(crate) fn checksum(self, features: u32) -> Checksum {
        let has = |feature| features & feature != 0;
        match self {
            Self::Trusted if has(control_block::FEATURE_TRUSTED) => Checksum::None,
            _ if has(control_block::FEATURE_SUM) => Checksum::Sum,
            _ => Checksum::Crc32,
        }
    }
}

/// What both hosts configure of the protocol.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Config {
    /// Whether payloads have a checksum between host and guest.
    pub integrity: Integrity,
    /// The largest payload sent or accepted, in bytes, after decompression. Default: 64 MiB.
    pub max_payload: u32,
    /// What a typed reply, or the arguments of a typed host function, may become in memory, in bytes: see
    /// [`value::Limits`](aingle_wasm_codec::value::Limits). Default: 128 MiB; 0 allows only what needs no heap.
    pub max_decoded: u32,
    /// The items that sequences and maps of such a value may have together. Default: 16 Mi; 0 allows none.
    pub max_items: u32,
    /// Payloads of at least this many bytes are compressed, where guest and host can; 0 for never.
    pub lz4_threshold: u32,
    /// How many bytes a host asks an older guest for before each call, through its allocator, for the responses of
    /// the host functions that it calls: see `docs/ABI.md`, "Compatibility". A response that does not fit is
    /// dropped, and its import returns 0. Default: 64 KiB; 0 for none.
    pub older_response_buffer: u32,
}

impl Config {
    /// What a typed value of the guest may become.
    pub(crate) fn values(&self) -> Limits {
        Limits { max_decoded: self.max_decoded, max_items: self.max_items }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            integrity: Integrity::Checked,
            max_payload: DEFAULT_MAX_PAYLOAD,
            max_decoded: DEFAULT_MAX_DECODED,
            max_items: DEFAULT_MAX_ITEMS,
            lz4_threshold: 0,
            older_response_buffer: DEFAULT_OLDER_RESPONSE_BUFFER,
        }
    }
}

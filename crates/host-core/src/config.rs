//! What both hosts configure of the protocol.

use aingle_wasm_codec::Checksum;
use aingle_wasm_codec::value::Limits;
use aingle_wasm_types::control_block;
use aingle_wasm_types::limits::{
    DEFAULT_MAX_DECODED, DEFAULT_MAX_ITEMS, DEFAULT_MAX_PAYLOAD, DEFAULT_OLDER_RESPONSE_BUFFER,
};

/// Whether payloads have a checksum between a host and its guest. Headers and bounds are checked in any case, and envelopes on a
/// wire, on a disk and in flash always have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Integrity {
    /// No checksum where the guest's memory is the process's own, as [`Trusted`](Self::Trusted); else one, as
    /// [`Checked`](Self::Checked). The engine says which: [`EngineInstance::owns_memory`](crate::EngineInstance::owns_memory).
    #[default]
    Auto,
    /// Both sides compute and compare a checksum of every payload: the best that the guest has for the memory of
    /// one process, which is [`Checksum::Sum`], or [`Checksum::Crc32`] for a guest that does not know it. Catches bytes that
    /// changed on the way, by hardware or by a fault in either side; not an adversary. For firmware whose heap is RAM behind a bus,
    /// and where memory may change and nothing else would notice.
    Checked,
    /// Nothing is computed, wherever the guest's memory is, if the guest can do without.
    Trusted,
}

impl Integrity {
    /// What it comes to with a guest of these features, in memory that is or is not the process's own.
    pub(crate) fn checksum(self, features: u32, own_memory: bool) -> Checksum {
        let has = |feature| features & feature != 0;
        let trusted = self == Self::Trusted || self == Self::Auto && own_memory;
        if trusted && has(control_block::FEATURE_TRUSTED) {
            Checksum::None
        } else if has(control_block::FEATURE_SUM) {
            Checksum::Sum
        } else {
            Checksum::Crc32
        }
    }
}

/// What both hosts configure of the protocol.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Config {
    /// Whether payloads have a checksum between host and guest. Default: [`Integrity::Auto`].
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
            integrity: Integrity::Auto,
            max_payload: DEFAULT_MAX_PAYLOAD,
            max_decoded: DEFAULT_MAX_DECODED,
            max_items: DEFAULT_MAX_ITEMS,
            lz4_threshold: 0,
            older_response_buffer: DEFAULT_OLDER_RESPONSE_BUFFER,
        }
    }
}

//! The control block, twelve words in guest memory through which both sides
//! tell each other where to write.
//!
//! The function [`ABI`](crate::names::ABI) returns the address; it does not change while the
//! instance lives. All words are little-endian `u32`. The guest writes the first eight, the host
//! the last four, before the first call.

/// The size of the control block, in bytes.
pub const LEN: usize = 48;

/// The request buffer: where the host may write an envelope. The address is 4 modulo 16.
pub const REQUEST_PTR: usize = 0;
/// How many bytes it may write there.
pub const REQUEST_LEN: usize = 4;
/// The response buffer: where the host may write the response to the running host call. The address is 4 modulo 16.
pub const RESPONSE_PTR: usize = 8;
/// How many bytes it may write there.
pub const RESPONSE_LEN: usize = 12;
/// After a panic: the address of its message, UTF-8.
pub const FAULT_PTR: usize = 16;
/// The message's length; 0 while there is none.
pub const FAULT_LEN: usize = 20;
/// What the guest can do: [`FEATURE_TRUSTED`], [`FEATURE_LZ4`],
/// [`FEATURE_SUM`].
pub const GUEST_FEATURES: usize = 24;
/// After the guest ended for want of memory: the size that it asked for, in bytes; otherwise 0.
pub const ASKED: usize = 28;
/// From the host: the size of the memory, in bytes, if it is less than the pages say; otherwise 0.
pub const MEMORY_END: usize = 32;
/// From the host: reply payloads of at least this many bytes may be compressed; 0 for never.
pub const LZ4_THRESHOLD: usize = 36;

/// The guest reads and writes envelopes without a checksum.
pub const FEATURE_TRUSTED: u32 = 1;
/// The guest reads LZ4 payloads and writes them above the host's threshold.
pub const FEATURE_LZ4: u32 = 2;
/// The guest reads and writes envelopes whose checksum is the sum.
pub const FEATURE_SUM: u32 = 4;

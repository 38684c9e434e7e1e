//! Sizes that both sides agree on.

/// Envelopes in guest memory begin at an address that is this many bytes above a multiple of
/// [`PAYLOAD_ALIGN`], so that the payload behind the header is aligned.
pub const ENVELOPE_OFFSET: u32 = 4;

/// Payloads in guest memory begin on a multiple of this many bytes.
pub const PAYLOAD_ALIGN: u32 = 16;

/// The largest payload that a host accepts or sends unless it is configured otherwise, in bytes.
pub const DEFAULT_MAX_PAYLOAD: u32 = 64 * 1024 * 1024;

/// The most memory that a typed value may take when a host reads it, in bytes, unless it is configured otherwise.
pub const DEFAULT_MAX_DECODED: u32 = 128 * 1024 * 1024;

/// The most items that the sequences and maps of a typed value may have together when a host reads it, unless it is
/// configured otherwise.
pub const DEFAULT_MAX_ITEMS: u32 = 16 * 1024 * 1024;

/// How deep options, enums, sequences and maps may be nested in a typed value that a host reads.
pub const MAX_NESTING: u32 = 64;

/// How much of a text that a guest, or a host function, made up is kept in an error, in bytes.
pub const MAX_MESSAGE: usize = 16 * 1024;

/// How much of a guest's log line is kept, in bytes.
pub const MAX_LOG_LINE: usize = 64 * 1024;

/// How large a buffer may stay when its call is over, in bytes.
pub const KEPT_BUFFER: usize = 64 * 1024;

/// The size of the response buffer that a host asks an older guest for before each call, in bytes, unless it
/// is configured otherwise.
pub const DEFAULT_OLDER_RESPONSE_BUFFER: u32 = 64 * 1024;

/// The most arguments that a typed function takes.
pub const MAX_ARGS: usize = 12;

/// The longest name of an export or a host function that every engine carries, in bytes.
pub const MAX_NAME: usize = 31;

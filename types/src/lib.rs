//! Constants and data types of the AIngle WebAssembly ABI.
//!
//! Everything that a guest, a host and a firmware must agree on is defined here once: the envelope's
//! [`Header`] and [`Flags`], the [`Packed`] result of an entry point, the symbol [`names`], the
//! [`ErrorCode`]s, the [`control_block`] and the [`description`] record. The crate has no dependency,
//! needs neither `std` nor `alloc`, and contains no unsafe code. The specification in prose is
//! `docs/ABI.md`.
//!
//! ```
//! use aingle_wasm_types::{Flags, Header, Version};
//!
//! let header = Header { version: Version::V2, flags: Flags::EXPECTS_RESPONSE, payload_len: 5, checksum: 0 };
//! let bytes = header.to_bytes();
//! assert_eq!(&bytes[..4], &[0x49, 0x41, 2, 0x04]);
//! assert_eq!(Header::from_bytes(&bytes), Ok(header));
//! ```
#![no_std]
#![forbid(unsafe_code)]

mod code;
pub mod control_block;
pub mod description;
mod header;
mod level;
pub mod limits;
pub mod metering;
mod name;
pub mod names;
mod number;
mod packed;

pub use code::ErrorCode;
pub use header::{Flags, Header, HeaderError, MAGIC, Version};
pub use level::Level;
pub use name::Name;
pub use number::{Number, NumberType};
pub use packed::Packed;

/// The version of the guest ABI that this crate describes.
pub const ABI_VERSION: u32 = 2;

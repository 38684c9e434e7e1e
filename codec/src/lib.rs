//! Bytes to envelope and back.
//!
//! An envelope is a twelve-byte [`Header`](aingle_wasm_types::Header) and a payload. This crate writes the header before
//! a payload that is already in the caller's buffer, checks an envelope that arrives, and borrows its
//! payload without copying it. Typed values are [postcard](https://postcard.jamesmunns.com).
//!
//! ```
//! use aingle_wasm_codec::{Checksum, Envelope, Format, value};
//! use aingle_wasm_types::{Flags, Header, Version};
//!
//! // Leave room for the header, write a value behind it, then the header.
//! let mut buffer = [0; 64];
//! let len = Header::LEN + value::encode_into(&("roof", 21.5_f32), &mut buffer[Header::LEN..])?;
//! let format = Format { version: Version::V2, checksum: Checksum::Crc32 };
//! aingle_wasm_codec::write_header(&mut buffer[..len], Flags::EXPECTS_RESPONSE, format)?;
//!
//! // The other side.
//! let envelope = Envelope::decode(&buffer[..len], Checksum::Crc32)?;
//! let (station, celsius): (&str, f32) = value::decode(envelope.payload())?;
//! assert_eq!((station, celsius), ("roof", 21.5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | feature | default | no_std | what it costs |
//! |---|---|---|---|
//! | `alloc` | yes | yes | an allocator |
//! | `derive` | yes | yes | build time: `#[derive(Data)]` |
//! | `fast-crc` | no | yes | checksums as fast as the processor can; 16 KiB of tables where it has no carry-less multiply |
//! | `lz4` | no | yes | some 3 KB of code, 8 KiB of stack while compressing |
//! | `encryption` | no | yes | Ascon-AEAD128, some 2 KB of code |
#![no_std]
#![deny(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod checksum;
mod crc;
mod data;
#[cfg(feature = "encryption")]
pub mod encryption;
mod envelope;
mod error;
#[cfg(feature = "lz4")]
pub mod lz4;
mod read;
pub mod schema;
mod sum;
#[cfg(feature = "alloc")]
pub mod text;
pub mod value;
mod write;

#[cfg(feature = "derive")]
pub use aingle_wasm_guest_macros::CodecData as Data;
pub use checksum::Checksum;
pub use data::Data;
#[cfg(feature = "alloc")]
pub use envelope::encode;
pub use envelope::{Envelope, FastPath, Format, encode_into, write_error, write_header};
pub use error::{Cause, DecodeError, EncodeError, ValueError};
pub use postcard_schema::{self, Schema};

/// What the expansion of `#[derive(Data)]` names. Not for use by hand, and not covered by semver.
#[doc(hidden)]
pub mod __data {
    pub use crate::Schema;
    pub use crate::data::Data;
    pub use postcard_schema::schema::{DataModelType, DataModelVariant, NamedType, NamedValue, NamedVariant};
    pub use serde;
}

#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod decode;
mod description_error;
mod encode;
mod function;
mod integer;
mod parse;
mod path;
mod plain;
mod reply;
mod shown;
mod ty;
mod type_error;

pub use aingle_wasm_codec::Cause;
pub use aingle_wasm_codec::value::Limits;
pub use decode::{DecodeError, DecodeErrorKind, bytes_to_json};
pub use description_error::DescriptionError;
pub use encode::{EncodeError, EncodeErrorKind};
pub use function::{Function, Param};
pub use integer::Integer;
pub use parse::{MAX_NESTING, MAX_TEXT};
pub use path::{Path, Root, Segment};
pub use plain::PlainFunction;
pub use reply::Reply;
pub use ty::{Content, Field, Type, Variant, Variants};
pub use type_error::{TypeError, TypeErrorKind};

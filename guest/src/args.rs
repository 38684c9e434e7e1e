//! Arguments: read from the request, borrowed where their type allows it.

use crate::raw::{Block, bytes};
use aingle_wasm_codec::{Cause, DecodeError, ValueError, value};
use allocator_api2::vec::Vec;
use bumpalo::Bump;
use core::any::TypeId;
use core::fmt;
use core::marker::PhantomData;
use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, SeqAccess, Visitor};

/// Why a request was not answered. The host gets it as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadRequest {
    /// The envelope was refused.
    Envelope(DecodeError),
    /// An argument is not of the function's type.
    Argument {
        /// Which one; the first is 1.
        position: u32,
        /// What is wrong with it.
        error: ValueError,
    },
    /// The arguments are not of the function's types, taken together.
    Arguments(ValueError),
    /// The function ran, and its result cannot be written.
    Result(ValueError),
    /// The request is not in the guest's request buffer.
    NotARequest,
    /// There is no memory for the request, decompressed, or for its reply.
    OutOfMemory,
}

impl From<ValueError> for BadRequest {
    fn from(error: ValueError) -> Self {
        Self::Arguments(error)
    }
}

impl BadRequest {
    /// Names the argument that is wrong, where the refusal has a text.
    #[inline(always)]
    pub(crate) fn of_argument(position: u32, bad: Self) -> Self {
        match bad {
            Self::Arguments(error) if cfg!(feature = "text") => Self::Argument { position, error },
            other => other,
        }
    }
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Envelope(error) => write!(f, "envelope: {error}"),
            Self::Argument { position, error } => write!(f, "argument {position}: {error}"),
            Self::Arguments(error) => write!(f, "arguments: {error}"),
            Self::Result(error) => write!(f, "result: {error}"),
            Self::NotARequest => f.write_str("the request does not lie in room that the guest gave"),
            Self::OutOfMemory => f.write_str("the guest is out of memory"),
        }
    }
}

impl core::error::Error for BadRequest {}

/// An argument by value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of an exported function",
    label = "an argument is deserialised from the request",
    note = "write `#[derive(Data)]` on it, or take a reference: `&str`, `&[T]`"
)]
pub trait Argument<'a>: Sized {
    #[doc(hidden)]
    fn take(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), ValueError>;
}

/// The argument of a raw export: `&[u8]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the argument of a raw export",
    label = "a raw export takes the payload as `&[u8]`",
    note = "write `&[u8]`; for arguments of other types, use `#[export]` without `raw`"
)]
pub trait RawPayload<'a> {
    #[doc(hidden)]
    fn new(payload: &'a [u8]) -> Self;
}

impl<'a> RawPayload<'a> for &'a [u8] {
    fn new(payload: &'a [u8]) -> Self {
        payload
    }
}

impl<'a, T: Deserialize<'a>> Argument<'a> for T {
    fn take(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), ValueError> {
        value::take(bytes)
    }
}

/// An argument behind a reference: `str` and `[u8]` are borrowed from the request, other slices are
/// in the arena, and other types are read and passed by reference.
#[diagnostic::on_unimplemented(
    message = "`&{Self}` cannot be an argument of an exported function",
    label = "an argument is deserialised from the request",
    note = "references to `str`, to slices of items that own their data, and to values can be arguments; \
            write `#[derive(Data)]` on the items and values"
)]
pub trait BorrowedArgument<'a> {
    /// What keeps the value while the function runs.
    #[doc(hidden)]
    type Holder;

    #[doc(hidden)]
    fn take(bytes: &'a [u8], arena: &'a Bump) -> Result<(Self::Holder, &'a [u8]), BadRequest>;

    #[doc(hidden)]
    fn get(holder: &Self::Holder) -> &Self;
}

impl<'a> BorrowedArgument<'a> for str {
    type Holder = &'a str;

    fn take(bytes: &'a [u8], _: &'a Bump) -> Result<(&'a str, &'a [u8]), BadRequest> {
        let (text, rest) = value::take(bytes)?;
        let text = bytes::text(text).ok_or(ValueError::Malformed(Cause::Text))?;
        Ok((text, rest))
    }

    fn get<'h>(holder: &'h &'a str) -> &'h str {
        holder
    }
}

impl<'a, T: Deserialize<'a>> BorrowedArgument<'a> for T {
    type Holder = T;

    fn take(bytes: &'a [u8], _: &'a Bump) -> Result<(T, &'a [u8]), BadRequest> {
        Ok(value::take(bytes)?)
    }

    fn get(holder: &T) -> &T {
        holder
    }
}

impl<'a, T: DeserializeOwned + 'static> BorrowedArgument<'a> for [T] {
    type Holder = Slice<'a, T>;

    fn take(bytes: &'a [u8], arena: &'a Bump) -> Result<(Slice<'a, T>, &'a [u8]), BadRequest> {
        if TypeId::of::<T>() == TypeId::of::<u8>() {
            let (slice, rest) = value::take(bytes)?;
            if let Some(slice) = bytes::same_slice(slice) {
                return Ok((Slice::Borrowed(slice), rest));
            }
        }
        if bytes::is_plain::<T>() {
            return take_plain(bytes);
        }
        let seed = SliceSeed { arena, at_most: bytes.len(), items: PhantomData };
        let (items, rest) = value::take_seed(seed, bytes)?;
        Ok((Slice::InArena(items), rest))
    }

    fn get<'h>(holder: &'h Slice<'a, T>) -> &'h [T] {
        match holder {
            Slice::Borrowed(slice) => slice,
            Slice::Plain(Plain(items)) => {
                items.bytes().get(Block::LEAD..).and_then(bytes::plain_slice).unwrap_or_default()
            }
            Slice::InArena(items) => items,
        }
    }
}

/// Reads a sequence of items that travel with their layout in memory: where they are, if they are aligned there.
fn take_plain<'a, T: 'static>(bytes: &'a [u8]) -> Result<(Slice<'a, T>, &'a [u8]), BadRequest> {
    let (count, rest) = value::take::<u32>(bytes)?;
    let len = (count as usize).checked_mul(size_of::<T>());
    let (items, rest) =
        len.and_then(|len| rest.split_at_checked(len)).ok_or(ValueError::Malformed(Cause::End))?;
    if let Some(items) = bytes::plain_slice(items) {
        return Ok((Slice::Borrowed(items), rest));
    }
    let aligned = Block::copy_of(items).ok_or(BadRequest::OutOfMemory)?;
    Ok((Slice::Plain(Plain(aligned)), rest))
}

/// Items that travel with their layout in memory, aligned as a payload is.
#[doc(hidden)]
pub struct Plain(Block);

/// Where the items of a slice argument are.
#[doc(hidden)]
pub enum Slice<'a, T> {
    Borrowed(&'a [T]),
    Plain(Plain),
    InArena(Vec<T, &'a Bump>),
}

/// Reads a sequence into the arena.
struct SliceSeed<'a, T> {
    arena: &'a Bump,
    /// No more items than bytes are reserved for beforehand, whatever the length field says.
    at_most: usize,
    items: PhantomData<T>,
}

impl<'a, T: DeserializeOwned + 'static> DeserializeSeed<'a> for SliceSeed<'a, T> {
    type Value = Vec<T, &'a Bump>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a, T: DeserializeOwned + 'static> Visitor<'a> for SliceSeed<'a, T> {
    type Value = Vec<T, &'a Bump>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let hint = seq.size_hint().unwrap_or(0).min(self.at_most);
        let mut items = Vec::new_in(self.arena);
        if items.try_reserve_exact(hint).is_err() {
            return Err(out_of_memory());
        }
        while let Some(item) = seq.next_element()? {
            if items.try_reserve(1).is_err() {
                return Err(out_of_memory());
            }
            items.push(item);
        }
        Ok(items)
    }
}

fn out_of_memory<E: serde::de::Error>() -> E {
    E::custom("the guest is out of memory")
}

//! Items that take as many bytes each: a sequence of them is copied, and not written and read item by item.

use super::Data;
use crate::error::ValueError;
use crate::value::{self, Sink};
use postcard_schema::schema::{DataModelType, NamedType};

/// How many items are put into little-endian order at once.
const AT_ONCE: usize = 64;

/// The most bytes of a sequence's length.
const MAX_LEN: usize = 10;

macro_rules! items {
    ($($model:ident: $T:ty;)*) => {$(
        impl Data for $T {
            const TYPE: &'static NamedType =
                &NamedType { name: stringify!($T), ty: &DataModelType::$model };
            const IS_ITEM: bool = true;

            fn items_into(items: &[Self], buffer: &mut [u8]) -> Result<usize, ValueError> {
                let len = value::encode_into(&(items.len() as u64), buffer)?;
                let (room, _) = buffer[len..].as_chunks_mut();
                let room = room.get_mut(..items.len()).ok_or(ValueError::BufferTooSmall)?;
                for (item, room) in items.iter().zip(room) {
                    *room = item.to_le_bytes();
                }
                Ok(len + size_of_val(items))
            }

            fn items_to<S: Sink + ?Sized>(items: &[Self], sink: &mut S) -> Result<(), ValueError> {
                push_len(items.len(), sink)?;
                let mut bytes = [[0; size_of::<Self>()]; AT_ONCE];
                for items in items.chunks(AT_ONCE) {
                    for (item, bytes) in items.iter().zip(&mut bytes) {
                        *bytes = item.to_le_bytes();
                    }
                    push(bytes[..items.len()].as_flattened(), sink)?;
                }
                Ok(())
            }

            fn len_of_items(items: &[Self]) -> Result<usize, ValueError> {
                Ok(value::encoded_len(&(items.len() as u64))? + size_of_val(items))
            }

            #[cfg(feature = "alloc")]
            fn read_items(input: &mut crate::read::Input<'_>) -> Option<Result<alloc::vec::Vec<Self>, ValueError>> {
                let (bytes, _) = match input.items(size_of::<Self>()) {
                    Ok(bytes) => bytes.as_chunks(),
                    Err(error) => return Some(Err(error)),
                };
                Some(Ok(bytes.iter().map(|bytes| Self::from_le_bytes(*bytes)).collect()))
            }
        }
    )*};
}

items! {
    U8: u8;
    I8: i8;
    F32: f32;
    F64: f64;
}

fn push_len<S: Sink + ?Sized>(len: usize, sink: &mut S) -> Result<(), ValueError> {
    let mut bytes = [0; MAX_LEN];
    let taken = value::encode_into(&(len as u64), &mut bytes)?;
    push(&bytes[..taken], sink)
}

pub(super) fn push<S: Sink + ?Sized>(bytes: &[u8], sink: &mut S) -> Result<(), ValueError> {
    if sink.push(bytes) { Ok(()) } else { Err(ValueError::BufferTooSmall) }
}

//! Items that take as many bytes each: a sequence of them is copied, and not written and read item by item.

use super::Data;
use crate::error::ValueError;
use crate::value;
use postcard_schema::schema::{DataModelType, NamedType};

macro_rules! items {
    ($($model:ident: $T:ty;)*) => {$(
        impl Data for $T {
            const TYPE: &'static NamedType =
                &NamedType { name: stringify!($T), ty: &DataModelType::$model };
            const IS_ITEM: bool = true;

            fn write_items(items: &[Self], buffer: &mut [u8]) -> Result<usize, ValueError> {
                let len = value::write_front(&(items.len() as u64), buffer)?;
                let (room, _) = buffer.get_mut(len..).unwrap_or_default().as_chunks_mut();
                // What does not fit is written again when it does.
                for (item, room) in items.iter().zip(room) {
                    *room = item.to_le_bytes();
                }
                Ok(len.saturating_add(size_of_val(items)))
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

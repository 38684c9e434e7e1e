//! The types of `alloc` that are [`Data`].

use super::Data;
use crate::error::ValueError;
use crate::read::Input;
use alloc::borrow::{Cow, ToOwned};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use postcard_schema::schema::{DataModelType, NamedType};
use serde::Serialize;

plain! { String: String; }

leading! {
    (T: Data + ?Sized) Box<T>;
    (T: Data + ToOwned + ?Sized) Cow<'_, T>;
}

macro_rules! sequences {
    ($($T:ty: $($bound:path),*;)*) => {$(
        impl<T: Data $(+ $bound)*> Data for $T {
            const TYPE: &'static NamedType = &NamedType { name: "sequence", ty: &DataModelType::Seq(T::TYPE) };
        }
    )*};
}

sequences! {
    VecDeque<T>:;
    BTreeSet<T>: Ord;
}

impl<T: Data> Data for Vec<T> {
    const TYPE: &'static NamedType = <[T]>::TYPE;
    const COPIES: bool = T::IS_ITEM;

    #[inline]
    fn write_data(&self, buffer: &mut [u8]) -> Result<usize, ValueError> {
        T::write_items(self, buffer)
    }

    #[inline]
    fn read_data(input: &mut Input<'_>) -> Result<Self, ValueError>
    where
        Self: serde::de::DeserializeOwned,
    {
        match T::read_items(input) {
            Some(items) => items,
            None => serde::Deserialize::deserialize(input.reader()),
        }
    }
}

impl<K: Data + Ord, V: Data> Data for BTreeMap<K, V>
where
    Self: Serialize,
{
    const TYPE: &'static NamedType =
        &NamedType { name: "BTreeMap<K, V>", ty: &DataModelType::Map { key: K::TYPE, val: V::TYPE } };
}

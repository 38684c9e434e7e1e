//! The types of `core` and `alloc` that are [`Data`].
//!
//! Only those that serde writes as they are described here. Absent on purpose: `usize` and `isize`, because host
//! and guest differ in their size; `SocketAddrV6` and `SocketAddr`, because serde leaves two of their four
//! numbers out; arrays of more than 32 items, which serde does not write.

use super::Data;
use crate::error::ValueError;
use crate::value;
use core::marker::PhantomData;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};
use core::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroU8, NonZeroU16, NonZeroU32,
    NonZeroU64, NonZeroU128, Saturating, Wrapping,
};
use core::ops::{Range, RangeFrom, RangeInclusive, RangeTo};
use core::time::Duration;
use postcard_schema::schema::{DataModelType, DataModelVariant, NamedType, NamedValue, NamedVariant};
use serde::Serialize;

macro_rules! plain {
    ($($model:ident: $($T:ty),*;)*) => {$($(
        impl Data for $T {
            const TYPE: &'static NamedType =
                &NamedType { name: stringify!($T), ty: &DataModelType::$model };
        }
    )*)*};
}

plain! {
    Unit: ();
    Bool: bool;
    U8: NonZeroU8;
    U16: u16, NonZeroU16;
    U32: u32, NonZeroU32;
    U64: u64, NonZeroU64;
    U128: u128, NonZeroU128;
    I8: NonZeroI8;
    I16: i16, NonZeroI16;
    I32: i32, NonZeroI32;
    I64: i64, NonZeroI64;
    I128: i128, NonZeroI128;
    Char: char;
    String: str;
}

macro_rules! tuples {
    ($(($($T:ident),*))*) => {$(
        impl<$($T: Data),*> Data for ($($T,)*) {
            const TYPE: &'static NamedType =
                &NamedType { name: "tuple", ty: &DataModelType::Tuple(&[$($T::TYPE),*]) };
            const COPIES: bool = $($T::COPIES ||)* false;

            #[inline]
            #[allow(non_snake_case, reason = "a field has the name of its type")]
            fn write_data(&self, buffer: &mut [u8]) -> Result<usize, ValueError> {
                if const { !Self::COPIES } {
                    return value::write_front(self, buffer);
                }
                let ($($T,)*) = self;
                let mut len = 0_usize;
                $(len = len.saturating_add($T.write_data(buffer.get_mut(len..).unwrap_or_default())?);)*
                Ok(len)
            }
        }
    )*};
}

tuples! {
    (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H) (A, B, C, D, E, F, G, H, I) (A, B, C, D, E, F, G, H, I, J)
    (A, B, C, D, E, F, G, H, I, J, K) (A, B, C, D, E, F, G, H, I, J, K, L)
    (A, B, C, D, E, F, G, H, I, J, K, L, M) (A, B, C, D, E, F, G, H, I, J, K, L, M, N)
    (A, B, C, D, E, F, G, H, I, J, K, L, M, N, O) (A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P)
}

macro_rules! arrays {
    ($($N:literal)*) => {$(
        impl<T: Data> Data for [T; $N] {
            const TYPE: &'static NamedType =
                &NamedType { name: "array", ty: &DataModelType::Tuple(&[T::TYPE; $N]) };
        }
    )*};
}

arrays! { 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 }

/// serde asks nothing of the items of an array that has none.
impl<T: Data> Data for [T; 0] {
    const TYPE: &'static NamedType = &NamedType { name: "array", ty: &DataModelType::Tuple(&[]) };
}

/// Types that hold another and are described and written as that.
macro_rules! transparent {
    ($(($($generics:tt)*) $T:ty;)*) => {$(
        impl<$($generics)*> Data for $T {
            const TYPE: &'static NamedType = T::TYPE;
        }
    )*};
}

transparent! {
    (T: Data) Wrapping<T>;
    (T: Data) Saturating<T>;
}

/// Types that lead to another.
macro_rules! leading {
    ($(($($generics:tt)*) $T:ty;)*) => {$(
        impl<$($generics)*> Data for $T {
            const TYPE: &'static NamedType = T::TYPE;
            const COPIES: bool = T::COPIES;

            #[inline]
            fn write_data(&self, buffer: &mut [u8]) -> Result<usize, ValueError> {
                (**self).write_data(buffer)
            }
        }
    )*};
}

leading! {
    (T: Data + ?Sized) &T;
}

impl<T: Data> Data for [T] {
    const TYPE: &'static NamedType = &NamedType { name: "sequence", ty: &DataModelType::Seq(T::TYPE) };
    const COPIES: bool = T::IS_ITEM;

    #[inline]
    fn write_data(&self, buffer: &mut [u8]) -> Result<usize, ValueError> {
        T::write_items(self, buffer)
    }
}

impl<T: Data> Data for Option<T> {
    const TYPE: &'static NamedType = &NamedType { name: "Option<T>", ty: &DataModelType::Option(T::TYPE) };
}

impl<T: Data, E: Data> Data for Result<T, E> {
    const TYPE: &'static NamedType = &NamedType {
        name: "Result<T, E>",
        ty: &DataModelType::Enum(&[
            &NamedVariant { name: "Ok", ty: &DataModelVariant::NewtypeVariant(T::TYPE) },
            &NamedVariant { name: "Err", ty: &DataModelVariant::NewtypeVariant(E::TYPE) },
        ]),
    };
    const COPIES: bool = T::COPIES;

    #[inline]
    fn write_data(&self, buffer: &mut [u8]) -> Result<usize, ValueError> {
        match self {
            Ok(value) if const { T::COPIES } => {
                let rest = match buffer.split_first_mut() {
                    Some((first, rest)) => {
                        *first = OK;
                        rest
                    }
                    None => &mut [],
                };
                Ok(value.write_data(rest)?.saturating_add(1))
            }
            result => value::write_front(result, buffer),
        }
    }
}

/// How postcard begins a `Result` that is an `Ok`.
const OK: u8 = 0;

impl<T: ?Sized> Data for PhantomData<T>
where
    Self: Serialize,
{
    const TYPE: &'static NamedType = &NamedType { name: "PhantomData", ty: &DataModelType::Unit };
}

macro_rules! structs {
    ($(($($T:ident)?) $name:ty { $($field:ident: $type:ty),* })*) => {$(
        impl$(<$T: Data>)? Data for $name {
            const TYPE: &'static NamedType = &NamedType {
                name: stringify!($name),
                ty: &DataModelType::Struct(&[$(
                    &NamedValue { name: stringify!($field), ty: <$type as Data>::TYPE }
                ),*]),
            };
        }
    )*};
}

structs! {
    (T) Range<T> { start: T, end: T }
    (T) RangeInclusive<T> { start: T, end: T }
    (T) RangeFrom<T> { start: T }
    (T) RangeTo<T> { end: T }
    () Duration { secs: u64, nanos: u32 }
    () Ipv4Addr { octets: [u8; 4] }
    () Ipv6Addr { octets: [u8; 16] }
    () SocketAddrV4 { ip: Ipv4Addr, port: u16 }
}

impl Data for IpAddr {
    const TYPE: &'static NamedType = &NamedType {
        name: "IpAddr",
        ty: &DataModelType::Enum(&[
            &NamedVariant { name: "V4", ty: &DataModelVariant::NewtypeVariant(Ipv4Addr::TYPE) },
            &NamedVariant { name: "V6", ty: &DataModelVariant::NewtypeVariant(Ipv6Addr::TYPE) },
        ]),
    };
}

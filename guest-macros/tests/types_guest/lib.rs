//! Every type of docs/TYPES.md, as an argument and as a result.
#![cfg_attr(target_family = "wasm", no_std)]
#![deny(unsafe_code, warnings)]
#![allow(missing_docs, dead_code)]

extern crate alloc;

use aingle_wasm_guest::prelude::postcard_schema::schema::NamedType;
use aingle_wasm_guest::prelude::serde::ser::{Error, SerializeSeq};
use aingle_wasm_guest::prelude::serde::{Serialize, Serializer};
use aingle_wasm_guest::{Data, export};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::net::{IpAddr, SocketAddrV4};
use core::num::{NonZeroU16, Saturating, Wrapping};
use core::ops::{Range, RangeInclusive};
use core::time::Duration;

macro_rules! echo {
    ($($name:ident: $T:ty;)*) => {$(
        #[export]
        pub fn $name(value: $T) -> $T {
            value
        }
    )*};
}

echo! {
    unit: ();
    boolean: bool;
    unsigned_8: u8;
    unsigned_16: u16;
    unsigned_32: u32;
    unsigned_64: u64;
    unsigned_128: u128;
    signed_8: i8;
    signed_16: i16;
    signed_32: i32;
    signed_64: i64;
    signed_128: i128;
    non_zero: NonZeroU16;
    wrapping: Wrapping<u8>;
    saturating: Saturating<i16>;
    single: f32;
    double: f64;
    character: char;
    string: String;
    borrowed_text: &str;
    cow: Cow<'_, str>;
    boxed_text: Box<str>;
    borrowed_bytes: &[u8];
    borrowed_floats: &[f32];
    vector: Vec<u16>;
    deque: VecDeque<u16>;
    set: BTreeSet<u16>;
    map: BTreeMap<u8, String>;
    option_of_unit: Option<()>;
    nested_option: Option<Option<u16>>;
    tuple: (u8, String);
    array: [u16; 2];
    boxed: Box<u16>;
    phantom: PhantomData<u8>;
    range: Range<u16>;
    range_inclusive: RangeInclusive<u16>;
    duration: Duration;
    address: IpAddr;
    socket: SocketAddrV4;
    unit_struct: Unit;
    newtype: Newtype;
    pair: Pair;
    named: Named;
    generic: Generic<u16>;
    mixed: Mixed;
    renamed: Renamed<'_>;
    result: Result<u16, String>;
    checked: Checked;
}

#[derive(Debug, Clone, PartialEq, Data)]
pub struct Unit;

#[derive(Debug, Clone, PartialEq, Data)]
pub struct Newtype(pub u16);

#[derive(Debug, Clone, PartialEq, Data)]
pub struct Pair(pub u16, pub String);

#[derive(Debug, Clone, PartialEq, Data)]
pub struct Named {
    pub r#type: u16,
}

#[derive(Debug, Clone, PartialEq, Data)]
pub struct Generic<T> {
    pub item: T,
}

#[derive(Debug, Clone, PartialEq, Data)]
pub struct Checked(pub Result<u16, String>);

#[derive(Debug, Clone, PartialEq, Data)]
pub enum Mixed {
    Unit,
    r#Tuple(u8, u16),
    Named { x: u16 },
}

#[derive(Debug, Clone, PartialEq, Data)]
#[serde(rename = "Other", rename_all = "camelCase", rename_all_fields = "kebab-case")]
pub enum Renamed<'a> {
    FirstOne {
        some_field: u8,
    },
    #[serde(rename = "second")]
    SecondOne(#[serde(borrow)] Cow<'a, str>),
}

/// Cannot be written, although it says what would be.
pub struct Unwritable(bool);

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 { serializer.serialize_seq(None)?.end() } else { Err(S::Error::custom("never")) }
    }
}

impl Data for Unwritable {
    const TYPE: &'static NamedType = <[u8]>::TYPE;
}

#[export]
pub fn unwritable(endless: bool) -> Unwritable {
    Unwritable(endless)
}

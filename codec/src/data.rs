//! Types whose values cross between guest and host.

#[macro_use]
mod impls;
#[cfg(feature = "alloc")]
mod collections;
mod items;

use crate::error::ValueError;
use crate::value;
use postcard_schema::schema::NamedType;
use serde::Serialize;

/// A type whose values cross between guest and host.
///
/// Values travel without names, as [postcard](https://postcard.jamesmunns.com). Two sides agree on a type by
/// its description, [`Data::TYPE`]. So the description must tell exactly the bytes that
/// [`Serialize`] writes, in the order in which they are written. Numbers, text, options, results, tuples,
/// arrays, sequences and maps are `Data`; `docs/TYPES.md` lists them.
///
/// `#[derive(Data)]` makes a type of your own `Data`, and implements [`Serialize`],
/// [`Deserialize`](serde::Deserialize) and [`Schema`](crate::Schema) with it. It refuses those `#[serde(…)]`
/// attributes that would make the bytes differ from the description. A derive of `Schema` alone does not look at
/// them, and so does not make a type `Data`.
///
/// # By hand
///
/// A type that implements `Serialize` by hand, or whose `Serialize` comes from elsewhere, can have an `impl Data` by
/// hand. That is a promise: for every value, `Serialize` writes what `TYPE` describes, and `Deserialize`, where
/// there is one, reads it. The compiler cannot check it. If it is broken, the other side reads wrong values
/// without an error.
///
/// ```
/// use aingle_wasm_codec::postcard_schema::schema::NamedType;
/// use aingle_wasm_codec::Data;
/// use serde::{Deserialize, Deserializer, Serialize, Serializer};
///
/// /// Degrees Celsius, which travel as hundredths.
/// struct Celsius(f32);
///
/// impl Serialize for Celsius {
///     fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
///         ((self.0 * 100.0) as i16).serialize(serializer)
///     }
/// }
///
/// impl<'de> Deserialize<'de> for Celsius {
///     fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
///         Ok(Self(f32::from(i16::deserialize(deserializer)?) / 100.0))
///     }
/// }
///
/// impl Data for Celsius {
///     // The promise: an `i16` is what `serialize` writes and `deserialize` reads.
///     const TYPE: &'static NamedType = i16::TYPE;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between guest and host: it is not `Data`",
    label = "not `Data`",
    note = "write `#[derive(Data)]` on a type of your own, in place of `Serialize`, `Deserialize` and `Schema`",
    note = "in place of `usize` write `u32` or `u64`, of `HashMap` and `HashSet` `BTreeMap` and `BTreeSet`, of an array \
            of more than 32 items `Vec<T>`, of a tuple of more than 16 a struct",
    note = "docs/TYPES.md lists the types that are, and how a type with its own `Serialize` becomes one"
)]
pub trait Data: Serialize {
    /// What [`Serialize`] writes.
    const TYPE: &'static NamedType;

    /// Whether a sequence of these is copied, because each takes as many bytes.
    #[doc(hidden)]
    const IS_ITEM: bool = false;

    /// Whether a value has a sequence that the functions below copy. Else they do what those of [`value`] do.
    #[doc(hidden)]
    const COPIES: bool = false;

    /// Writes the value at the front of `buffer`, and returns how many bytes it takes. If these are more than the buffer has, what is in it
    /// means nothing.
    #[doc(hidden)]
    fn write_data(&self, buffer: &mut [u8]) -> Result<usize, ValueError> {
        value::write_front(self, buffer)
    }

    #[doc(hidden)]
    fn read_data(input: &mut crate::read::Input<'_>) -> Result<Self, ValueError>
    where
        Self: serde::de::DeserializeOwned,
    {
        Self::deserialize(input.reader())
    }

    /// Reads a value that is all of `bytes`, as [`value::decode_counted`] does.
    #[doc(hidden)]
    fn decode_data(bytes: &[u8], limits: value::Limits, used: &mut value::Used) -> Result<Self, ValueError>
    where
        Self: serde::de::DeserializeOwned,
    {
        crate::read::whole(bytes, limits, used, Self::read_data)
    }

    /// What [`Data::write_data`] does for a sequence.
    #[doc(hidden)]
    fn write_items(items: &[Self], buffer: &mut [u8]) -> Result<usize, ValueError>
    where
        Self: Sized,
    {
        value::write_front(items, buffer)
    }

    /// Reads a sequence that is copied; `None` if it is not.
    #[cfg(feature = "alloc")]
    #[doc(hidden)]
    fn read_items(_: &mut crate::read::Input<'_>) -> Option<Result<alloc::vec::Vec<Self>, ValueError>>
    where
        Self: Sized,
    {
        None
    }
}

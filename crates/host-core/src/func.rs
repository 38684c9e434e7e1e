//! Typed handles: looked up once, compared with the module's description once.

use crate::abi::{Lookup, check_export};
use crate::{Engine, Error, Guest};
use aingle_wasm_codec::Data;
use aingle_wasm_codec::postcard_schema::schema::NamedType;
use aingle_wasm_codec::schema::signature_hash;
use aingle_wasm_types::Name;
use core::marker::PhantomData;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The arguments of a function: a tuple of up to twelve values that are [`Data`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a function",
    label = "arguments are a tuple of `Data`",
    note = "write a tuple of at most twelve: `()`, `(u8,)`, `(&str, &[f32])`; and `#[derive(Data)]` on types of your own"
)]
pub trait Args: Serialize {
    /// Their types, in order.
    const TYPES: &'static [&'static NamedType];
}

macro_rules! args {
    ($(($($T:ident),*))*) => {$(
        impl<$($T: Data),*> Args for ($($T,)*) {
            const TYPES: &'static [&'static NamedType] = &[$($T::TYPE),*];
        }
    )*};
}

args! {
    () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H) (A, B, C, D, E, F, G, H, I) (A, B, C, D, E, F, G, H, I, J)
    (A, B, C, D, E, F, G, H, I, J, K) (A, B, C, D, E, F, G, H, I, J, K, L)
}

/// A typed handle of an export. `A` are the arguments, `R` is the result.
///
/// A handle belongs to a module, not to an instance: taken once, it calls the function in every
/// instance of the same module. It is covariant in `A`, so that a stored
/// `Func<(&'static str,), R>` can be called with a `&str` of any lifetime.
pub struct Func<A, R> {
    /// The function's index in the module.
    pub(crate) index: u32,
    /// The fingerprint of the module's bytes.
    pub(crate) module: u64,
    pub(crate) name: Name,
    types: PhantomData<fn() -> (A, R)>,
}

impl<A, R> Clone for Func<A, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, R> Copy for Func<A, R> {}

impl<A: Args, R: DeserializeOwned + Data> Func<A, R> {
    /// The hash of the types on this side.
    pub const HASH: u64 = signature_hash(A::TYPES, R::TYPE);

    pub(crate) fn new(module: &Lookup<'_>, fingerprint: u64, name: &str) -> Result<Self, Error> {
        let (index, described) = module.described_entry(name)?;
        check_export(described, name, Self::HASH)?;
        Ok(Self { index, module: fingerprint, name: Name::new(name), types: PhantomData })
    }

    /// Calls the function.
    ///
    /// Where `R` is a `Result`, its `Err` comes back inside: the outer error is the call's, the inner
    /// one the function's.
    ///
    /// # Errors
    /// Everything that [`Guest::call_in_place`] reports, and [`Error::ForeignHandle`] for a guest of
    /// another module.
    pub fn call<E: Engine>(&self, guest: &mut Guest<E>, args: A) -> Result<R, Error> {
        guest.call_typed(self, &args)
    }
}

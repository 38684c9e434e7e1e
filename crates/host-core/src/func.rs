//! Typed handles: looked up once, compared with the module's description once.

use crate::abi::{Lookup, check_export};
use crate::args::Args;
use crate::error::Error;
use aingle_wasm_codec::Data;
use aingle_wasm_codec::schema::signature_hash;
use aingle_wasm_types::Name;
use core::marker::PhantomData;
use serde::de::DeserializeOwned;

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
}

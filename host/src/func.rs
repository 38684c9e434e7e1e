//! Typed handles.

use crate::error::Doing;
use crate::{HostError, WasmInstance};
use aingle_wasm_codec::Data;
use aingle_wasm_host_core::{self as host_core, Args};
use aingle_wasm_types::Name;
use serde::de::DeserializeOwned;
use std::fmt;

/// A typed handle of an export. `A` are the arguments, `R` is the result.
///
/// A handle belongs to a module, not to an instance: taken once, it calls the function in every
/// instance of the same module. It is covariant in `A`, so that a stored `Func<(&'static str,), R>` can
/// be called with a `&str` of any lifetime.
pub struct Func<A, R> {
    inner: host_core::Func<A, R>,
    name: Name,
}

impl<A, R> Clone for Func<A, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, R> Copy for Func<A, R> {}

impl<A, R> Func<A, R> {
    pub(crate) fn new(inner: host_core::Func<A, R>, name: &str) -> Self {
        Self { inner, name: Name::new(name) }
    }

    /// The function's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }
}

impl<A: Args, R: DeserializeOwned + Data> Func<A, R> {
    /// Calls the function.
    ///
    /// Where `R` is a `Result`, its `Err` comes back inside: the outer error is the call's, the inner
    /// one the function's.
    ///
    /// # Errors
    /// As [`WasmInstance::call_raw`], and
    /// [`HostErrorKind::ForeignHandle`](crate::HostErrorKind::ForeignHandle) for an instance of another
    /// module, [`HostErrorKind::Value`](crate::HostErrorKind::Value) for a reply that is no `R`.
    pub fn call<S: Send + 'static>(&self, instance: &mut WasmInstance<S>, args: A) -> Result<R, HostError> {
        let _span = crate::trace::call(|| self.name());
        self.inner
            .call(&mut instance.guest, args)
            .map_err(|error| instance.failed(Doing::Call(self.name.to_string()), error))
    }
}

impl<A, R> fmt::Debug for Func<A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Func").field("name", &self.name).finish_non_exhaustive()
    }
}

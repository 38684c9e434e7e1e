//! Typed handles.

use aingle_wasm_host_core as host_core;
use aingle_wasm_types::Name;
use std::fmt;

/// A typed handle of an export. `A` are the arguments, `R` is the result.
///
/// A handle belongs to a module, not to an instance: taken once, it calls the function in every
/// instance of the same module. It is covariant in `A`, so that a stored `Func<(&'static str,), R>` can
/// be called with a `&str` of any lifetime.
pub struct Func<A, R> {
    pub(crate) inner: host_core::Func<A, R>,
    pub(crate) name: Name,
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

impl<A, R> fmt::Debug for Func<A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Func").field("name", &self.name).finish_non_exhaustive()
    }
}

//! Host functions that several instances share.

use crate::error::{Doing, HostError, HostErrorKind};
use aingle_wasm_codec::Data;
use aingle_wasm_codec::schema::signature_text;
use aingle_wasm_host_core::{self as host_core, Args, HostFault, HostFn, Level, Response};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The functions that a host offers to its guests, by name. In an [`Arc`] they serve any number of
/// instances: see [`WasmInstance::with_host`](crate::WasmInstance::with_host).
///
/// The guest's log lines go to `tracing` under the target `aingle_wasm_guest`, unless
/// [`HostFunctions::on_log`] takes them.
pub struct HostFunctions<S> {
    inner: host_core::HostFunctions<S>,
    signatures: Signatures,
}

impl<S> Default for HostFunctions<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> HostFunctions<S> {
    /// No functions.
    #[must_use]
    pub fn new() -> Self {
        let mut inner = host_core::HostFunctions::new();
        inner.on_log(|_, level, text| log(level, text));
        Self { inner, signatures: Signatures::default() }
    }

    /// Offers a typed function: a closure of the state and the arguments. An `Err` that it returns
    /// reaches the guest as a value. A guest that imports it must say in its description that it calls it with
    /// these types: else it does not start.
    ///
    /// # Errors
    /// [`HostErrorKind::Registration`] when the name is taken, reserved or longer than 31 bytes.
    pub fn register<A, R, F>(&mut self, name: &str, function: F) -> Result<(), HostError>
    where
        F: HostFn<S, A, R>,
        A: Args + DeserializeOwned,
        R: Data,
    {
        self.inner.register(name, function).map_err(|error| refused(name, error))?;
        self.signatures.add::<A, R>(name);
        Ok(())
    }

    /// Offers a function on bytes, which writes its answer into the [`Response`]. It is the only kind for guests
    /// that describe nothing, such as older ones.
    ///
    /// # Errors
    /// As [`HostFunctions::register`].
    pub fn register_raw<F>(&mut self, name: &str, function: F) -> Result<(), HostError>
    where
        F: Fn(&mut S, &[u8], &mut Response<'_>) -> Result<(), HostFault> + Send + Sync + 'static,
    {
        self.inner.register_raw(name, function).map_err(|error| refused(name, error))
    }

    /// Takes the guest's log lines.
    pub fn on_log(&mut self, log: impl Fn(&mut S, Level, &str) + Send + Sync + 'static) {
        self.inner.on_log(log);
    }

    pub(crate) fn into_parts(self) -> (host_core::HostFunctions<S>, Signatures) {
        (self.inner, self.signatures)
    }

    pub(crate) fn signatures(&self) -> Signatures {
        self.signatures.clone()
    }
}

/// Shared functions as the bridge takes them.
pub(crate) struct Shared<S>(pub(crate) Arc<HostFunctions<S>>);

impl<S> AsRef<host_core::HostFunctions<S>> for Shared<S> {
    fn as_ref(&self) -> &host_core::HostFunctions<S> {
        &self.0.inner
    }
}

/// The types of registered functions, to be put in words when they do not match.
#[derive(Clone, Default)]
pub(crate) struct Signatures(Vec<(String, fn() -> String)>);

impl Signatures {
    pub(crate) fn add<A: Args, R: Data>(&mut self, name: &str) {
        self.0.push((name.into(), || signature_text(A::TYPES, R::TYPE)));
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, signature)| signature())
    }
}

pub(crate) fn refused(name: &str, error: host_core::Error) -> HostError {
    HostError::new(Doing::Register(name.into()), HostErrorKind::from_core(error, &[]))
}

/// A guest's log line, in the host's log.
fn log(level: Level, text: &str) {
    match level {
        Level::Error => tracing::error!(target: "aingle_wasm_guest", "{text}"),
        Level::Warn => tracing::warn!(target: "aingle_wasm_guest", "{text}"),
        Level::Info => tracing::info!(target: "aingle_wasm_guest", "{text}"),
        Level::Debug => tracing::debug!(target: "aingle_wasm_guest", "{text}"),
        Level::Trace => tracing::trace!(target: "aingle_wasm_guest", "{text}"),
    }
}

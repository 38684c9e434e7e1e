//! The functions that a runtime offers to its guests.

use super::context::HostContext;
use super::waited::{Answer, Waited};
use crate::current::Current;
use crate::error::{ErrorKind, RuntimeError};
#[cfg(feature = "http")]
use crate::http;
use aingle_wasm_host::{Args, Data, HostError, HostFault, HostFn, Response};
use serde::de::DeserializeOwned;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// The functions that a runtime offers to its guests, by name. Every module of the runtime has the same.
///
/// ```
/// use aingle_wasm_runtime::{HostContext, HostFunctions};
/// use std::time::Duration;
///
/// let mut functions = HostFunctions::new();
/// functions.register("double", |_: &mut HostContext, number: u32| number.wrapping_mul(2))?;
/// functions.register_async("later", |_: HostContext, (millis,): (u32,)| async move {
///     tokio::time::sleep(Duration::from_millis(millis.into())).await;
///     millis
/// })?;
/// # Ok::<(), aingle_wasm_runtime::RuntimeError>(())
/// ```
#[derive(Default)]
pub struct HostFunctions {
    inner: aingle_wasm_host::HostFunctions<HostContext>,
}

impl HostFunctions {
    /// No functions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers a typed function that runs on the guest's thread. An `Err` that it returns reaches the guest as a value.
    /// One that blocks has to ask [`HostContext::is_stopped`].
    ///
    /// # Errors
    /// [`ErrorKind::Registration`] when the name is taken, reserved or longer than 31 bytes.
    pub fn register<A, R, F>(&mut self, name: &str, function: F) -> Result<(), RuntimeError>
    where
        F: HostFn<HostContext, A, R>,
        A: Args + DeserializeOwned,
        R: Data,
    {
        self.inner.register(name, function).map_err(refused)
    }

    /// Offers a function on bytes that runs on the guest's thread, as [`HostFunctions::register`].
    ///
    /// # Errors
    /// As [`HostFunctions::register`].
    pub fn register_bytes<F>(&mut self, name: &str, function: F) -> Result<(), RuntimeError>
    where
        F: Fn(&HostContext, &[u8]) -> Result<Vec<u8>, HostFault> + Send + Sync + 'static,
    {
        let run = move |context: &mut HostContext, request: &[u8], response: &mut Response<'_>| {
            response.write(&function(context, request)?);
            Ok(())
        };
        self.inner.register_raw(name, run).map_err(refused)
    }

    /// Offers a typed function that is a future. The guest's thread waits for it, and is not given back meanwhile. The
    /// future is driven by the tokio runtime of the call, on the guest's thread, and dropped when the call is told to end.
    ///
    /// # Errors
    /// As [`HostFunctions::register`].
    pub fn register_async<A, R, F, W>(&mut self, name: &str, function: F) -> Result<(), RuntimeError>
    where
        F: Fn(HostContext, A) -> W + Send + Sync + 'static,
        W: Future<Output = R>,
        A: Args + DeserializeOwned + 'static,
        R: Data + 'static,
    {
        self.inner.register::<A, Answer<R>, _>(name, Waited(function)).map_err(refused)
    }

    /// Offers a function on bytes that is a future, as [`HostFunctions::register_async`].
    ///
    /// # Errors
    /// As [`HostFunctions::register`].
    pub fn register_async_bytes<F, W>(&mut self, name: &str, function: F) -> Result<(), RuntimeError>
    where
        F: Fn(HostContext, Vec<u8>) -> W + Send + Sync + 'static,
        W: Future<Output = Result<Vec<u8>, HostFault>>,
    {
        let run = move |context: &mut HostContext, request: &[u8], response: &mut Response<'_>| {
            let current = Current::get().ok_or_else(|| HostFault::new("no call"))?;
            let waited = current.wait(function(context.clone(), request.to_vec()));
            response.write(&waited.unwrap_or_else(|| Err(HostFault::new("the call was told to end")))?);
            Ok(())
        };
        self.inner.register_raw(name, run).map_err(refused)
    }

    /// Adds what the runtime offers itself, except what the program has put in its place.
    pub(crate) fn into_offered(mut self) -> Offered {
        #[cfg(feature = "http")]
        let own_http = self.register_async(http::NAME, http::http_request).is_ok();
        #[cfg(not(feature = "http"))]
        let own_http = {
            let refuse = |_: &HostContext, _: &[u8]| Err(HostFault::new("no feature `http`"));
            self.register_bytes("http_request", refuse).is_ok()
        };
        Offered { functions: Arc::new(self.inner), own_http }
    }
}

/// What is offered to guests.
pub(crate) struct Offered {
    pub(crate) functions: Arc<aingle_wasm_host::HostFunctions<HostContext>>,
    /// Whether `http_request` is the runtime's own, which has to be granted.
    pub(crate) own_http: bool,
}

fn refused(error: HostError) -> RuntimeError {
    ErrorKind::Registration(error).into()
}

impl fmt::Debug for HostFunctions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostFunctions").finish_non_exhaustive()
    }
}

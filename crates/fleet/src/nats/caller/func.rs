//! Handles of remote functions.

use super::options::{CallOptions, Replied};
use super::{Caller, target};
use crate::nats::args::RemoteArgs;
use crate::nats::error::CallError;
use crate::nats::module_hash::ModuleHash;
use crate::nats::wire::{Form, Prepared};
use aingle_wasm_codec::schema::{is_result, signature_hash};
use aingle_wasm_codec::{Data, value};
use aingle_wasm_types::ErrorCode;
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;

/// A typed function of a module on some host. `A` are the arguments, `R` is the result.
///
/// A call goes over the network: it can be slow, refused, or lost with a host. Its errors say which.
pub struct RemoteFunc<A, R> {
    caller: Caller,
    target: Prepared,
    types: PhantomData<fn(A) -> R>,
}

impl<A: RemoteArgs, R: Data + DeserializeOwned> RemoteFunc<A, R> {
    /// The hash of the types on this side.
    pub const HASH: u64 = signature_hash(A::TYPES, R::TYPE);

    pub(super) fn new(caller: &Caller, module: ModuleHash, name: &str) -> Self {
        let target = target(module, Form::Typed(Self::HASH), name);
        Self { caller: caller.clone(), target, types: PhantomData }
    }

    /// Calls the function once at most, with the default [`CallOptions`].
    ///
    /// Where `R` is a `Result`, its `Err` comes back inside: the outer error is the call's, the inner one the function's.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn call(&self, args: &A) -> Result<R, CallError> {
        Ok(self.call_with(args, &CallOptions::default()).await?.value)
    }

    /// Calls the function with options.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn call_with(&self, args: &A, options: &CallOptions) -> Result<Replied<R>, CallError> {
        let mut payload = vec![0; value::encoded_len(args).map_err(CallError::Arguments)?];
        value::encode_into(args, &mut payload).map_err(CallError::Arguments)?;
        let Replied { value, report } = self.caller.run(&self.target, payload, options).await?;
        let bytes = match value {
            Ok(payload) => payload,
            // The body is the whole `Result`.
            Err((ErrorCode::ApplicationTyped, body)) if is_result::<R>() => body,
            Err((code, body)) => return Err(CallError::Guest { code, body }),
        };
        let value = value::decode_within(&bytes, value::Limits::default()).map_err(CallError::Result)?;
        Ok(Replied { value, report })
    }
}

/// A function of bytes of a module on some host.
#[derive(Debug, Clone)]
pub struct RemoteBytes {
    pub(super) caller: Caller,
    pub(super) target: Prepared,
}

/// A function of a module on some host that is called with JSON.
#[derive(Debug, Clone)]
pub struct RemoteJson {
    pub(super) caller: Caller,
    pub(super) target: Prepared,
}

impl RemoteBytes {
    /// Calls the function.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn call(
        &self,
        payload: impl Into<Vec<u8>>,
        options: &CallOptions,
    ) -> Result<Replied<Vec<u8>>, CallError> {
        untyped(self.caller.run(&self.target, payload.into(), options).await?)
    }
}

impl RemoteJson {
    /// Calls the function with the text of JSON, and returns JSON as text. An error of the function is
    /// [`CallError::Guest`] whose body is JSON.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn call(&self, json: &str, options: &CallOptions) -> Result<Replied<String>, CallError> {
        let Replied { value, report } =
            untyped(self.caller.run(&self.target, json.as_bytes().to_vec(), options).await?)?;
        let value = String::from_utf8_lossy(&value).into_owned();
        Ok(Replied { value, report })
    }
}

type Answered = Result<Vec<u8>, (ErrorCode, Vec<u8>)>;

fn untyped(replied: Replied<Answered>) -> Result<Replied<Vec<u8>>, CallError> {
    let Replied { value, report } = replied;
    let value = value.map_err(|(code, body)| CallError::Guest { code, body })?;
    Ok(Replied { value, report })
}

impl<A, R> Clone for RemoteFunc<A, R> {
    fn clone(&self) -> Self {
        Self { caller: self.caller.clone(), target: self.target.clone(), types: PhantomData }
    }
}

impl<A, R> fmt::Debug for RemoteFunc<A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteFunc").field("target", &self.target.target).finish_non_exhaustive()
    }
}

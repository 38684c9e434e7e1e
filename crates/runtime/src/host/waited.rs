//! Typed host functions that are futures.

use super::context::HostContext;
use crate::current::Current;
use aingle_wasm_host::postcard_schema::schema::NamedType;
use aingle_wasm_host::{Data, HostFn};
use serde::ser::Error;
use serde::{Serialize, Serializer};
use std::future::Future;

/// A function that returns a future, as one that returns when the future is ready.
pub(crate) struct Waited<F>(pub(crate) F);

/// What came of it. Without a value the guest gets a failure, and it is stopped as soon as it runs again.
pub(crate) enum Answer<R> {
    Value(R),
    Stopped,
}

impl<A, R, F, W> HostFn<HostContext, A, Answer<R>> for Waited<F>
where
    F: Fn(HostContext, A) -> W + Send + Sync + 'static,
    W: Future<Output = R>,
{
    fn call(&self, context: &mut HostContext, args: A) -> Answer<R> {
        let Some(current) = Current::get() else { return Answer::Stopped };
        current.wait((self.0)(context.clone(), args)).map_or(Answer::Stopped, Answer::Value)
    }
}

impl<R: Serialize> Serialize for Answer<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Stopped => Err(S::Error::custom("the call was told to end")),
        }
    }
}

impl<R: Data> Data for Answer<R> {
    // A value is written as it is, and nothing else is written.
    const TYPE: &'static NamedType = R::TYPE;
}

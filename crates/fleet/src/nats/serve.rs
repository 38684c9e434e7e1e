//! What a host runs calls with.

use super::module_hash::ModuleHash;
use super::wire::{CallId, CallerName, Failure, Form, Refusal};
use aingle_wasm_types::ErrorCode;
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

/// Runs the functions of modules for a [`Host`](super::Host). This crate has no engine: a program implements it with one.
pub trait Serve: Send + Sync + 'static {
    /// Runs a call. The future is dropped when the caller's deadline is over, or when it gives up the call: the
    /// function has to be stopped then.
    fn serve(&self, call: Call) -> impl Future<Output = Served> + Send;
}

/// A call that a host has accepted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Call {
    /// The module.
    pub module: ModuleHash,
    /// The function's name.
    pub function: String,
    /// How the payload is to be read.
    pub form: Form,
    /// The arguments.
    pub payload: Vec<u8>,
    /// The most fuel that it may use. `None` is no limit of this call's own.
    pub fuel: Option<u64>,
    /// How long the caller still waits.
    pub left: Duration,
    /// Who calls, as it says.
    pub caller: CallerName,
    /// The call's id.
    pub id: CallId,
    /// The caller's trace context, if it has one.
    pub trace: Option<String>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The fuel that it used.
    pub fuel: u64,
    /// The payload of the reply.
    pub result: Result<Vec<u8>, Unanswered>,
}

/// Why a call has no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// The function answered with an error.
    Error {
        /// Of which kind.
        code: ErrorCode,
        /// Its body, in the form that the ABI has for this kind.
        body: Vec<u8>,
    },
    /// The function was stopped.
    Failed(Failure),
    /// The function did not begin.
    Refused(Refusal),
}

/// The functions of a module: the hash of a typed function's types, `None` for a function of bytes.
pub type Exports = BTreeMap<String, Option<u64>>;

/// Checks that a module has a function for a call of this form.
pub(crate) fn check(exports: &Exports, function: &str, form: Form) -> Result<(), Refusal> {
    let Some(types) = exports.get(function) else {
        return Err(Refusal::UnknownFunction { name: function.into() });
    };
    let expected = types.map_or(Form::Bytes, Form::Typed);
    match form {
        Form::Json => Ok(()),
        _ if form == expected => Ok(()),
        _ => Err(Refusal::TypeMismatch {
            name: function.into(),
            expected: expected.to_string(),
            found: form.to_string(),
        }),
    }
}

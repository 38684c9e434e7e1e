//! Host functions as Wasmer's imports.

use crate::raw::{self, GuestMemory};
use crate::stop::Control;
use aingle_wasm_host_core::Host;
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use wasmer::{AsStoreMut, Extern, Function, FunctionEnv, FunctionEnvMut, RuntimeError};

/// What a host function works on.
pub(super) struct Env<S> {
    pub(super) host: Host<S>,
    pub(super) memory: Option<GuestMemory>,
    /// The message of a host function's panic.
    pub(super) panic: Option<String>,
    control: Arc<Control>,
}

impl<S> Env<S> {
    pub(super) fn new(host: Host<S>, control: Arc<Control>) -> Self {
        Self { host, memory: None, panic: None, control }
    }
}

/// The import of this number, counted over all imports.
pub(super) fn function<S: Send + 'static>(
    store: &mut impl AsStoreMut,
    env: &FunctionEnv<Env<S>>,
    import: u32,
) -> Extern {
    let run = move |env: FunctionEnvMut<'_, Env<S>>, ptr: u32, len: u32| answer(env, import, ptr, len);
    Function::new_typed_with_env(store, env, run).into()
}

fn answer<S: Send + 'static>(
    mut env: FunctionEnvMut<'_, Env<S>>,
    import: u32,
    ptr: u32,
    len: u32,
) -> Result<u64, RuntimeError> {
    let (data, memory) = raw::memory_of_caller(&mut env, |data: &Env<S>| data.memory);
    let packed = dispatch(data, memory, import, ptr, len)?;
    if data.control.has_attention() && data.control.stop().is_some() {
        return Err(RuntimeError::user(Box::new(Stopped)));
    }
    Ok(packed)
}

/// Runs the host function. One that panics stops the guest: what it left of its state is for the
/// caller to judge, not for the guest to go on with.
fn dispatch<S>(
    data: &mut Env<S>,
    memory: &mut [u8],
    import: u32,
    ptr: u32,
    len: u32,
) -> Result<u64, RuntimeError> {
    let host = &mut data.host;
    let answered = catch_unwind(AssertUnwindSafe(|| host.dispatch(memory, import, ptr, len)));
    answered.map_err(|payload| {
        data.panic = Some(message(&*payload));
        RuntimeError::user(Box::new(HostPanicked))
    })
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

#[derive(Debug)]
struct HostPanicked;

impl fmt::Display for HostPanicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a host function panicked")
    }
}

impl std::error::Error for HostPanicked {}

/// The call was stopped while a host function ran.
#[derive(Debug)]
struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the call was stopped")
    }
}

impl std::error::Error for Stopped {}

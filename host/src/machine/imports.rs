//! Host functions as Wasmer's imports.

use crate::plain_functions::PlainFunctions;
use crate::profile::Recorder;
use crate::raw::{self, GuestMemory};
use crate::stop::Control;
use aingle_wasm_host_core::Host;
use aingle_wasm_types::names;
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use wasmer::{AsStoreMut, Extern, Function, FunctionEnv, FunctionEnvMut, ImportType, RuntimeError};

/// What a host function works on.
pub(super) struct Env<S> {
    pub(super) host: Host<S>,
    pub(super) memory: Option<GuestMemory>,
    /// The message of a host function's panic.
    pub(super) panic: Option<String>,
    /// Of an instance that is profiled.
    pub(super) profile: Option<Recorder>,
    /// Of a module that speaks no ABI.
    pub(super) plain: Option<PlainEnv<S>>,
    control: Arc<Control>,
}

/// What host functions of numbers need of their instance.
pub(super) struct PlainEnv<S> {
    pub(super) functions: Arc<PlainFunctions<S>>,
    /// The exported memory, which they may grow.
    pub(super) memory: Option<wasmer::Memory>,
    /// Why one of them failed.
    pub(super) failed: Option<String>,
}

impl<S> Env<S> {
    pub(super) fn new(host: Host<S>, profiled: bool, control: Arc<Control>) -> Self {
        let profile = profiled.then(Recorder::default);
        Self { host, memory: None, panic: None, profile, plain: None, control }
    }

    /// Whether the call is to end.
    pub(super) fn is_stopped(&self) -> bool {
        self.control.has_attention() && self.control.stop().is_some()
    }
}

/// The import of this number, counted over all imports.
pub(super) fn function<S: Send + 'static>(
    store: &mut impl AsStoreMut,
    env: &FunctionEnv<Env<S>>,
    import: u32,
    ty: &ImportType,
) -> Extern {
    match (ty.module(), ty.name()) {
        (names::PROFILE_MODULE, names::PROFILE_ENTER) => {
            return Function::new_typed_with_env(
                store,
                env,
                |env: FunctionEnvMut<'_, Env<S>>, function: u32| {
                    record(env, |recorder, left| recorder.enter(function, left));
                },
            )
            .into();
        }
        (names::PROFILE_MODULE, _) => {
            return Function::new_typed_with_env(store, env, |env: FunctionEnvMut<'_, Env<S>>| {
                record(env, Recorder::leave);
            })
            .into();
        }
        _ => {}
    }
    let run = move |env: FunctionEnvMut<'_, Env<S>>, ptr: u32, len: u32| answer(env, import, ptr, len);
    Function::new_typed_with_env(store, env, run).into()
}

/// Tells the recorder of a call, with the fuel that is left.
fn record<S: Send + 'static>(mut env: FunctionEnvMut<'_, Env<S>>, tell: impl FnOnce(&mut Recorder, i64)) {
    let data = env.data_mut();
    let left = raw::fuel_left(&data.control);
    if let Some(recorder) = &mut data.profile {
        tell(recorder, left);
    }
}

fn answer<S: Send + 'static>(
    mut env: FunctionEnvMut<'_, Env<S>>,
    import: u32,
    ptr: u32,
    len: u32,
) -> Result<u64, RuntimeError> {
    let (data, memory) = raw::memory_of_caller(&mut env, |data: &Env<S>| data.memory);
    let packed = dispatch(data, memory, import, ptr, len)?;
    if data.is_stopped() {
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

pub(super) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

#[derive(Debug)]
pub(super) struct HostPanicked;

impl fmt::Display for HostPanicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a host function panicked")
    }
}

impl std::error::Error for HostPanicked {}

/// The call was stopped while a host function ran.
#[derive(Debug)]
pub(super) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the call was stopped")
    }
}

impl std::error::Error for Stopped {}

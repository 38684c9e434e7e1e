//! Host functions of numbers as Wasmer's imports.

use super::imports::{Env, HostPanicked, Stopped, message};
use super::value::{number, value};
use crate::plain_functions::{Caller, PlainFunctions};
use crate::plain_signature::PlainSignature;
use crate::raw;
use aingle_wasm_types::{Number, NumberType};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use wasmer::{
    AsStoreMut, Extern, ExternType, Function, FunctionEnv, FunctionEnvMut, ImportType, RuntimeError, Type,
    Value,
};

/// The function that an import asks for, if there is one.
pub(super) fn function<S: Send + 'static>(
    store: &mut impl AsStoreMut,
    env: &FunctionEnv<Env<S>>,
    functions: &PlainFunctions<S>,
    import: &ImportType,
) -> Option<Extern> {
    let ExternType::Function(ty) = import.ty() else { return None };
    let types = |types: &[Type]| types.iter().map(number_type).collect::<Option<Vec<_>>>();
    let signature = PlainSignature { params: types(ty.params())?, results: types(ty.results())? };
    let at = functions.find(import.module(), import.name(), &signature)?;
    let run = move |env: FunctionEnvMut<'_, Env<S>>, args: &[Value]| answer(env, at, args);
    Some(Function::new_with_env(store, env, ty.clone(), run).into())
}

fn answer<S: Send + 'static>(
    env: FunctionEnvMut<'_, Env<S>>,
    at: usize,
    args: &[Value],
) -> Result<Vec<Value>, RuntimeError> {
    let mut calling = Calling(env);
    let args: Vec<Number> = args.iter().filter_map(number).collect();
    let functions = calling.0.data().plain.as_ref().map(|plain| Arc::clone(&plain.functions));
    let functions = functions.ok_or_else(|| RuntimeError::user(Box::new(HostFailed)))?;
    let answered = catch_unwind(AssertUnwindSafe(|| functions.run(at, &mut calling, &args)));
    let data = calling.0.data_mut();
    let results = match answered {
        Ok(Ok(results)) => results,
        Ok(Err(failed)) => {
            data.plain.iter_mut().for_each(|plain| plain.failed = Some(failed.clone()));
            return Err(RuntimeError::user(Box::new(HostFailed)));
        }
        Err(payload) => {
            data.panic = Some(message(&*payload));
            return Err(RuntimeError::user(Box::new(HostPanicked)));
        }
    };
    if data.is_stopped() {
        return Err(RuntimeError::user(Box::new(Stopped)));
    }
    Ok(results.into_iter().map(value).collect())
}

/// The instance that calls.
struct Calling<'e, S: Send + 'static>(FunctionEnvMut<'e, Env<S>>);

impl<S: Send + 'static> Caller<S> for Calling<'_, S> {
    fn parts(&mut self) -> (&mut S, &mut [u8]) {
        let (data, memory) = raw::memory_of_caller(&mut self.0, |data: &Env<S>| data.memory);
        (&mut data.host.state, memory)
    }

    fn grow(&mut self, pages: u32) -> Option<u32> {
        let memory = self.0.data().plain.as_ref()?.memory.clone()?;
        memory.grow(&mut self.0, pages).ok().map(|pages| pages.0)
    }
}

fn number_type(ty: &Type) -> Option<NumberType> {
    Some(match ty {
        Type::I32 => NumberType::I32,
        Type::I64 => NumberType::I64,
        Type::F32 => NumberType::F32,
        Type::F64 => NumberType::F64,
        _ => return None,
    })
}

#[derive(Debug)]
struct HostFailed;

impl fmt::Display for HostFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a host function failed")
    }
}

impl std::error::Error for HostFailed {}

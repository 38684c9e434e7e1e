//! One call of a function.

use super::found::Callable;
use super::lift;
use crate::state::State;
use wasmtime::component::{InstancePre, Val};
use wasmtime::{Result, Store};

/// Instantiates a component, and calls a function. Takes and returns values as the bytes that they have by their types.
pub async fn call(
    joined: &InstancePre<State>,
    store: &mut Store<State>,
    function: &Callable,
    args: &[Val],
) -> Result<Vec<u8>> {
    let instance = joined.instantiate_async(&mut *store).await?;
    let called = instance.get_func(&mut *store, function.index);
    let called = called.ok_or_else(|| wasmtime::format_err!("no function `{}`", function.function.name()))?;
    store.set_hostcall_fuel(function.room);
    let mut results = vec![Val::Bool(false); function.results];
    called.call_async(store, args, &mut results).await?;
    lift::result(results.first(), function.function.result())
}

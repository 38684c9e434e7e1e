//! Components of WASI 0.2.

use crate::grants::Grants;
use crate::interfaces::check;
use crate::lookup;
use crate::missing::Missing;
use crate::state::State;
use wasmtime::component::{Component, Linker};
use wasmtime::{Result, Store};
use wasmtime_wasi::p2::add_to_linker_with_options_async;
use wasmtime_wasi::p2::bindings::{CommandPre, LinkOptions};

/// The export that is called, without its patch version.
pub const ENTRY: &str = "wasi:cli/run@0.2";

/// Returns whether a component has the function that is run.
pub fn has_entry(component: &Component) -> bool {
    let ty = component.component_type();
    ty.exports(component.engine()).any(|(name, _)| name.starts_with(ENTRY))
}

/// Returns the imports that are not granted.
pub fn missing(component: &Component, grants: &Grants) -> Vec<Missing> {
    let ty = component.component_type();
    ty.imports(component.engine()).filter_map(|(name, _)| check(name, grants)).collect()
}

/// Joins a component with the host functions.
pub fn prepare(component: &Component) -> Result<CommandPre<State>> {
    let mut linker = Linker::new(component.engine());
    let mut options = LinkOptions::default();
    options.network_error_code(true);
    add_to_linker_with_options_async(&mut linker, &options)?;
    lookup::add(&mut linker)?;
    CommandPre::new(linker.instantiate_pre(component)?)
}

/// Instantiates a component, and calls its entry.
pub async fn run(command: &CommandPre<State>, store: &mut Store<State>) -> Result<u32> {
    let command = command.instantiate_async(&mut *store).await?;
    let returned = command.wasi_cli_run().call_run(store).await?;
    Ok(u32::from(returned.is_err()))
}

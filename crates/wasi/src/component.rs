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

/// Returns the names of the imports.
pub fn imports(component: &Component) -> Vec<String> {
    component.component_type().imports(component.engine()).map(|(name, _)| name.to_owned()).collect()
}

/// Returns the imports that are not granted.
pub fn missing(component: &Component, grants: &Grants) -> Vec<Missing> {
    let ty = component.component_type();
    ty.imports(component.engine()).filter_map(|(name, _)| check(name, grants)).collect()
}

/// Component that is joined with the host functions.
pub struct Command {
    pre: CommandPre<State>,
}

impl Command {
    /// Joins a component with the host functions.
    pub fn prepare(component: &Component) -> Result<Self> {
        let mut linker = Linker::new(component.engine());
        let mut options = LinkOptions::default();
        options.network_error_code(true);
        add_to_linker_with_options_async(&mut linker, &options)?;
        lookup::add(&mut linker)?;
        Ok(Self { pre: CommandPre::new(linker.instantiate_pre(component)?)? })
    }

    /// Instantiates a component.
    pub async fn start(&self, store: &mut Store<State>) -> Result<()> {
        self.pre.instantiate_async(store).await.map(drop)
    }

    /// Instantiates a component, and calls its entry.
    pub async fn run(&self, store: &mut Store<State>) -> Result<u32> {
        let command = self.pre.instantiate_async(&mut *store).await?;
        let returned = command.wasi_cli_run().call_run(store).await?;
        Ok(u32::from(returned.is_err()))
    }
}

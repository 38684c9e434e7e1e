//! Components of WASI 0.2 and 0.3.

use crate::grants::Grants;
use crate::interfaces::{check, is_of};
use crate::missing::Missing;
use crate::state::State;
use crate::{lookup, lookup_03};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker, Val};
use wasmtime::{Result, Store};
use wasmtime_wasi::{p2, p3};

/// Call of a function that a component exports.
#[derive(Debug, Clone, Copy)]
pub struct ComponentCall<'c> {
    /// The function.
    pub function: &'c ComponentExportIndex,
    /// Its name, for errors.
    pub name: &'c str,
    /// Its arguments.
    pub args: &'c [Val],
    /// How many results Wasmtime has for it: 0 or 1.
    pub results: usize,
    /// What all that it hands to the host may count together, in bytes. It holds for the result and for what it writes by WASI.
    pub room: usize,
}

/// The export that is called, without its version.
pub const ENTRY: &str = "wasi:cli/run";

/// Returns whether an interface is one whose function is run: `wasi:cli/run` of WASI 0.2 or 0.3.
#[must_use]
pub fn is_entry(interface: &str) -> bool {
    [2, 3].into_iter().any(|minor| is_of(interface, ENTRY, minor))
}

/// Returns whether a component has the function that is run.
pub fn has_entry(component: &Component) -> bool {
    entry(component).is_some()
}

/// Returns the minor version of WASI whose function is run: 2 or 3.
pub fn entry(component: &Component) -> Option<u32> {
    exported(component, ENTRY)
}

/// Returns the minor version of WASI of an interface that is exported: 2 or 3. The newer one if both are.
pub fn exported(component: &Component, interface: &str) -> Option<u32> {
    let ty = component.component_type();
    let exports: Vec<&str> = ty.exports(component.engine()).map(|(name, _)| name).collect();
    [3, 2].into_iter().find(|minor| exports.iter().any(|name| is_of(name, interface, *minor)))
}

/// Returns the names of the imports.
pub fn imports(component: &Component) -> Vec<String> {
    component.component_type().imports(component.engine()).map(|(name, _)| name.to_owned()).collect()
}

/// Returns the imports that are not granted. An interface of types alone needs no grant: it has nothing that could be called.
pub fn missing(component: &Component, grants: &Grants) -> Vec<Missing> {
    let (ty, engine) = (component.component_type(), component.engine());
    let has_types_alone = |item: &ComponentItem| match item {
        ComponentItem::ComponentInstance(interface) => {
            interface.exports(engine).len() > 0
                && interface.exports(engine).all(|(_, item)| matches!(item.ty, ComponentItem::Type(_)))
        }
        _ => false,
    };
    let imports = ty.imports(engine).filter(|(name, item)| {
        // What WASI has is granted by name, whatever a component says of it.
        name.starts_with("wasi:") || !has_types_alone(&item.ty)
    });
    imports.filter_map(|(name, _)| check(name, grants)).collect()
}

/// Returns the host functions of both versions.
pub fn linker(component: &Component) -> Result<Linker<State>> {
    let mut linker = Linker::new(component.engine());
    let mut options = p2::bindings::LinkOptions::default();
    options.network_error_code(true);
    p2::add_to_linker_with_options_async(&mut linker, &options)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    linker.allow_shadowing(true);
    lookup::add(&mut linker)?;
    lookup_03::add(&mut linker)?;
    linker.allow_shadowing(false);
    Ok(linker)
}

/// Component that is joined with the host functions.
pub struct Joined {
    pub component: InstancePre<State>,
    command: Option<Command>,
}

/// Component that can be run, joined with the host functions.
enum Command {
    /// Of WASI 0.2.
    P2(p2::bindings::CommandPre<State>),
    /// Of WASI 0.3.
    P3(p3::bindings::CommandPre<State>),
}

impl Joined {
    /// Joins a component with the host functions.
    pub fn new(component: &Component) -> Result<Self> {
        let joined = linker(component)?.instantiate_pre(component)?;
        let command = match entry(component) {
            Some(3) => Some(Command::P3(p3::bindings::CommandPre::new(joined.clone())?)),
            Some(_) => Some(Command::P2(p2::bindings::CommandPre::new(joined.clone())?)),
            None => None,
        };
        Ok(Self { component: joined, command })
    }

    /// Instantiates a component.
    pub async fn start(&self, store: &mut Store<State>) -> Result<()> {
        self.component.instantiate_async(store).await.map(drop)
    }

    /// Instantiates a component, and calls a function.
    pub async fn call(&self, store: &mut Store<State>, call: &ComponentCall<'_>) -> Result<Vec<Val>> {
        let instance = self.component.instantiate_async(&mut *store).await?;
        let function = instance.get_func(&mut *store, call.function);
        let function = function.ok_or_else(|| wasmtime::format_err!("no function `{}`", call.name))?;
        store.set_hostcall_fuel(call.room);
        let mut results = vec![Val::Bool(false); call.results];
        function.call_async(store, call.args, &mut results).await?;
        Ok(results)
    }

    /// Instantiates a component, and calls its entry.
    pub async fn run(&self, store: &mut Store<State>) -> Result<u32> {
        let returned = match &self.command {
            Some(Command::P2(joined)) => {
                let command = joined.instantiate_async(&mut *store).await?;
                command.wasi_cli_run().call_run(store).await?
            }
            Some(Command::P3(joined)) => {
                let command = joined.instantiate_async(&mut *store).await?;
                let run = async |store: &_| command.wasi_cli_run().call_run(store).await;
                store.run_concurrent(run).await??
            }
            None => return Err(wasmtime::format_err!("no export `{ENTRY}`")),
        };
        Ok(u32::from(returned.is_err()))
    }
}

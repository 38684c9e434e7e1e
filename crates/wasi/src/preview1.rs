//! Core modules of WASI preview 1.

use crate::ended::ExitStatus;
use crate::error::ErrorKind;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::missing::{Missing, Needs};
use crate::value::Value;
use crate::what::PREVIEW_1;
use wasmtime::{ExternType, FuncType, Instance, InstancePre, Linker, Module, Result, Store, Val};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p1::{WasiP1Ctx, add_to_linker_async};

/// The export that is called.
pub const ENTRY: &str = "_start";

/// The export that is called before, if it is there.
const INITIALIZE: &str = "_initialize";

/// What host functions work on.
pub struct State {
    pub wasi: WasiP1Ctx,
    pub meter: Meter,
}

/// Returns the host functions.
fn linker(module: &Module) -> Result<Linker<State>> {
    let mut linker = Linker::new(module.engine());
    add_to_linker_async(&mut linker, |state: &mut State| &mut state.wasi)?;
    linker.allow_shadowing(true);
    linker.func_wrap(PREVIEW_1, "proc_exit", |status: i32| -> Result<()> {
        Err(ExitStatus(status.cast_unsigned()).into())
    })?;
    Ok(linker)
}

/// Returns the imports that are no host functions.
pub fn missing(module: &Module) -> Vec<Missing> {
    let Ok(linker) = linker(module) else { return Vec::new() };
    let wasi = WasiCtxBuilder::new().build_p1();
    let mut store = Store::new(module.engine(), State { wasi, meter: Meter::new(&Limits::default()) });
    let imports = module.imports();
    let imports = imports.filter(|import| linker.get(&mut store, import.module(), import.name()).is_err());
    let names = imports.map(|import| format!("{}.{}", import.module(), import.name()));
    names.map(|name| Missing { name, needs: Needs::Nothing }).collect()
}

/// Joins a module with the host functions.
pub fn prepare(module: &Module) -> Result<InstancePre<State>> {
    linker(module)?.instantiate_pre(module)
}

/// Returns whether a module has the function that is run.
pub fn has_entry(module: &Module) -> bool {
    function(module, ENTRY).is_some_and(|ty| ty.params().len() == 0 && ty.results().len() == 0)
}

/// Refuses constructors that take or return something: nobody could call them.
pub fn check_initialize(module: &Module) -> std::result::Result<(), ErrorKind> {
    match function(module, INITIALIZE) {
        Some(ty) if ty.params().len() + ty.results().len() > 0 => {
            Err(ErrorKind::Invalid { reason: format!("`{INITIALIZE}` takes or returns something: {ty}") })
        }
        _ => Ok(()),
    }
}

/// Returns the type of an exported function.
pub fn function(module: &Module, name: &str) -> Option<FuncType> {
    match module.get_export(name) {
        Some(ExternType::Func(ty)) => Some(ty),
        _ => None,
    }
}

/// Instantiates a module, and runs its constructors.
async fn instantiate(module: &InstancePre<State>, store: &mut Store<State>) -> Result<Instance> {
    let instance = module.instantiate_async(&mut *store).await?;
    if function(module.module(), INITIALIZE).is_some() {
        let initialize = instance.get_typed_func::<(), ()>(&mut *store, INITIALIZE)?;
        initialize.call_async(&mut *store, ()).await?;
    }
    Ok(instance)
}

/// Instantiates a module, and runs its constructors unless it has an entry, which would run them.
pub async fn start(module: &InstancePre<State>, store: &mut Store<State>) -> Result<()> {
    if has_entry(module.module()) {
        return module.instantiate_async(store).await.map(drop);
    }
    instantiate(module, store).await.map(drop)
}

/// Instantiates a module, and calls its entry.
pub async fn run(module: &InstancePre<State>, store: &mut Store<State>) -> Result<u32> {
    let instance = instantiate(module, store).await?;
    let entry = instance.get_typed_func::<(), ()>(&mut *store, ENTRY)?;
    entry.call_async(store, ()).await?;
    Ok(0)
}

/// Instantiates a module, and calls a function of these types. Returns numbers alone.
pub async fn call(
    module: &InstancePre<State>,
    store: &mut Store<State>,
    name: &str,
    args: &[Value],
    ty: &FuncType,
) -> Result<Vec<Value>> {
    let instance = instantiate(module, store).await?;
    let function = instance.get_func(&mut *store, name);
    let function = function.ok_or_else(|| wasmtime::format_err!("no function `{name}`"))?;
    let args: Vec<Val> = args.iter().map(|arg| arg.val()).collect();
    let mut results = vec![Val::I32(0); ty.results().len()];
    function.call_async(store, &args, &mut results).await?;
    Ok(results.iter().filter_map(Value::of).collect())
}

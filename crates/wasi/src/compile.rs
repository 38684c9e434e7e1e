//! Compilation within limits.

use crate::compiled::Compiled;
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::raw::{CodeStore, Loader, load};
use crate::what::{What, recognise};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::mpsc;
use std::time::Duration;
use wasmparser::{Parser, Payload};
use wasmtime::component::Component;
use wasmtime::{Config, Engine, Module};

/// What host functions may take of the stack beyond the guest's, in bytes.
const HOST_STACK: usize = 2 << 20;

/// Compiles bytes for these limits.
pub fn compile(wasm: &[u8], limits: &Limits) -> Result<Compiled, Error> {
    check_size(wasm, limits)?;
    check_functions(wasm, limits)?;
    let engine = Engine::new(&config(limits)).map_err(invalid)?;
    compile_checked(engine, wasm, recognise(wasm) == What::Component, limits)
}

/// Compiles bytes whose sizes are checked.
fn compile_checked(
    engine: Engine,
    wasm: &[u8],
    is_component: bool,
    limits: &Limits,
) -> Result<Compiled, Error> {
    let Some(limit) = limits.compile_time else {
        return translate(&engine, wasm, is_component);
    };
    let wasm = wasm.to_vec();
    within(limit, move || translate(&engine, &wasm, is_component))
}

/// Takes the code of a module from a store, or compiles it and keeps the code. Returns whether it was there.
pub fn compile_cached(
    wasm: &[u8],
    limits: &Limits,
    store: &impl CodeStore,
) -> Result<(Compiled, bool), Error> {
    check_size(wasm, limits)?;
    let mut config = config(limits);
    let loader = Loader::new(&mut config);
    let engine = Engine::new(&config).map_err(invalid)?;
    let identity = identity(&engine, limits);
    let is_component = recognise(wasm) == What::Component;
    if let Some(compiled) = load(&loader, store, &engine, &identity, wasm, is_component) {
        return Ok((compiled, true));
    }
    check_functions(wasm, limits)?;
    let compiled = compile_checked(engine, wasm, is_component, limits)?;
    let code = match &compiled {
        Compiled::Core(module) => module.serialize(),
        Compiled::Component(component) => component.serialize(),
    };
    store.keep(&identity, wasm, &code.map_err(invalid)?);
    Ok((compiled, false))
}

/// Returns a name of all that decides whether there is code, and which, the module excepted: the version of Wasmtime, the processor, the
/// configuration and the limit of functions.
fn identity(engine: &Engine, limits: &Limits) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("wasmtime {:016x}, functions of {} bytes", hasher.finish(), limits.function)
}

fn config(limits: &Limits) -> Config {
    let mut config = Config::new();
    config.consume_fuel(limits.fuel.is_some());
    config.epoch_interruption(true);
    // What backtraces and debuggers use, which nobody is shown, would be a part of the code that is kept.
    config.generate_address_map(false);
    if cfg!(not(windows)) {
        config.native_unwind_info(false);
    }
    config.wasm_component_model_async(true);
    config.max_wasm_stack(limits.native_stack() as usize);
    config.async_stack_size(limits.native_stack() as usize + HOST_STACK);
    config
}

fn translate(engine: &Engine, wasm: &[u8], is_component: bool) -> Result<Compiled, Error> {
    let compiled = if is_component {
        Component::from_binary(engine, wasm).map(|component| Compiled::Component(Box::new(component)))
    } else {
        Module::from_binary(engine, wasm).map(Compiled::Core)
    };
    compiled.map_err(invalid)
}

/// Runs a compilation on a thread of its own, and waits for it this long.
fn within(
    limit: Duration,
    compile: impl FnOnce() -> Result<Compiled, Error> + Send + 'static,
) -> Result<Compiled, Error> {
    let (sender, receiver) = mpsc::channel();
    let thread = std::thread::Builder::new().name("compile".into());
    // Nobody may wait for the result any more.
    let spawned = thread.spawn(move || drop(sender.send(compile())));
    spawned.map_err(|error| ErrorKind::Io { path: None, error })?;
    match receiver.recv_timeout(limit) {
        Ok(compiled) => compiled,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(ErrorKind::CompileTime { limit }.into()),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(ErrorKind::Invalid { reason: "the compiler panicked".into() }.into())
        }
    }
}

fn check_size(wasm: &[u8], limits: &Limits) -> Result<(), Error> {
    let found = wasm.len() as u64;
    if found > limits.module {
        return Err(ErrorKind::ModuleSize { limit: limits.module, found }.into());
    }
    Ok(())
}

fn check_functions(wasm: &[u8], limits: &Limits) -> Result<(), Error> {
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(|error| ErrorKind::Invalid { reason: error.to_string() })?;
        let Payload::CodeSectionEntry(body) = payload else { continue };
        let (found, offset) = (body.as_bytes().len() as u64, body.range().start);
        if found > limits.function {
            return Err(ErrorKind::FunctionSize { limit: limits.function, found, offset }.into());
        }
    }
    Ok(())
}

fn invalid(error: wasmtime::Error) -> Error {
    ErrorKind::Invalid { reason: crate::ended::chain(&error) }.into()
}

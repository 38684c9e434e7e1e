//! Modules that are compiled, and machine code that is taken up again.

use super::code::Code;
use super::native::native;
use super::threads;
use crate::admission::admit;
use crate::authentic::Authentic;
use crate::config::EngineConfig;
use crate::error::HostErrorKind;
use crate::isolation::CompileProcess;
use crate::raw::deserialize;
use crate::tunables::Limits;
use aingle_wasm_host_core::{Module, ModuleError};
use aingle_wasm_metering::{Meter, MeterError, canonical_nans, inspect, record_calls};
use aingle_wasm_module::reader::HEADER;
use aingle_wasm_types::names::START;
use std::borrow::Cow;
use wasmer::Engine;
use wasmer::sys::NativeEngineExt;
use wasmer::sys::wasmparser::{Parser, Payload};

/// What is known of a module before it is compiled.
struct Facts {
    tables: usize,
    /// Whether it says that it carries limits.
    limited: bool,
}

/// Validates and compiles a module.
pub(crate) fn compile(config: &EngineConfig, wasm: &[u8]) -> Result<Code, HostErrorKind> {
    if !wasm.starts_with(HEADER) {
        return Err(HostErrorKind::Module(ModuleError::not_wasm(wasm)));
    }
    admit(&config.module_limits, wasm)?;
    let facts = check(wasm)?;
    let limits = Limits::new(config, facts.tables);
    let (module, engine) = threads::run(config.compile_threads, || {
        let limited = with_limits(config, wasm, &facts)?;
        let limited = if config.profile { recorded(wasm, &limited)?.into() } else { limited };
        let whole = match config.canonicalize_nans {
            true => canonical_nans(&limited).map_err(HostErrorKind::Limits)?,
            false => Cow::Borrowed(&*limited),
        };
        match &config.compile_process {
            None => native(config, limits, &whole),
            Some(process) => elsewhere(process, config, limits, &whole),
        }
    })??;
    limits.check(module.info())?;
    Ok(Code { module, engine, limited: facts.limited || config.metered() })
}

/// Compiles a module in another process, and takes up the machine code here.
#[cfg(unix)]
fn elsewhere(
    process: &CompileProcess,
    config: &EngineConfig,
    limits: Limits,
    wasm: &[u8],
) -> Result<(wasmer::Module, Engine), HostErrorKind> {
    let code = crate::isolation::compile(process, config, wasm)?;
    let mut engine = Engine::headless();
    engine.set_tunables(limits);
    let module = deserialize(&engine, Authentic::of_own_child(code))
        .map_err(|error| HostErrorKind::Compiler { reason: error.to_string() })?;
    Ok((module, engine))
}

/// [`EngineConfig`] refuses it.
#[cfg(not(unix))]
fn elsewhere(
    _: &CompileProcess,
    _: &EngineConfig,
    _: Limits,
    _: &[u8],
) -> Result<(wasmer::Module, Engine), HostErrorKind> {
    Err(HostErrorKind::Config { field: "compile_process", reason: "on Unix only" })
}

/// The module with limits in it, where the configuration asks for them.
fn with_limits<'w>(
    config: &EngineConfig,
    wasm: &'w [u8],
    facts: &Facts,
) -> Result<Cow<'w, [u8]>, HostErrorKind> {
    if !config.metered() || (facts.limited && config.trust_carried_limits) {
        inspect(wasm).map_or(Ok(()), |carried| config.check_depth(carried.fixed_depth))?;
        return Ok(wasm.into());
    }
    match Meter::new(config.prices).bulk_in_pieces().instrument(wasm) {
        Ok(limited) => {
            inspect(&limited).map_or(Ok(()), |carried| config.check_depth(carried.fixed_depth))?;
            Ok(limited.into())
        }
        Err(MeterError::Invalid { offset, reason }) => Err(HostErrorKind::Invalid { offset, reason }),
        Err(MeterError::ReservedName { name }) => Err(HostErrorKind::ReservedExport { name }),
        Err(error) => Err(HostErrorKind::Limits(error)),
    }
}

/// The module, which has limits, with calls that tell of themselves. They count the functions of the module as it was.
fn recorded(wasm: &[u8], limited: &[u8]) -> Result<Vec<u8>, HostErrorKind> {
    let module = Module::parsed(wasm);
    let imported = module.imports().filter(|import| import.ty.is_some()).count();
    let functions = u32::try_from(imported + module.functions().count()).unwrap_or(u32::MAX);
    record_calls(limited, functions).map_err(HostErrorKind::Limits)
}

/// Takes up machine code again. Nothing when this version cannot read it.
///
/// The bytes must be what [`wasmer::Module::serialize`] gave under the same [`identity`](super::identity()).
pub(crate) fn load(config: &EngineConfig, wasm: &[u8], artifact: Authentic) -> Option<Code> {
    let facts = check(wasm).ok()?;
    let limits = Limits::new(config, facts.tables);
    let mut engine = Engine::headless();
    engine.set_tunables(limits);
    let module = deserialize(&engine, artifact).ok()?;
    limits.check(module.info()).ok()?;
    Some(Code { module, engine, limited: facts.limited || config.metered() })
}

/// Refuses what the compiler would not: a name that belongs to the host, and a damaged description.
fn check(wasm: &[u8]) -> Result<Facts, HostErrorKind> {
    let (mut tables, mut exports_start) = (0, false);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload {
            Ok(Payload::ExportSection(exports)) => {
                exports_start = exports.into_iter().flatten().any(|export| export.name == START);
            }
            Ok(Payload::TableSection(section)) => tables = section.count() as usize,
            Ok(Payload::CodeSectionStart { .. }) | Err(_) => break,
            Ok(_) => {}
        }
    }
    match Module::parse(wasm) {
        Ok(module) if module.limits().is_none() && exports_start => {
            Err(HostErrorKind::ReservedExport { name: START.into() })
        }
        Ok(module) => Ok(Facts { tables, limited: module.limits().is_some() }),
        Err(error) => Err(HostErrorKind::Module(error)),
    }
}

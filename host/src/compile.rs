//! From bytes to machine code, and from machine code that was kept.
//!
//! Every module gets an engine of Wasmer's own: the memory that holds the code belongs to the engine, so
//! that dropping a module gives it back. Limits are put into the module before it is compiled.

use crate::cache::Authentic;
use crate::config::Compiler;
use crate::error::HostErrorKind;
use crate::tunables::Limits;
use crate::{CompileProcess, EngineConfig, admission, start};
use aingle_wasm_host_core::{Module, ModuleError};
use aingle_wasm_metering::{Meter, MeterError, inspect};
use aingle_wasm_module::reader::HEADER;
use aingle_wasm_types::metering::RULES_VERSION;
use aingle_wasm_types::names::START;
use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::ops::{Deref, Range};
use std::sync::Arc;
use wasmer::Engine;
use wasmer::sys::wasmparser::{Parser, Payload};
use wasmer::sys::{CompilerConfig, EngineBuilder, Features, NativeEngineExt, Target};

mod threads;

/// Machine code, and the engine that it lives in.
#[derive(Clone)]
pub(crate) struct Code {
    // The code is dropped before the memory that it lies in.
    pub(crate) module: wasmer::Module,
    pub(crate) engine: Engine,
    /// Whether limits are in it.
    pub(crate) limited: bool,
}

impl Code {
    /// Where the functions lie: in one piece, in which nothing else is.
    pub(crate) fn range(&self) -> Range<usize> {
        let artifact = self.module.sys_artifact();
        let extents = artifact.and_then(wasmer::sys::Artifact::finished_function_extents).unwrap_or_default();
        let places = extents.iter().map(|(_, function)| {
            let start = (*function.ptr).addr();
            start..start + function.length
        });
        places.reduce(|all, one| all.start.min(one.start)..all.end.max(one.end)).unwrap_or(0..0)
    }
}

/// What is known of a module before it is compiled.
struct Facts {
    tables: usize,
    /// Whether it says that it carries limits.
    limited: bool,
}

/// Validates and compiles a module.
pub(crate) fn compile(config: &EngineConfig, wasm: &[u8]) -> Result<Code, HostErrorKind> {
    if !wasm.starts_with(HEADER) {
        return Err(HostErrorKind::Module(ModuleError::NotWasm));
    }
    admission::admit(&config.module_limits, wasm)?;
    let facts = check(wasm)?;
    let limits = Limits::new(config, facts.tables);
    let limited = with_limits(config, wasm, &facts)?;
    let (module, engine) = match &config.compile_process {
        None => native(config, limits, &limited)?,
        Some(process) => elsewhere(process, config, limits, &limited)?,
    };
    limits.check(module.info())?;
    Ok(Code { module, engine, limited: facts.limited || config.metered() })
}

/// Compiles a module in this process.
fn native(
    config: &EngineConfig,
    limits: Limits,
    wasm: &[u8],
) -> Result<(wasmer::Module, Engine), HostErrorKind> {
    let builder = EngineBuilder::new(compiler(config)?);
    let mut engine = Engine::from(builder.set_features(Some(features())));
    engine.set_tunables(limits);
    let module = threads::run(config.compile_threads, || wasmer::Module::new(&engine, wasm))?
        .map_err(|error| HostErrorKind::Compiler { reason: error.to_string() })?;
    Ok((module, engine))
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
    let module = crate::raw::deserialize(&engine, Authentic::of_own_child(code))
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

/// Compiles a module with what is in it, and returns its machine code: for [`elsewhere`], in the other process.
#[cfg(unix)]
pub(crate) fn machine_code(config: &EngineConfig, wasm: &[u8]) -> Result<Vec<u8>, HostErrorKind> {
    // Tables decide nothing about machine code.
    let (module, engine) = native(config, Limits::new(config, 1), wasm)?;
    let code = Code { module, engine, limited: false };
    Ok(serialize(&code)?.to_vec())
}

/// Returns how many threads a compilation uses.
#[cfg(unix)]
pub(crate) fn threads(config: &EngineConfig) -> usize {
    threads::count(config.compile_threads).get()
}

/// The versions and the processor that decide how machine code is made and read.
#[cfg(unix)]
pub(crate) fn toolchain() -> String {
    let target = Target::default();
    let mut features: Vec<String> = target.cpu_features().iter().map(|f| format!("{f:?}")).collect();
    features.sort_unstable();
    let (ours, wasmer) = (env!("CARGO_PKG_VERSION"), wasmer_types::VERSION);
    format!("{ours} {wasmer} {} {}", target.triple(), features.join(","))
}

/// The module with limits in it, where the configuration asks for them.
fn with_limits<'w>(
    config: &EngineConfig,
    wasm: &'w [u8],
    facts: &Facts,
) -> Result<Cow<'w, [u8]>, HostErrorKind> {
    if !config.metered() || (facts.limited && config.trust_carried_limits) {
        inspect(wasm).map_or(Ok(()), |carried| config.check_depth(carried.beside))?;
        return Ok(wasm.into());
    }
    match Meter::new(config.prices).instrument(wasm) {
        Ok(limited) => {
            inspect(&limited).map_or(Ok(()), |carried| config.check_depth(carried.beside))?;
            Ok(limited.into())
        }
        Err(MeterError::Invalid { offset, reason }) => Err(HostErrorKind::Invalid { offset, reason }),
        Err(MeterError::ReservedName { name }) => Err(HostErrorKind::ReservedExport { name }),
        Err(error) => Err(HostErrorKind::Limits(error)),
    }
}

/// Takes up machine code again. Nothing when this version cannot read it.
///
/// The bytes must be what [`wasmer::Module::serialize`] gave under the same [`identity`].
pub(crate) fn load(config: &EngineConfig, wasm: &[u8], artifact: Authentic) -> Option<Code> {
    let facts = check(wasm).ok()?;
    let limits = Limits::new(config, facts.tables);
    let mut engine = Engine::headless();
    engine.set_tunables(limits);
    let module = crate::raw::deserialize(&engine, artifact).ok()?;
    limits.check(module.info()).ok()?;
    Some(Code { module, engine, limited: facts.limited || config.metered() })
}

/// The version of Cranelift, which Wasmer's does not decide alone.
#[cfg(feature = "cranelift")]
const CODE_GENERATOR: &str = cranelift_codegen::VERSION;
#[cfg(not(feature = "cranelift"))]
const CODE_GENERATOR: &str = "";

/// Everything but the module's bytes that decides what its machine code is: versions, compiler,
/// processor, limits.
pub(crate) fn identity(config: &EngineConfig) -> String {
    let target = Target::default();
    let mut features: Vec<String> = target.cpu_features().iter().map(|f| format!("{f:?}")).collect();
    features.sort_unstable();
    format!(
        "aingle_wasm_host {}\nwasmer {} {}\ncode {}\nmeter {}\ncompiler {:?}\ntarget {}\ncpu {}\nlimits {}\nnans {}\nstatic {}\nmemory {}\nmodule {:?}\n",
        env!("CARGO_PKG_VERSION"),
        wasmer_types::VERSION,
        wasmer_compiler::VERSION,
        CODE_GENERATOR,
        aingle_wasm_metering::VERSION,
        config.compiler,
        target.triple(),
        features.join(","),
        limits(config),
        config.canonicalize_nans,
        config.static_memory_bound,
        config.memory_limit,
        config.module_limits,
    )
}

/// By which rules and prices limits are put into modules, and the depth that the stack has room for: modules
/// that carry limits of their own are refused for it, too. How much fuel there is is no part of the code.
fn limits(config: &EngineConfig) -> String {
    let depth = config.depth_limit;
    match config.metered() {
        true => {
            let (prices, trust) = (config.prices.hash(), config.trust_carried_limits);
            format!("{RULES_VERSION} {prices:016x} {trust} {depth}")
        }
        false => format!("none {depth}"),
    }
}

fn compiler(config: &EngineConfig) -> Result<Box<dyn CompilerConfig>, HostErrorKind> {
    let mut compiler = bare_compiler(config.compiler, threads::count(config.compile_threads))?;
    compiler.canonicalize_nans(config.canonicalize_nans);
    compiler.push_middleware(start::middleware());
    Ok(compiler)
}

fn bare_compiler(
    compiler: Compiler,
    threads: NonZeroUsize,
) -> Result<Box<dyn CompilerConfig>, HostErrorKind> {
    match compiler {
        #[cfg(feature = "cranelift")]
        Compiler::Cranelift => {
            let mut compiler = wasmer::sys::Cranelift::new();
            compiler.num_threads(threads);
            Ok(Box::new(compiler))
        }
        #[cfg(feature = "llvm")]
        Compiler::Llvm => {
            let mut compiler = wasmer::sys::LLVM::new();
            compiler.num_threads(threads);
            Ok(Box::new(compiler))
        }
        #[cfg(not(all(feature = "cranelift", feature = "llvm")))]
        _ => Err(HostErrorKind::Config { field: "compiler", reason: "built without this compiler" }),
    }
}

/// WebAssembly 2.0 and extended constants. No threads: another thread could write guest memory while
/// the host reads it. One memory: its limit is the module's. The validator of `admission` has the same.
fn features() -> Features {
    Features {
        reference_types: true,
        simd: true,
        bulk_memory: true,
        multi_value: true,
        extended_const: true,
        ..Features::none()
    }
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

/// The machine code as bytes, as Wasmer writes it.
pub(crate) fn serialize(code: &Code) -> Result<impl Deref<Target = [u8]> + use<>, HostErrorKind> {
    code.module.serialize().map_err(|error| HostErrorKind::Compiler { reason: error.to_string() })
}

/// Shared by every instance of a module.
pub(crate) type SharedWasm = Arc<[u8]>;

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that another version wrote must be found under no name of this one.
    #[test]
    fn the_identity_names_every_version_that_decides_machine_code() {
        let identity = identity(&EngineConfig::default());
        let lock = include_str!("../../Cargo.lock");
        for package in [
            "wasmer-types",
            "wasmer-compiler",
            "cranelift-codegen",
            "aingle_wasm_metering",
            "aingle_wasm_host",
        ] {
            let found: Vec<&str> = lock
                .split("[[package]]")
                .filter(|entry| entry.contains(&format!("name = \"{package}\"\n")))
                .filter_map(|entry| entry.split("version = \"").nth(1)?.split('"').next())
                .collect();
            let [version] = found[..] else { panic!("{package}: {found:?}") };
            assert!(identity.contains(version), "{package} {version}: {identity}");
        }
        let lines: Vec<&str> =
            identity.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
        for line in ["aingle_wasm_host", "wasmer", "code", "meter", "compiler", "target", "cpu", "limits"] {
            assert!(lines.contains(&line), "{line}: {identity}");
        }
        assert!(identity.contains(&format!("code {}\n", cranelift_codegen::VERSION)));
        assert!(identity.contains(&format!("meter {}\n", aingle_wasm_metering::VERSION)));
        let prices = aingle_wasm_metering::PriceList::default().hash();
        assert!(identity.contains(&format!("limits {RULES_VERSION} {prices:016x} ")), "{identity}");
    }
}

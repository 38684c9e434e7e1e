//! From bytes to machine code, and from machine code that was kept.
//!
//! Every module gets an engine of Wasmer's own: a metering middleware serves one compilation only, and
//! the memory that holds the code belongs to the engine, so that dropping a module gives it back.

use crate::config::Compiler;
use crate::error::HostErrorKind;
use crate::tunables::Limits;
use crate::{EngineConfig, metering, start};
use aingle_wasm_bridge::Module;
use std::sync::Arc;
use wasmer::sys::wasmparser::{Parser, Payload, Validator, WasmFeatures};
use wasmer::sys::{CompilerConfig, EngineBuilder, Features, NativeEngineExt, Target};
use wasmer::{CompileError, Engine};

/// Machine code, and the engine that it lives in.
#[derive(Clone)]
pub(crate) struct Code {
    // The code is dropped before the memory that it lies in.
    pub(crate) module: wasmer::Module,
    pub(crate) engine: Engine,
}

/// Validates and compiles a module.
pub(crate) fn compile(config: &EngineConfig, wasm: &[u8]) -> Result<Code, HostErrorKind> {
    let tables = check(wasm)?;
    let limits = Limits::new(config, tables);
    let builder = EngineBuilder::new(compiler(config)?);
    let mut engine = Engine::from(builder.set_features(Some(features())));
    engine.set_tunables(limits);
    let module = wasmer::Module::new(&engine, wasm).map_err(|error| refused(wasm, error))?;
    limits.check(module.info())?;
    Ok(Code { module, engine })
}

/// Takes up machine code again. Nothing when this version cannot read it.
///
/// The bytes must be what [`wasmer::Module::serialize`] gave under the same [`identity`].
pub(crate) fn load(config: &EngineConfig, wasm: &[u8], artifact: crate::cache::Authentic) -> Option<Code> {
    let limits = Limits::new(config, check(wasm).ok()?);
    let mut engine = Engine::headless();
    engine.set_tunables(limits);
    let module = crate::raw::deserialize(&engine, artifact).ok()?;
    limits.check(module.info()).ok()?;
    Some(Code { module, engine })
}

/// Everything but the module's bytes that decides what its machine code is: versions, compiler,
/// processor, limits.
pub(crate) fn identity(config: &EngineConfig) -> String {
    let target = Target::default();
    let mut features: Vec<String> = target.cpu_features().iter().map(|f| format!("{f:?}")).collect();
    features.sort_unstable();
    format!(
        "aingle_wasm_host {}\nwasmer {}\ncompiler {:?}\ntarget {}\ncpu {}\nfuel {}\nnans {}\nstatic {}\nmemory {}\n",
        env!("CARGO_PKG_VERSION"),
        wasmer_types::VERSION,
        config.compiler,
        target.triple(),
        features.join(","),
        config.metering_limit,
        config.canonicalize_nans,
        config.static_memory_bound,
        config.memory_limit,
    )
}

fn compiler(config: &EngineConfig) -> Result<Box<dyn CompilerConfig>, HostErrorKind> {
    let mut compiler = bare_compiler(config.compiler)?;
    compiler.canonicalize_nans(config.canonicalize_nans);
    compiler.push_middleware(start::middleware());
    if let Some(limit) = config.fuel_limit() {
        compiler.push_middleware(metering::middleware(limit));
    }
    Ok(compiler)
}

fn bare_compiler(compiler: Compiler) -> Result<Box<dyn CompilerConfig>, HostErrorKind> {
    match compiler {
        #[cfg(feature = "cranelift")]
        Compiler::Cranelift => Ok(Box::new(wasmer::sys::Cranelift::new())),
        #[cfg(feature = "llvm")]
        Compiler::Llvm => Ok(Box::new(wasmer::sys::LLVM::new())),
        #[cfg(not(all(feature = "cranelift", feature = "llvm")))]
        _ => Err(HostErrorKind::Config { field: "compiler", reason: "built without this compiler" }),
    }
}

/// WebAssembly 2.0 and extended constants. No threads: another thread could write guest memory while
/// the host reads it. One memory: its limit is the module's.
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

/// The same features for the validator, which also says where.
fn validator() -> Validator {
    let features = WasmFeatures::WASM2 | WasmFeatures::EXTENDED_CONST;
    Validator::new_with_features(features)
}

/// Refuses what the compiler would not: names that belong to the host, and a damaged description.
/// Returns how many tables the module has.
fn check(wasm: &[u8]) -> Result<usize, HostErrorKind> {
    let mut tables = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload {
            Ok(Payload::ExportSection(exports)) => check_exports(exports)?,
            Ok(Payload::TableSection(section)) => tables = section.count() as usize,
            Ok(Payload::CodeSectionStart { .. }) | Err(_) => break,
            Ok(_) => {}
        }
    }
    Module::parse(wasm).map(|_| tables).or_else(|error| match validator().validate_all(wasm) {
        Ok(_) => Err(HostErrorKind::Module(error)),
        // What is no module at all is told by the compiler's validation, which knows more.
        Err(_) => Ok(tables),
    })
}

fn check_exports(exports: wasmer::sys::wasmparser::ExportSectionReader<'_>) -> Result<(), HostErrorKind> {
    let names = exports.into_iter().flatten().map(|export| export.name);
    let reserved = |name: &&str| name.starts_with(metering::RESERVED_PREFIX) || *name == start::EXPORT;
    match names.into_iter().find(reserved) {
        Some(name) => Err(HostErrorKind::ReservedExport { name: name.into() }),
        None => Ok(()),
    }
}

/// Why the compiler refused the module, with the place.
fn refused(wasm: &[u8], error: CompileError) -> HostErrorKind {
    let Err(invalid) = validator().validate_all(wasm) else {
        return HostErrorKind::Compiler { reason: error.to_string() };
    };
    let (offset, reason) = (invalid.offset(), invalid.message().to_owned());
    match Validator::new_with_features(WasmFeatures::all()).validate_all(wasm) {
        Ok(_) => HostErrorKind::Unsupported { offset, reason },
        Err(_) => HostErrorKind::Invalid { offset, reason },
    }
}

/// The machine code as bytes.
pub(crate) fn serialize(code: &Code) -> Result<Vec<u8>, HostErrorKind> {
    let bytes =
        code.module.serialize().map_err(|error| HostErrorKind::Compiler { reason: error.to_string() })?;
    Ok(bytes.to_vec())
}

/// Shared by every instance of a module.
pub(crate) type SharedWasm = Arc<[u8]>;

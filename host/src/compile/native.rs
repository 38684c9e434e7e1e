//! Compiling in this process.

use super::code::{Code, serialize};
use super::threads;
use crate::compiler::Compiler;
use crate::config::EngineConfig;
use crate::error::HostErrorKind;
use crate::start;
use crate::tunables::Limits;
use std::num::NonZeroUsize;
use wasmer::Engine;
use wasmer::sys::{CompilerConfig, EngineBuilder, Features, NativeEngineExt};

/// Compiles a module in this process, on the threads of the pool that it is called in.
pub(super) fn native(
    config: &EngineConfig,
    limits: Limits,
    wasm: &[u8],
) -> Result<(wasmer::Module, Engine), HostErrorKind> {
    let builder = EngineBuilder::new(compiler(config, wasm)?);
    let mut engine = Engine::from(builder.set_features(Some(features())));
    engine.set_tunables(limits);
    let module = wasmer::Module::new(&engine, wasm)
        .map_err(|error| HostErrorKind::Compiler { reason: error.to_string() })?;
    Ok((module, engine))
}

/// Compiles a module with what is in it, and returns its machine code: for a compile process.
#[cfg(unix)]
pub(crate) fn machine_code(config: &EngineConfig, wasm: &[u8]) -> Result<Vec<u8>, HostErrorKind> {
    // Tables decide nothing about machine code.
    let (module, engine) =
        threads::run(config.compile_threads, || native(config, Limits::new(config, 1), wasm))??;
    let code = Code { module, engine, limited: false };
    Ok(serialize(&code)?.to_vec())
}

/// Returns how many threads a compilation uses.
#[cfg(unix)]
pub(crate) fn thread_count(config: &EngineConfig) -> usize {
    threads::count(config.compile_threads).get()
}

fn compiler(config: &EngineConfig, wasm: &[u8]) -> Result<Box<dyn CompilerConfig>, HostErrorKind> {
    let mut compiler = bare_compiler(config.compiler, threads::count(config.compile_threads))?;
    if let Some(middleware) = start::middleware(wasm) {
        compiler.push_middleware(middleware);
    }
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

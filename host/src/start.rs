//! Start functions, put off.
//!
//! Wasmer runs a start function while it instantiates, when nothing outside can reach the new memory
//! yet, so that a host function called from there could read nothing. A middleware takes the start
//! function out of the module and exports it under a name of the ABI's own; the host runs it when the
//! instance is there. A module with limits in it exports its start function already, and compiles faster without a
//! middleware, which is asked for each instruction.

use aingle_wasm_types::names::START;
use std::sync::Arc;
use wasmer::sys::wasmparser::{Parser, Payload};
use wasmer::sys::{FunctionMiddleware, MiddlewareError, ModuleMiddleware};
use wasmer::{ExportIndex, LocalFunctionIndex, ModuleInfo};

/// The middleware for a module; none where it has no start function.
pub(crate) fn middleware(wasm: &[u8]) -> Option<Arc<dyn ModuleMiddleware>> {
    let mut before_code = Parser::new(0)
        .parse_all(wasm)
        .map_while(Result::ok)
        .take_while(|payload| !matches!(payload, Payload::CodeSectionStart { .. }));
    let starts = before_code.any(|payload| matches!(payload, Payload::StartSection { .. }));
    starts.then(|| Arc::new(PutOff) as Arc<dyn ModuleMiddleware>)
}

#[derive(Debug)]
struct PutOff;

impl ModuleMiddleware for PutOff {
    fn generate_function_middleware<'a>(
        &self,
        _: LocalFunctionIndex,
    ) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        Box::new(Unchanged)
    }

    fn transform_module_info(&self, info: &mut ModuleInfo) -> Result<(), MiddlewareError> {
        if let Some(start) = info.start_function.take() {
            info.exports.insert(START.into(), ExportIndex::Function(start));
        }
        Ok(())
    }
}

/// Functions pass as they are.
#[derive(Debug)]
struct Unchanged;

impl FunctionMiddleware<'_> for Unchanged {}

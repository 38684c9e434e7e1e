//! Start functions, put off.
//!
//! Wasmer runs a start function while it instantiates, when nothing outside can reach the new memory
//! yet, so that a host function called from there could read nothing. A middleware takes the start
//! function out of the module and exports it under a name of the ABI's own; the host runs it when the
//! instance is there. A module with limits in it exports its start function already.

use aingle_wasm_types::names::START;
use std::sync::Arc;
use wasmer::sys::{FunctionMiddleware, MiddlewareError, ModuleMiddleware};
use wasmer::{ExportIndex, LocalFunctionIndex, ModuleInfo};

pub(crate) fn middleware() -> Arc<dyn ModuleMiddleware> {
    Arc::new(PutOff)
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

//! Host functions for modules that speak no ABI.

use crate::plain_index::PlainImport;
use crate::plain_signature::PlainSignature;
use aingle_wasm_types::{Number, NumberType};
use std::fmt;

/// Functions of numbers that modules without the ABI may import, by the names of module and function. `S` is the state
/// that they work on.
///
/// ```
/// use aingle_wasm_host::prelude::*;
/// use aingle_wasm_host::{Number, NumberType::I32, PlainFunctions, PlainInstance};
/// use std::sync::Arc;
///
/// let mut functions = PlainFunctions::new();
/// functions.register("env", "next", &[], &[I32], |call, _| {
///     *call.state() += 1;
///     Ok(vec![Number::I32(*call.state())])
/// });
/// let wasm = wat::parse_str(r#"(module (import "env" "next" (func $next (result i32)))
///     (func (export "twice") (result i32) (drop (call $next)) (call $next)))"#)?;
/// let engine = WasmEngine::new(EngineConfig::default())?;
/// let module = engine.compile(&wasm)?;
/// let mut instance = PlainInstance::with_functions(&engine, &module, Arc::new(functions), 7)?;
/// assert_eq!(instance.call("twice", &[])?, [Number::I32(9)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PlainFunctions<S> {
    functions: Vec<PlainFunction<S>>,
}

struct PlainFunction<S> {
    module: String,
    name: String,
    signature: PlainSignature,
    run: Box<Run<S>>,
}

type Run<S> = dyn Fn(&mut PlainCall<'_, S>, &[Number]) -> Result<Vec<Number>, String> + Send + Sync;

/// The instance that calls a host function.
pub struct PlainCall<'c, S> {
    pub(crate) caller: &'c mut dyn Caller<S>,
}

/// What an engine knows of the instance that calls.
pub(crate) trait Caller<S> {
    fn parts(&mut self) -> (&mut S, &mut [u8]);
    fn grow(&mut self, pages: u32) -> Option<u32>;
}

impl<S> PlainFunctions<S> {
    /// Returns no functions.
    #[must_use]
    pub fn new() -> Self {
        Self { functions: Vec::new() }
    }

    /// Offers a function. It gets arguments of the types of `params`, and has to return results of the types of `results`.
    /// If it fails, the caller is stopped, and the call ends with [`HostErrorKind::HostFunction`](crate::HostErrorKind::HostFunction)
    /// and its text. One of the same names and types as before takes the place of the other.
    pub fn register(
        &mut self,
        module: &str,
        name: &str,
        params: &[NumberType],
        results: &[NumberType],
        function: impl Fn(&mut PlainCall<'_, S>, &[Number]) -> Result<Vec<Number>, String> + Send + Sync + 'static,
    ) {
        let signature = PlainSignature { params: params.into(), results: results.into() };
        let (module, name, run) = (module.to_owned(), name.to_owned(), Box::new(function));
        self.functions
            .retain(|other| (&other.module, &other.name, &other.signature) != (&module, &name, &signature));
        self.functions.push(PlainFunction { module, name, signature, run });
    }

    /// Finds the function that an import asks for.
    pub(crate) fn find(&self, module: &str, name: &str, signature: &PlainSignature) -> Option<usize> {
        self.functions
            .iter()
            .position(|other| other.module == module && other.name == name && other.signature == *signature)
    }

    /// Whether an import is one of these functions.
    pub(crate) fn offers(&self, import: &PlainImport) -> bool {
        let found = |signature| self.find(&import.module, &import.name, signature);
        import.signature.as_ref().and_then(found).is_some()
    }

    /// Runs a function that was found.
    pub(crate) fn run(
        &self,
        at: usize,
        caller: &mut dyn Caller<S>,
        args: &[Number],
    ) -> Result<Vec<Number>, String> {
        let function = self.functions.get(at).ok_or("no such function")?;
        let results = (function.run)(&mut PlainCall { caller }, args)
            .map_err(|error| format!("`{}.{}`: {error}", function.module, function.name))?;
        if results.iter().map(|result| result.ty()).eq(function.signature.results.iter().copied()) {
            Ok(results)
        } else {
            Err(format!(
                "`{}.{}` returned other types than it was registered with",
                function.module, function.name
            ))
        }
    }
}

impl<S> PlainCall<'_, S> {
    /// Returns the state of the instance.
    pub fn state(&mut self) -> &mut S {
        self.caller.parts().0
    }

    /// Returns the exported memory `memory` of the instance; empty if it has none.
    pub fn memory(&mut self) -> &mut [u8] {
        self.caller.parts().1
    }

    /// Returns both.
    pub fn parts(&mut self) -> (&mut S, &mut [u8]) {
        self.caller.parts()
    }

    /// Grows the memory by so many pages of 64 KiB, and returns how many it had. `None` beyond its limit.
    pub fn grow(&mut self, pages: u32) -> Option<u32> {
        self.caller.grow(pages)
    }
}

impl<S> Default for PlainFunctions<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for PlainFunctions<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.functions.iter().map(|function| format!("{}.{}", function.module, function.name));
        f.debug_list().entries(names).finish()
    }
}

impl<S> fmt::Debug for PlainCall<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainCall").finish_non_exhaustive()
    }
}

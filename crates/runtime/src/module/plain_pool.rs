//! Instances of a module that speaks no ABI.

use crate::env::Env;
use crate::error::ErrorKind;
use aingle_wasm_host::{
    Budget, CancelHandle, HostError, Number, PlainFunctions, PlainInstance, Reuse, WasmEngine, WasmModule,
};
use std::ffi::CStr;
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Instances of a module that speaks no ABI. Each call has a new one, unless they are kept.
pub(crate) struct PlainPool {
    engine: WasmEngine,
    module: WasmModule,
    reuse: Reuse,
    functions: Arc<PlainFunctions<Env>>,
    idle: Mutex<Vec<PlainInstance<Env>>>,
}

/// An instance that a call has. It goes back when this is dropped, if it can be used again.
pub(crate) struct PlainTaken<'p> {
    pool: &'p PlainPool,
    /// `None` while it goes back.
    instance: Option<PlainInstance<Env>>,
    handle: CancelHandle,
    /// Whether it is as the next call wants it.
    good: bool,
}

impl PlainPool {
    pub(crate) fn new(
        engine: WasmEngine,
        module: WasmModule,
        reuse: Reuse,
        functions: Arc<PlainFunctions<Env>>,
    ) -> Self {
        Self { engine, module, reuse, functions, idle: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<PlainInstance<Env>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an instance, and first shows `begin` a handle that cancels it. Runs the start function of a new one.
    pub(crate) fn take(&self, begin: impl FnOnce(CancelHandle)) -> Result<PlainTaken<'_>, HostError> {
        let idle = self.lock().pop();
        let mut instance = match idle {
            Some(idle) => idle,
            None => self.make()?,
        };
        let handle = instance.cancel_handle();
        begin(handle.clone());
        instance.start()?;
        Ok(PlainTaken { pool: self, instance: Some(instance), handle, good: self.reuse == Reuse::Kept })
    }

    fn make(&self) -> Result<PlainInstance<Env>, HostError> {
        let functions = Arc::clone(&self.functions);
        PlainInstance::with_functions(&self.engine, &self.module, functions, Env::default())
    }

    pub(crate) fn idle(&self) -> usize {
        self.lock().len()
    }
}

const THERE: &str = "an instance is there until it goes back";

impl PlainTaken<'_> {
    fn instance(&mut self) -> &mut PlainInstance<Env> {
        self.instance.as_mut().expect(THERE)
    }

    pub(crate) fn budget(&self) -> Budget {
        self.instance.as_ref().expect(THERE).budget()
    }

    /// Gives the call a budget of its own.
    pub(crate) fn limit(&mut self, budget: Budget) -> Result<(), HostError> {
        self.good = false;
        self.instance().set_budget(budget)
    }

    pub(crate) fn call(&mut self, name: &str, numbers: &[Number]) -> Result<Vec<Number>, HostError> {
        let called = self.instance().call(name, numbers);
        self.good &= called.is_ok();
        called
    }

    /// Returns the text at an address, up to the NUL behind it; `None` at 0.
    pub(crate) fn text(&mut self, address: u32) -> Result<Option<String>, ErrorKind> {
        if address == 0 {
            return Ok(None);
        }
        let refuse = |reason| ErrorKind::Text { address, reason };
        let from = self.instance().memory().get(address as usize..);
        let from = from.ok_or_else(|| refuse("the address is outside the memory"))?;
        let text = CStr::from_bytes_until_nul(from).map_err(|_| refuse("there is no NUL behind it"))?;
        let text = text.to_str().map_err(|_| refuse("it is not UTF-8"))?;
        Ok(Some(text.to_owned()))
    }

    pub(crate) fn fuel_used(&mut self) -> Option<u64> {
        self.instance().fuel_used()
    }

    pub(crate) fn memory_size(&mut self) -> u64 {
        self.instance().memory_size()
    }
}

impl Drop for PlainTaken<'_> {
    fn drop(&mut self) {
        // A cancel that came when the call had ended would end the next one.
        let kept = self.instance.take().filter(|_| self.good && !self.handle.is_cancelled());
        let Some(mut kept) = kept else { return };
        // What the host keeps for the guest ends with the call.
        kept.state_mut().end();
        self.pool.lock().push(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::WasmConfig;

    #[test]
    fn what_the_host_keeps_for_a_call_ends_with_it() {
        let text = r#"(module
            (import "env" "json_parse" (func $parse (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "[1]")
            (func (export "parse") (result i32) (call $parse (i32.const 0) (i32.const 3))))"#;
        let engine = WasmEngine::new(WasmConfig::default().engine()).unwrap();
        let module = engine.compile(&wat::parse_str(text).unwrap()).unwrap();
        let functions = crate::env::functions(&WasmConfig::default());
        let pool = PlainPool::new(engine, module, Reuse::Kept, functions);
        for _ in 0..2 {
            let mut taken = pool.take(|_| {}).unwrap();
            assert_eq!(taken.call("parse", &[]).unwrap(), [Number::I32(1)]);
            assert!(taken.instance().state_mut().text(1).is_some());
            drop(taken);
            assert!(pool.lock()[0].state_mut().text(1).is_none(), "an idle instance");
        }
    }
}

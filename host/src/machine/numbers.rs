//! Calls of functions of any number types.

use super::Machine;
use super::value::{number, value};
use aingle_wasm_host_core::Trap;
use aingle_wasm_types::Number;
use wasmer::Value;

impl<S: Send + 'static> Machine<S> {
    /// Calls an exported function whose types are numbers, which the caller has compared with the module's.
    pub(crate) fn call_numbers(&mut self, name: &str, args: &[Number]) -> Result<Vec<Number>, Trap> {
        let exports = self.instance.as_ref().map(|instance| &instance.exports);
        let function =
            exports.and_then(|exports| exports.get_function(name).ok()).ok_or(Trap::Other)?.clone();
        let args: Vec<Value> = args.iter().map(|number| value(*number)).collect();
        let results = self.enter(|store| function.call(&mut store.get_mut(), &args))?;
        Ok(results.iter().filter_map(number).collect())
    }

    /// Returns how long the guest's memory is, in bytes, also if it is not exported.
    pub(crate) fn memory_size(&mut self) -> u64 {
        self.store.memory_size()
    }
}

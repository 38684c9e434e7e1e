//! An instance of an image.

use super::error;
use super::limits::check_stack;
use super::raw::Block;
use crate::limits::Requirements;
use aingle_wasm_host_core::{
    Budget, Counters, EngineInstance, Error, Host, LoadError, Module, Signature, Trap, Watch, abi,
};
use aingle_wasm_image::{Image, PAGE};
use aingle_wasm_types::Name;

/// An instance of a native image.
pub struct NativeInstance<'m, S> {
    image: Image<'m>,
    module: Module<'m>,
    block: Block<'m, S>,
    requirements: Requirements,
    native_stack: u32,
}

/// A function that was found in an image: its number for the code.
#[derive(Debug, Clone, Copy)]
pub struct NativeFunction(u32);

impl<'m, S> NativeInstance<'m, S> {
    pub(super) fn new(
        image: Image<'m>,
        module: Module<'m>,
        block: Block<'m, S>,
        requirements: Requirements,
        native_stack: u32,
    ) -> Self {
        Self { image, module, block, requirements, native_stack }
    }

    /// Returns the image.
    #[must_use]
    pub fn image(&self) -> &Image<'m> {
        &self.image
    }

    fn run(&mut self, ordinal: u32, a: u32, b: u32) -> Result<u64, Trap> {
        self.block.watch().stopped().map_or(Ok(()), Err)?;
        let result = self.block.call(ordinal, a, b);
        result.map_err(|word| self.block.watch().stopped().unwrap_or(error::trap(word)))
    }
}

impl<S> EngineInstance for NativeInstance<'_, S> {
    type State = S;
    type Function = NativeFunction;

    fn wasm(&self) -> &[u8] {
        self.module.wasm()
    }

    fn carries_limits(&self) -> bool {
        self.requirements.carried.is_some()
    }

    fn start(&mut self) -> Result<(), Error> {
        let Some(start) = self.image.start() else { return Ok(()) };
        self.run(start.into(), 0, 0).map(drop).map_err(Error::Trap)
    }

    fn find(&mut self, name: &str, signature: Signature) -> Result<NativeFunction, Error> {
        let index = abi::exported(self.module, name, signature)?;
        self.image.ordinal(index).map(NativeFunction).ok_or(Error::MissingExport(Name::new(name)))
    }

    fn call(&mut self, function: &NativeFunction, a: u32, b: u32) -> Result<u64, Trap> {
        self.run(function.0, a, b)
    }

    fn memory(&mut self) -> &mut [u8] {
        self.block.memory()
    }

    fn host_mut(&mut self) -> &mut Host<S> {
        self.block.host_mut()
    }

    fn host(&self) -> &Host<S> {
        self.block.host()
    }

    fn budget(&self) -> Budget {
        self.requirements.budget
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), LoadError> {
        check_stack(&self.image, self.native_stack, budget.depth)?;
        self.requirements.set_budget(self.block.watch_mut(), budget)
    }

    fn watch(&mut self) -> Option<&mut Watch> {
        Some(self.block.watch_mut())
    }

    fn refuel(&mut self) {
        self.block.watch_mut().begin();
    }

    fn find_counters(&mut self) -> Result<(), Error> {
        self.image.counters().map(drop).ok_or(LoadError::Counters.into())
    }

    fn set_counters(&mut self, counters: Counters) {
        self.block.set_counters(counters);
    }

    fn counters(&mut self) -> Counters {
        self.block.counters()
    }

    fn memory_end(&self) -> Option<u32> {
        let memory = self.image.memory();
        (u64::from(memory) < u64::from(self.image.pages()) * u64::from(PAGE)).then_some(memory)
    }
}

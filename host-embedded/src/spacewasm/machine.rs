//! The engine behind private fields: loading, looking up, running.
//!
//! The engine's own fields would let safe code break it. Nothing here hands them out, and nothing
//! keeps a slice of the guest's memory while the guest runs.

#[cfg(feature = "out-of-memory")]
use super::growth::Growth;
use super::limits::Fuel;
use super::load_plan::LoadPlan;
use super::meter::{HostCall, Meter};
use super::{error, raw};
use crate::limits::Places;
use aingle_wasm_host_core::{Error, Host, LoadError, Signature, Trap, Watch};
use aingle_wasm_types::Name;
use alloc::boxed::Box;
use core::ops::ControlFlow;

use ::spacewasm::{
    CodeBuilder, CompilerOptions, Engine, FuncIdx, Global, HostFunction, HostFunctionBreak, HostModule,
    HostName, HostValList, InterpreterResult, InvokeError, Module, ModuleRef, RawValue, Ref, ValType, Value,
    Vec, WasmRef,
};

/// How deep blocks may nest in a function, and how many operands may lie on its stack. Both cost native
/// stack while a module is loaded: 12 bytes a block, 2 an operand.
const MAX_BLOCKS: usize = 128;
const MAX_OPERANDS: usize = 256;

/// No byte of code becomes more than this many bytes of the engine's code: `else`, of one byte,
/// becomes a branch of three words.
const CODE_EXPANSION: usize = 6;
const CODE_PAGE: usize = 512;

/// How many instructions run before a watch is asked again: some milliseconds of a microcontroller.
const SLICE: usize = 10_000;

/// The index of the one module in the store.
const MODULE: ModuleRef = ModuleRef(0);

pub(super) struct Machine {
    engine: Engine,
    code: CodeBuilder,
    /// The pages that a shrunk memory claims to have.
    pages: Option<u32>,
    #[cfg(feature = "out-of-memory")]
    pub(super) growth: Growth,
}

/// What can be called.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    /// A function of the module: its index behind the imports, and how many parameters it has.
    Guest { index: u16, params: u8 },
    /// An import that the module exports again.
    Import(u32),
}

impl Target {
    /// Whether the engine will take the arguments of this signature.
    pub(super) fn takes(self, signature: Signature) -> bool {
        match self {
            Self::Guest { params, .. } => usize::from(params) == signature.params().len(),
            Self::Import(_) => signature == Signature::Entry,
        }
    }
}

impl Machine {
    /// Loads a module.
    pub(super) fn load(plan: &LoadPlan<'_>, imports: &[&str], stack_size: usize) -> Result<Box<Self>, Error> {
        let mut machine = Self::new(plan, imports, stack_size)?;
        read_module(plan, &mut machine)?;
        Ok(machine)
    }

    /// A machine without a module. Boxed, and not inlined: a value takes native stack wherever it is moved, which is given
    /// back here before the module is read.
    #[inline(never)]
    fn new(plan: &LoadPlan<'_>, imports: &[&str], stack_size: usize) -> Result<Box<Self>, Error> {
        let engine = Engine::new(stack_size / size_of::<u32>(), 1, host_modules(imports)?)
            .map_err(|_| LoadError::OutOfMemory)?;
        let code = code_builder(plan).map_err(|_| LoadError::OutOfMemory)?;
        Ok(Box::new(Self {
            engine,
            code,
            pages: plan.claimed_pages,
            #[cfg(feature = "out-of-memory")]
            growth: Growth::default(),
        }))
    }

    /// The function with this index in the module, imports included.
    pub(super) fn function(&self, index: u32) -> Option<Target> {
        let module = &self.engine.store.modules()[usize::from(MODULE.0)];
        match module.get_func_ref(FuncIdx(index))? {
            Ref::Module(index) => {
                let ty = &module.types[module.functions[usize::from(index)].ty.0 as usize];
                Some(Target::Guest { index, params: u8::try_from(ty.params.len()).ok()? })
            }
            Ref::Host { index, .. } => Some(Target::Import(u32::from(index))),
            Ref::Extern { .. } => None,
        }
    }

    pub(super) fn start_function(&self) -> Option<Target> {
        let start = self.engine.module_start(MODULE)?;
        Some(Target::Guest { index: start.index, params: 0 })
    }

    /// The counters of a module that carries limits, if they are there: mutable globals of their types.
    pub(super) fn counters(&mut self, places: Places) -> Option<(&mut RawValue, &mut RawValue)> {
        let module = self.engine.store.modules_mut().first_mut()?;
        let at = [places.fuel, places.depth].map(|place| place as usize);
        let [fuel, depth] = module.globals.get_disjoint_mut(at).ok()?;
        let fits = |global: &Global, ty| global.type_.mutable && global.type_.ty == ty;
        (fits(fuel, ValType::I64) && fits(depth, ValType::I32)).then_some((&mut fuel.value, &mut depth.value))
    }

    /// The guest's memory. The engine does not run while this is borrowed.
    pub(super) fn memory(&mut self) -> &mut [u8] {
        raw::memory_bytes(&mut self.engine, MODULE)
    }

    pub(super) fn call<S>(
        &mut self,
        target: Target,
        a: u32,
        b: u32,
        host: &mut Host<S>,
        fuel: &mut Fuel,
        watch: &Watch,
    ) -> Result<u64, Trap> {
        watch.stopped().map_or(Ok(()), Err)?;
        let (index, params) = match target {
            Target::Guest { index, params } => (index, params),
            Target::Import(import) => return Ok(host.dispatch(self.memory(), import, a, b)),
        };
        let args = [Value::I32(a as i32), Value::I32(b as i32)];
        let args = args.get(..usize::from(params)).ok_or(Trap::Other)?;
        let functions = self.engine.store.modules().first().map_or(0, |module| module.functions.len());
        if usize::from(index) >= functions {
            // A handle of another module.
            return Err(Trap::Other);
        }
        let function = WasmRef { module: MODULE, index };
        let called = match self.engine.invoke(function, args) {
            Ok(()) => self.run(host, fuel, watch),
            Err(InvokeError::StackOverflow) => Err(Trap::StackOverflow),
            Err(_) => Err(Trap::Other),
        };
        if called.is_err() {
            self.engine.reset();
        }
        called
    }

    fn run<S>(&mut self, host: &mut Host<S>, fuel: &mut Fuel, watch: &Watch) -> Result<u64, Trap> {
        let slice = if watch.is_armed() { SLICE } else { usize::MAX };
        loop {
            let meter = Meter::new(self.pages);
            #[cfg(feature = "out-of-memory")]
            meter.growth.set(self.growth);
            let result = meter.run_for(self.code.pages(), &mut self.engine, fuel.stretch().min(slice));
            fuel.spend(meter.used());
            #[cfg(feature = "out-of-memory")]
            {
                self.growth = meter.growth.get();
            }
            match result {
                InterpreterResult::Finished => {
                    return Ok(self.engine.result.map_or(0, |result| result.read_64()));
                }
                InterpreterResult::Trap(reason) => return Err(error::trap(reason)),
                InterpreterResult::Pause => self.answer(host, meter.paused())?,
                InterpreterResult::OutOfFuel => fuel.exhausted().map_or(Ok(()), Err)?,
            }
            watch.stopped().map_or(Ok(()), Err)?;
        }
    }

    /// Answers the host call that the engine paused for.
    fn answer<S>(&mut self, host: &mut Host<S>, call: HostCall) -> Result<(), Trap> {
        let HostCall { import, ptr, len } = call;
        let answer = host.dispatch(self.memory(), import.into(), ptr, len);
        self.engine.resume(Some(Value::I64(answer as i64))).map_err(|_| Trap::Other)
    }
}

/// Reads and validates the module. Not inlined, so that the native stack that it takes is given back.
#[inline(never)]
fn read_module(plan: &LoadPlan<'_>, machine: &mut Machine) -> Result<(), LoadError> {
    let Machine { engine, code, .. } = machine;
    let memory = raw::linear_memory(plan.memory_limit).map_err(|_| LoadError::OutOfMemory)?;
    let (mut stream, store) = (raw::Stream::new(plan), &mut engine.store);
    let module = Module::new::<MAX_BLOCKS, MAX_OPERANDS>("", &mut stream, store, code, memory)
        .map_err(|refused| error::load_error(plan, &refused))?;
    engine.push_module(module).map(drop).map_err(|_| LoadError::OutOfMemory)
}

fn code_builder(plan: &LoadPlan<'_>) -> Result<CodeBuilder, ::spacewasm::alloc::AllocError> {
    let max_code_pages = (plan.code_len.saturating_mul(CODE_EXPANSION) / CODE_PAGE).saturating_add(2);
    CodeBuilder::new(CompilerOptions {
        allow_memory_grow: true,
        max_backpatch_iterations: None,
        max_code_pages,
    })
}

/// The module `env`, whose functions stand in the order of the imports.
fn host_modules(imports: &[&str]) -> Result<Vec<HostModule>, Error> {
    let mut functions = Vec::new(imports.len()).map_err(|_| LoadError::OutOfMemory)?;
    for name in imports {
        functions.push(host_function(name)?);
    }
    let (globals, memory, table) = (Vec::zero(), Vec::zero(), Vec::zero());
    let env = HostName::new(aingle_wasm_types::names::IMPORT_MODULE);
    let module = HostModule { name: env, globals, functions, memory, table };
    let mut modules = Vec::new(1).map_err(|_| LoadError::OutOfMemory)?;
    modules.push(module);
    Ok(modules)
}

/// A host function. Its type is for the module's validation; the [`Meter`] never calls it.
fn host_function(name: &str) -> Result<HostFunction, Error> {
    // A longer name than the engine holds is longer than one that can be registered.
    let held = HostName::try_from_str(name).map_err(|_| Error::MissingImport(Name::new(name)))?;
    let never = |_: &mut Engine, _: &[Value]| ControlFlow::Break(HostFunctionBreak::Trap);
    let (params, results) = (HostValList::try_new("ii"), HostValList::try_new("I"));
    let (Ok(params), Ok(results)) = (params, results) else { return Err(LoadError::OutOfMemory.into()) };
    HostFunction::try_new(held, params, results, never).map_err(|_| LoadError::OutOfMemory.into())
}

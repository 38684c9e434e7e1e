//! What every function is rewritten with: the module's facts, the prices, and where references lead.

use crate::error::MeterError;
use crate::module_info::ModuleInfo;
use crate::price::PriceList;
use wasm_encoder::Instruction;
use wasm_encoder::reencode::{Error, Reencode, utils};

/// What stops the rewriting.
pub(crate) type Failure = Error<MeterError>;

/// What is the same for all functions of a module.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'m> {
    pub(crate) info: &'m ModuleInfo,
    pub(crate) prices: &'m PriceList,
    /// Whether loops read the counter anew at each iteration.
    pub(crate) interruptible: bool,
}

impl Pass<'_> {
    pub(crate) fn fuel_global(&self) -> u32 {
        self.info.globals
    }

    pub(crate) fn depth_global(&self) -> u32 {
        self.info.globals + 1
    }

    /// The function that is reached otherwise than by a `call`.
    pub(crate) fn outside(&self, function: u32) -> u32 {
        self.info.thunks.get(&function).copied().unwrap_or(function)
    }
}

impl Reencode for Pass<'_> {
    type Error = MeterError;

    /// References to imported functions become references to those that stand for them, and the question
    /// for the memory's size a call.
    fn instruction<'a>(&mut self, operator: wasmparser::Operator<'a>) -> Result<Instruction<'a>, Failure> {
        match operator {
            wasmparser::Operator::RefFunc { function_index } => {
                Ok(Instruction::RefFunc(self.outside(function_index)))
            }
            wasmparser::Operator::MemorySize { .. } => Ok(Instruction::Call(self.info.size_function())),
            other => utils::instruction(self, other),
        }
    }
}

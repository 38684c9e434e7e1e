//! Types of functions of numbers.

use aingle_wasm_host_core::{Import, Module};
use aingle_wasm_types::NumberType;

/// Types of the parameters and of the results of a function of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlainSignature {
    /// The types of the parameters.
    pub params: Vec<NumberType>,
    /// The types of the results.
    pub results: Vec<NumberType>,
}

impl PlainSignature {
    /// The types that these bytes stand for in a module; `None` if one is no number.
    pub(crate) fn of((params, results): (&[u8], &[u8])) -> Option<Self> {
        let numbers =
            |types: &[u8]| types.iter().map(|byte| NumberType::from_byte(*byte)).collect::<Option<Vec<_>>>();
        Some(Self { params: numbers(params)?, results: numbers(results)? })
    }

    /// The types of an imported function of numbers.
    pub(crate) fn of_import(module: Module<'_>, import: &Import<'_>) -> Option<Self> {
        Self::of(module.types().nth(import.ty? as usize)?)
    }
}

//! Types of functions of numbers.

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
    /// Reads types as a module has them; `None` if one is no number.
    pub(crate) fn of((params, results): (&[u8], &[u8])) -> Option<Self> {
        let numbers =
            |types: &[u8]| types.iter().map(|byte| NumberType::from_byte(*byte)).collect::<Option<Vec<_>>>();
        Some(Self { params: numbers(params)?, results: numbers(results)? })
    }
}

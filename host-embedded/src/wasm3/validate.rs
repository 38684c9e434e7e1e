//! The validation of a module, in full, for the features that wasm3 0.4.7 has.

use super::branch;
use super::code::{Demand, FunctionDemand, Instruction};
use crate::LoadError;
use wasmparser::{
    BinaryReaderError, BlockType, FuncToValidate, FuncValidatorAllocations, FunctionBody, Parser, ValType,
    ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

/// WebAssembly 1.0, mutable globals among it, and two extensions.
const FEATURES: WasmFeatures =
    WasmFeatures::WASM1.union(WasmFeatures::SIGN_EXTENSION).union(WasmFeatures::SATURATING_FLOAT_TO_INT);

/// The features that a refusal can name: the later ones first that need others.
const LATER: [(WasmFeatures, &str); 15] = [
    (WasmFeatures::GC, "garbage collection"),
    (WasmFeatures::FUNCTION_REFERENCES, "function references"),
    (WasmFeatures::MULTI_VALUE, "multi-value"),
    (WasmFeatures::BULK_MEMORY, "bulk memory"),
    (WasmFeatures::REFERENCE_TYPES, "reference types"),
    (WasmFeatures::SIMD, "SIMD"),
    (WasmFeatures::RELAXED_SIMD, "relaxed SIMD"),
    (WasmFeatures::TAIL_CALL, "tail calls"),
    (WasmFeatures::THREADS, "threads"),
    (WasmFeatures::MULTI_MEMORY, "multiple memories"),
    (WasmFeatures::MEMORY64, "64-bit memory"),
    (WasmFeatures::EXCEPTIONS, "exceptions"),
    (WasmFeatures::EXTENDED_CONST, "computed constants"),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes"),
    (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic"),
];

/// Every opcode of SIMD begins with it.
const SIMD_PREFIX: u8 = 0xfd;

/// Validates a module and says what its code asks for.
///
/// # Errors
/// [`LoadError::Invalid`] or [`LoadError::Unsupported`], and [`LoadError::Engine`] for code that is valid
/// and beyond wasm3's bounds.
pub(super) fn validate(wasm: &[u8]) -> Result<Demand, LoadError> {
    match walk(wasm, FEATURES) {
        Ok(demand) => demand,
        Err(error) => Err(refusal(wasm, &error)),
    }
}

/// Walks through a module. The outer error is the validation's, the inner one wasm3's.
fn walk(wasm: &[u8], features: WasmFeatures) -> Result<Result<Demand, LoadError>, BinaryReaderError> {
    let mut validator = Validator::new_with_features(features);
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let (mut demand, mut bounds) = (Demand::NONE, Ok(()));
    let mut scratch = FuncValidatorAllocations::default();
    for payload in parser.parse_all(wasm) {
        if let ValidPayload::Func(function, body) = validator.payload(&payload?)? {
            let (found, used) = walk_function(wasm, function, &body, scratch)?;
            scratch = used;
            bounds = bounds.and_then(|()| found.add_to(&mut demand));
        }
    }
    Ok(bounds.and_then(|()| demand.check_steps(wasm.len())).map(|()| demand))
}

fn walk_function(
    wasm: &[u8],
    function: FuncToValidate<ValidatorResources>,
    body: &FunctionBody<'_>,
    scratch: FuncValidatorAllocations,
) -> Result<(FunctionDemand, FuncValidatorAllocations), BinaryReaderError> {
    let features = function.features;
    let mut validator = function.into_validator(scratch);
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader)?;
    reader.set_features(features);
    let mut demand = FunctionDemand::new(validator.len_locals());
    while !reader.eof() {
        let at = reader.original_position();
        let frame = validator.get_control_frame(0);
        let mut instruction = Instruction {
            opcode: wasm.get(at as usize).copied().unwrap_or_default(),
            len: 0,
            nesting: validator.control_stack_height(),
            reachable: frame.is_some_and(|frame| !frame.unreachable),
            ends_with_result: frame.is_some_and(|frame| frame.block_type != BlockType::Empty),
        };
        let height = validator.operand_stack_height();
        demand.wrong_branch |=
            instruction.reachable && branch::overwrites_operand(&validator, reader.clone());
        reader.visit_operator(&mut validator.visitor(at))??;
        instruction.len = (reader.original_position() - at) as u32;
        demand.before(&instruction, height);
        let integer = matches!(validator.get_operand_type(0), Some(Some(ValType::I32 | ValType::I64)));
        demand.after(&instruction, validator.operand_stack_height(), integer);
    }
    reader.finish_expression(&validator.visitor(reader.original_position()))?;
    Ok((demand, validator.into_allocations()))
}

/// Tells a module that needs a later feature from one that is invalid.
fn refusal(wasm: &[u8], error: &BinaryReaderError) -> LoadError {
    let offset = place(error);
    if is_simd(wasm, offset) {
        return LoadError::Unsupported { feature: "SIMD", offset };
    }
    let all = LATER.iter().fold(FEATURES, |all, (feature, _)| all.union(*feature));
    if let Err(error) = walk(wasm, all) {
        let offset = place(&error);
        // This validator reads no SIMD, so it cannot tell if a module is valid behind its first such instruction.
        if !is_simd(wasm, offset) {
            return LoadError::Invalid { offset };
        }
    }
    // Of the features that the module needs, the one that it needs at this place.
    let needed = LATER.iter().find(|(feature, _)| {
        walk(wasm, all.difference(*feature)).is_err_and(|error| place(&error) <= offset)
    });
    LoadError::Unsupported { feature: needed.map_or("later feature", |(_, name)| name), offset }
}

fn place(error: &BinaryReaderError) -> u32 {
    u32::try_from(error.offset()).unwrap_or(u32::MAX)
}

fn is_simd(wasm: &[u8], offset: u32) -> bool {
    wasm.get(offset as usize) == Some(&SIMD_PREFIX)
}

//! The features of WebAssembly that the pass handles.

use crate::error::MeterError;
use crate::parallel;
use wasmparser::{
    BinaryReaderError, FuncValidatorAllocations, Parser, ValidPayload, Validator, WasmFeatures,
};

/// The features that are handled: WebAssembly 2.0, small pages and extended constants. Others are
/// refused by the validator, by name.
pub(crate) const FEATURES: WasmFeatures =
    WasmFeatures::WASM2.union(WasmFeatures::CUSTOM_PAGE_SIZES).union(WasmFeatures::EXTENDED_CONST);

/// A parser for the features that are handled.
pub(crate) fn parser() -> Parser {
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    parser
}

/// Tells a module that needs a feature which is not handled from one that is invalid.
pub(crate) fn refusal(wasm: &[u8], refused: MeterError) -> MeterError {
    match refused {
        MeterError::Invalid { offset, reason } if is_valid(wasm) => {
            MeterError::Unsupported { offset, reason }
        }
        other => other,
    }
}

/// Returns whether a module is valid with every feature that the validator knows.
fn is_valid(wasm: &[u8]) -> bool {
    Validator::new_with_features(WasmFeatures::all()).validate_all(wasm).is_ok()
}

/// Validates a module that the pass has made.
pub(crate) fn validate(metered: &[u8]) -> Result<(), MeterError> {
    valid(metered).map_err(|error| MeterError::TooLarge { reason: error.message().to_owned() })
}

fn valid(metered: &[u8]) -> Result<(), BinaryReaderError> {
    let mut validator = Validator::new_with_features(FEATURES);
    let mut bodies = Vec::new();
    for payload in parser().parse_all(metered) {
        if let ValidPayload::Func(function, body) = validator.payload(&payload?)? {
            bodies.push((function, body));
        }
    }
    let validated = parallel::map(bodies, |(function, body)| {
        function.into_validator(FuncValidatorAllocations::default()).validate(&body)
    });
    validated.into_iter().collect()
}

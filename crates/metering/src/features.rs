//! The features of WebAssembly that the pass handles.

use crate::error::MeterError;
use wasmparser::{Parser, Validator, WasmFeatures};

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

/// Validates a module that the pass has made.
pub(crate) fn validate(metered: &[u8]) -> Result<(), MeterError> {
    let validated = Validator::new_with_features(FEATURES).validate_all(metered);
    validated.map(|_| ()).map_err(|error| MeterError::TooLarge { reason: error.message().to_owned() })
}

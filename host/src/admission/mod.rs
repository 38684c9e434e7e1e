//! What a module may have before any compiler runs.
//!
//! One pass over its bytes validates them and counts as it goes, each thing before the validator works on it, so that
//! the pass itself takes linear time: the validator's own time grows with values that branches take along.

mod body;
mod limits;
mod sections;
mod tally;
mod work;

pub use limits::ModuleLimits;

use crate::error::HostErrorKind;
use crate::{HostError, error::Doing};
use limits::Field;
use sections::Arities;
use tally::Tally;
use wasmer::sys::wasmparser::{BinaryReaderError, Parser, ValidPayload, Validator, WasmFeatures};

/// Why the pass ended before the module did.
enum Stop {
    /// A figure is beyond its limit.
    Limit(HostErrorKind),
    /// The bytes are no module of these features.
    Invalid(BinaryReaderError),
}

impl From<HostErrorKind> for Stop {
    fn from(limit: HostErrorKind) -> Self {
        Self::Limit(limit)
    }
}

impl From<BinaryReaderError> for Stop {
    fn from(invalid: BinaryReaderError) -> Self {
        Self::Invalid(invalid)
    }
}

impl ModuleLimits {
    /// Returns the least limits that admit a module: what it has.
    ///
    /// # Errors
    /// [`HostErrorKind::Invalid`] or [`HostErrorKind::Unsupported`] for bytes that are no module that an engine runs.
    pub fn needed_by(wasm: &[u8]) -> Result<Self, HostError> {
        let needed = admit(&Self::UNLIMITED, wasm);
        needed.map_err(|kind| HostError::new(Doing::Compile(String::new()), kind))
    }
}

/// Validates a module and holds it against the limits. Returns what it has.
pub(crate) fn admit(limits: &ModuleLimits, wasm: &[u8]) -> Result<ModuleLimits, HostErrorKind> {
    // What the engine runs: see `features` of `compile`.
    let ours = WasmFeatures::WASM2 | WasmFeatures::EXTENDED_CONST;
    let invalid = match pass(limits, wasm, ours) {
        Ok(found) => return Ok(found),
        Err(Stop::Limit(limit)) => return Err(limit),
        Err(Stop::Invalid(invalid)) => invalid,
    };
    let (offset, reason) = (invalid.offset(), invalid.message().to_owned());
    match pass(limits, wasm, WasmFeatures::all()) {
        Ok(_) => Err(HostErrorKind::Unsupported { offset, reason }),
        Err(_) => Err(HostErrorKind::Invalid { offset, reason }),
    }
}

fn pass(limits: &ModuleLimits, wasm: &[u8], features: WasmFeatures) -> Result<ModuleLimits, Stop> {
    let mut tally = Tally::new(limits);
    tally.raise(Field::module_bytes, wasm.len() as u64)?;
    let mut validator = Validator::new_with_features(features);
    let (mut arities, mut allocations) = (Arities::default(), Default::default());
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        sections::count(&payload, &mut arities, &mut tally)?;
        if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
            let mut function = function.into_validator(allocations);
            body::count(&mut function, &body, &mut tally)?;
            allocations = function.into_allocations();
        }
    }
    Ok(tally.found())
}

//! The pass over a module's bytes that counts and validates.

use super::limits::{Field, ModuleLimits};
use super::sections::Arities;
use super::stop::Stop;
use super::tally::Tally;
use super::{body, sections};
use crate::error::{Doing, HostError, HostErrorKind};
use wasmer::sys::wasmparser::{Parser, ValidPayload, Validator, WasmFeatures};

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

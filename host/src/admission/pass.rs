//! The pass over a module's bytes that counts and validates.

use super::limits::{Field, ModuleLimits};
use super::sections::Arities;
use super::stop::Stop;
use super::tally::Tally;
use super::{body, sections};
use crate::error::{Doing, HostError, HostErrorKind};
use wasmer::sys::wasmparser::{BinaryReaderError, Parser, ValidPayload, Validator, WasmFeatures};

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
    Err(refusal(limits, wasm, &invalid))
}

/// The features that a refusal can name: those first that need others.
const LATER: [(WasmFeatures, &str); 11] = [
    (WasmFeatures::GC, "garbage collection"),
    (WasmFeatures::FUNCTION_REFERENCES, "function references"),
    (WasmFeatures::RELAXED_SIMD, "relaxed SIMD"),
    (WasmFeatures::TAIL_CALL, "tail calls"),
    (WasmFeatures::SHARED_EVERYTHING_THREADS.union(WasmFeatures::THREADS), "threads"),
    (WasmFeatures::MULTI_MEMORY, "multiple memories"),
    (WasmFeatures::MEMORY64, "64-bit memory"),
    (WasmFeatures::EXCEPTIONS.union(WasmFeatures::LEGACY_EXCEPTIONS), "exceptions"),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes"),
    (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic"),
    (WasmFeatures::STACK_SWITCHING, "stack switching"),
];

/// Tells a module that needs a later feature from one that is invalid.
fn refusal(limits: &ModuleLimits, wasm: &[u8], refused: &BinaryReaderError) -> HostErrorKind {
    let all = WasmFeatures::all();
    // One that is beyond a limit further on needs the feature here all the same.
    if let Err(Stop::Invalid(invalid)) = pass(limits, wasm, all) {
        return HostErrorKind::Invalid { offset: invalid.offset(), reason: invalid.message().to_owned() };
    }
    let offset = refused.offset();
    let needed = |feature: WasmFeatures| match pass(limits, wasm, all.difference(feature)) {
        Err(Stop::Invalid(invalid)) => invalid.offset() <= offset,
        _ => false,
    };
    let feature =
        LATER.iter().find(|&&(feature, _)| needed(feature)).map_or("a later feature", |&(_, name)| name);
    HostErrorKind::Unsupported { feature, offset, reason: refused.message().to_owned() }
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

//! wasmi's words, in ours.

use crate::{LoadError, Trap};
use ::wasmi::errors::{ErrorKind, InstantiationError, MemoryError, TableError};
use ::wasmi::{Error, TrapCode};

/// What the validator says of a feature that is switched off, and what we call it. The first that
/// fits counts.
const FEATURES: &[(&str, &str)] = &[
    ("sign extension", "sign extension"),
    ("saturating float", "saturating float to int"),
    ("bulk memory", "bulk memory"),
    ("data count", "bulk memory"),
    ("relaxed SIMD", "SIMD"),
    ("SIMD", "SIMD"),
    ("reference types", "reference types"),
    ("tail call", "tail calls"),
    ("func type returns multiple values", "functions of several results"),
    ("multi-value", "blocks of several results"),
    ("multiple tables", "several tables or memories"),
    ("zero byte expected", "several tables or memories"),
    ("multiple memories", "several memories"),
    ("multi-memory", "several memories"),
    ("memory64", "64-bit memory"),
    ("shared memories", "threads"),
    ("threads", "threads"),
    ("exception", "exception handling"),
    ("function references", "typed function references"),
    ("custom page size", "pages of another size than 65536"),
    ("wide arithmetic", "wide arithmetic"),
    ("memory control", "memory control"),
    ("stack switching", "stack switching"),
    ("gc", "garbage collected types"),
    ("non-constant operator: i32.", "extended constant expressions"),
    ("non-constant operator: i64.", "extended constant expressions"),
];

/// Why wasmi refused the module.
pub(super) fn load_error(refused: &Error) -> LoadError {
    match refused.kind() {
        ErrorKind::Wasm(invalid) => {
            let offset = invalid.offset() as u32;
            match FEATURES.iter().find(|(words, _)| invalid.message().contains(words)) {
                Some(&(_, feature)) => LoadError::Unsupported { feature, offset },
                None => LoadError::Invalid { offset },
            }
        }
        ErrorKind::Translation(_) => LoadError::Engine { reason: "a function is too large to be translated" },
        ErrorKind::ImplementationLimits(_) => {
            LoadError::Engine { reason: "a list of the module is too long" }
        }
        _ => LoadError::Engine { reason: "the module could not be read" },
    }
}

/// Why the module could not be instantiated; nothing when its start function trapped. What the
/// limits have is checked before.
pub(super) fn instantiation_error(stopped: &Error) -> Option<LoadError> {
    use InstantiationError as I;
    let ErrorKind::Instantiation(refused) = stopped.kind() else { return None };
    Some(match refused {
        I::FailedToInstantiateMemory(MemoryError::OutOfSystemMemory)
        | I::FailedToInstantiateTable(TableError::OutOfSystemMemory) => LoadError::OutOfMemory,
        I::FailedToInstantiateMemory(_) => LoadError::Engine { reason: "the memory is beyond its limit" },
        I::FailedToInstantiateTable(_) => LoadError::Engine { reason: "the table is beyond its limit" },
        I::TooManyTables => LoadError::Engine { reason: "the module has more than one table" },
        I::ElementSegmentDoesNotFit { .. } => {
            LoadError::Engine { reason: "an element segment lies outside its table" }
        }
        _ => LoadError::Engine { reason: "the module could not be instantiated" },
    })
}

/// Why wasmi stopped the guest.
pub(super) fn trap(stopped: &Error, limit: u64, used: u64) -> Trap {
    match stopped.as_trap_code() {
        Some(TrapCode::UnreachableCodeReached) => Trap::Unreachable,
        Some(TrapCode::MemoryOutOfBounds) => Trap::MemoryOutOfBounds,
        Some(TrapCode::TableOutOfBounds | TrapCode::IndirectCallToNull | TrapCode::BadSignature) => {
            Trap::IndirectCall
        }
        Some(TrapCode::IntegerDivisionByZero) => Trap::DivisionByZero,
        Some(TrapCode::IntegerOverflow) => Trap::IntegerOverflow,
        Some(TrapCode::BadConversionToInteger) => Trap::InvalidConversion,
        Some(TrapCode::StackOverflow) => Trap::StackOverflow,
        Some(TrapCode::OutOfFuel) => Trap::OutOfFuel { limit, used },
        Some(TrapCode::OutOfSystemMemory) => Trap::EngineOutOfMemory,
        Some(TrapCode::GrowthOperationLimited) | None => Trap::Other,
    }
}

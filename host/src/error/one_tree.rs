//! Both hosts have one tree of errors: a kind of the shared protocol has its name here.

use super::HostErrorKind;
use aingle_wasm_codec::{DecodeError, ValueError};
use aingle_wasm_host_core::{Error, LoadError, ModuleError, RegistrationError, Trap};
use aingle_wasm_types::description::Kind;
use aingle_wasm_types::{ErrorCode, Name};

/// The limits, which are a kind each on a server, and traps with facts on a device; one has another name.
const LIMITS: [(Trap, &str); 5] = [
    (Trap::OutOfFuel { limit: 1, used: 2 }, "OutOfFuel"),
    (Trap::OutOfMemory { limit: 1, asked: 2 }, "OutOfMemory"),
    (Trap::CallDepth { limit: 1 }, "CallDepth"),
    (Trap::Cancelled, "Cancelled"),
    (Trap::Deadline { limit: 1, elapsed: 2 }, "DeadlineExceeded"),
];

fn every_error() -> Vec<Error> {
    let name = Name::new("echo");
    let value = ValueError::TrailingBytes { found: 1 };
    vec![
        Error::Module(ModuleError::NotWasm { head: [0; 8] }),
        Error::Load(LoadError::NoLimits),
        Error::AbiVersion { expected: 2, found: 3 },
        Error::MissingExport(name),
        Error::ExportSignature(name),
        Error::Undescribed(name),
        Error::Raw(name),
        Error::Schema { name, expected: 1, found: 2 },
        Error::DescribedTwice { kind: Kind::Import, name, first: 1, second: 2 },
        Error::UndescribedImport(name),
        Error::RawImport(name),
        Error::MissingImport(name),
        Error::ImportSignature(name),
        Error::Registration { name, reason: RegistrationError::Taken },
        Error::ForeignHandle(name),
        Error::TooLarge { limit: 1, found: 2 },
        Error::GuestOutOfMemory { needed: 1 },
        Error::Argument { position: 1, error: value },
        Error::Value(value),
        Error::OutOfBounds { ptr: 1, len: 2, memory: 3 },
        Error::Reply(DecodeError::ErrorPayload),
        Error::NoReply,
        Error::Guest { code: ErrorCode::Application, len: 0 },
        Error::Panic { len: 0 },
        Error::Trap(Trap::Unreachable),
        Error::Poisoned,
    ]
}

/// The name of a variant.
fn name_of(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").chars().take_while(|letter| letter.is_alphanumeric()).collect()
}

#[test]
fn a_kind_of_the_shared_protocol_has_its_name_here() {
    for error in every_error() {
        let kind = HostErrorKind::from_core(error, b"");
        assert_eq!(name_of(&kind), name_of(&error));
    }
    for (trap, name) in LIMITS {
        assert_eq!(name_of(&HostErrorKind::from_core(Error::Trap(trap), b"")), name);
    }
}

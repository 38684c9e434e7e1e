//! What a caller sees: replies, errors with their facts, and whether the instance lives on.

mod common;

use aingle_wasm_host::prelude::*;
use aingle_wasm_host::{DecodeError, LoadError, ModuleError};
use common::*;

#[test]
fn the_quick_start_works_as_written() {
    fn run(wasm: &[u8]) -> Result<Vec<u8>, HostError> {
        let engine = WasmEngine::new(EngineConfig { metering_limit: 1_000_000_000, ..Default::default() })?;
        let module = engine.compile_cached(b"my_module", wasm)?;
        let mut instance = WasmInstance::new(&engine, &module)?;
        instance.call_raw("echo", b"input data")
    }
    assert_eq!(run(&guest("")).unwrap(), b"input data");
}

#[test]
fn a07_bytes_of_any_size_come_back() {
    let mut instance = instance(&engine());
    for len in [0, 1, 8180, 8181, 65_536, 1 << 20] {
        let bytes: Vec<u8> = (0..len).map(|at: usize| (at * 7) as u8).collect();
        assert_eq!(instance.call_raw("echo", &bytes).unwrap(), bytes, "{len} bytes");
    }
    assert_eq!(instance.call_raw("echo", b"still").unwrap(), b"still");
}

#[test]
fn a07_sixty_four_mebibytes_come_back() {
    let config = EngineConfig { integrity: Integrity::Trusted, ..Default::default() };
    let mut instance = instance(&engine_with(config));
    let bytes: Vec<u8> = (0..64 << 20).map(|at: u32| (at >> 8) as u8 ^ at as u8).collect();
    assert!(instance.call_raw("echo", &bytes).unwrap() == bytes);
    assert!(instance.memory_size() > 64 << 20);
}

#[test]
fn lesson_01_the_guests_own_data_is_not_overwritten() {
    let mut instance = instance(&engine());
    instance.call_raw("count", b"").unwrap();
    instance.call_raw("echo", &[0xff; 100_000]).unwrap();
    assert_eq!(instance.call_raw("count", b"").unwrap(), 2u32.to_le_bytes());
}

#[test]
fn a_payload_is_written_and_read_in_place() {
    let mut instance = instance(&engine());
    let reply = instance.call_in_place("echo", 5, |buffer| buffer.copy_from_slice(b"hello")).unwrap();
    assert_eq!(reply, b"hello");
    assert_eq!(reply.as_ptr() as usize % 16, 0, "payloads are aligned");
}

#[test]
fn a_notification_runs_and_returns_nothing() {
    let mut instance = instance(&engine());
    instance.notify("keep", &41u32.to_le_bytes()).unwrap();
    assert_eq!(instance.call_raw("count", b"").unwrap(), 42u32.to_le_bytes());
}

#[test]
fn a_guests_error_arrives_whole_and_the_instance_lives() {
    let mut instance = instance(&engine());
    let error = failure(&mut instance, "fail");
    let body = b"no such thing".to_vec();
    assert_eq!(*error.kind(), HostErrorKind::Guest { code: ErrorCode::Application, body });
    assert_eq!(error.to_string(), "guest call `fail` failed: application error: no such thing");
    assert!(error.instance_usable() && !error.retryable());
    assert_eq!(instance.call_raw("echo", b"on").unwrap(), b"on");
}

#[test]
fn a14_a_panic_tells_its_message_and_place() {
    let mut instance = instance(&engine());
    let error = failure(&mut instance, "panic");
    assert_eq!(*error.kind(), HostErrorKind::Panic { message: "boom at src/lib.rs:7:5".into() });
    assert!(!error.instance_usable());
    let again = failure(&mut instance, "echo");
    assert_eq!(*again.kind(), HostErrorKind::Poisoned);
    assert!(again.retryable() && instance.is_poisoned());
}

#[test]
fn traps_are_told_apart_and_poison_the_instance() {
    let engine = engine();
    for (function, trap) in TRAPS {
        let mut instance = instance(&engine);
        assert_eq!(*failure(&mut instance, function).kind(), HostErrorKind::Trap(trap), "{function}");
        assert!(instance.is_poisoned(), "{function}");
    }
}

#[test]
fn lesson_07_bad_replies_are_refused_before_anything_is_allocated() {
    let engine = engine();
    for (function, ptr, len) in [("wild", 0xffff_0000, 0x64), ("huge", 1, 0xffff_fff0)] {
        let mut instance = instance(&engine);
        let error = failure(&mut instance, function);
        let expected = HostErrorKind::OutOfBounds { ptr, len, memory: 65_536 };
        assert_eq!(*error.kind(), expected, "{function}");
        assert!(instance.is_poisoned());
    }
    let mut silent = instance(&engine);
    assert_eq!(*failure(&mut silent, "silent").kind(), HostErrorKind::NoReply);
    let mut garbage = instance(&engine);
    let error = failure(&mut garbage, "garbage");
    assert!(matches!(error.kind(), HostErrorKind::Reply(DecodeError::Header(_))), "{error}");
}

#[test]
fn what_cannot_be_called_is_named() {
    let mut instance = instance(&engine());
    let missing = HostErrorKind::MissingExport { name: "nothing".into() };
    assert_eq!(*failure(&mut instance, "nothing").kind(), missing);
    let wrong = HostErrorKind::ExportSignature { name: "wrong_type".into() };
    assert_eq!(*failure(&mut instance, "wrong_type").kind(), wrong);
    assert_eq!(instance.call_raw("echo", b"fine").unwrap(), b"fine");
}

#[test]
fn modules_that_are_none_are_refused_with_the_place() {
    let engine = engine();
    let kind = |wasm: &[u8]| engine.compile(wasm).unwrap_err().into_kind();
    assert!(matches!(kind(b"not wasm"), HostErrorKind::Module(ModuleError::NotWasm { .. })));
    assert!(matches!(kind(&guest("")[..200]), HostErrorKind::Invalid { .. }));
    let two = wat::parse_str("(module (memory 1) (memory 1))").unwrap();
    let multiple = matches!(kind(&two), HostErrorKind::Unsupported { feature: "multiple memories", .. });
    assert!(multiple, "{:?}", kind(&two));
}

/// Later features of several kinds: the one that comes first is named, with its own place.
#[test]
fn a_refusal_names_the_feature_that_is_at_its_place() {
    let refused = |wat: &str| {
        let wasm = wat::parse_str(wat).unwrap();
        (engine().compile(&wasm).unwrap_err(), wasm)
    };
    let threads = "(func (drop (i32.const 1)) (drop (i32.atomic.load (i32.const 0))))";
    let (error, wasm) = refused(&format!("(module (memory 1) {threads} (func $f (return_call $f)))"));
    let at = wasm.windows(2).position(|bytes| bytes == [0xfe, 0x10]).unwrap() as u64;
    assert!(
        matches!(error.kind(), HostErrorKind::Unsupported { feature: "threads", offset, .. } if *offset == at),
        "{error:?}"
    );
    assert!(error.to_string().contains("the module needs threads, which is not enabled, at byte"), "{error}");
    let (shared, _) = refused("(module (memory 1 1 shared))");
    assert!(matches!(shared.kind(), HostErrorKind::Unsupported { feature: "threads", .. }), "{shared:?}");
    // One that is invalid further on is invalid, there.
    let (invalid, wasm) =
        refused(&format!("(module (memory 1) {threads} (func (result i32) (i64.const 1)))"));
    let end = wasm.len() as u64 - 1;
    assert!(matches!(invalid.kind(), HostErrorKind::Invalid { offset, .. } if *offset == end), "{invalid:?}");
}

#[test]
fn another_abi_version_is_refused_by_number() {
    let engine = engine();
    let wasm = wat::parse_str(r#"(module (func (export "__aingle_abi_7") (result i32) (i32.const 0)))"#);
    let module = engine.compile(&wasm.unwrap()).unwrap();
    let error = WasmInstance::new(&engine, &module).unwrap_err();
    assert_eq!(*error.kind(), HostErrorKind::AbiVersion { expected: 2, found: 7 });
}

#[test]
fn a_segment_outside_memory_is_refused_by_number() {
    let engine = engine();
    let more = r#"(data (i32.const 0) "fits") (data (i32.const 65535) "does not")"#;
    let module = engine.compile(&guest(more)).unwrap();
    let error = WasmInstance::new(&engine, &module).unwrap().start().unwrap_err();
    // The base has one data segment, the entries two.
    assert_eq!(*error.kind(), HostErrorKind::Load(LoadError::Segment { index: 4 }));
}

#[test]
fn a_module_of_another_engine_is_refused() {
    let module = engine().compile(&guest("")).unwrap();
    let error = WasmInstance::new(&engine(), &module).unwrap_err();
    assert_eq!(*error.kind(), HostErrorKind::ForeignModule);
}

#[test]
fn what_is_shared_between_threads_can_be() {
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<WasmEngine>();
    shared::<WasmModule>();
    shared::<InstancePool>();
    shared::<HostError>();
    sent::<WasmInstance>();
}

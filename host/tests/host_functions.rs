//! Guests that call the host, and typed handles.

mod common;

use aingle_wasm_host::prelude::*;
use aingle_wasm_host::{Kind, Record, RegistrationError};
use common::*;
use std::sync::{Arc, Mutex};

/// An instance of [`caller`] with `answer` registered by `register`.
fn calling(more: &str, register: impl FnOnce(&mut WasmInstance<u32>)) -> WasmInstance<u32> {
    let engine = engine();
    let module = engine.compile(&caller(more)).unwrap();
    let mut instance = WasmInstance::with_state(&engine, &module, 0).unwrap();
    register(&mut instance);
    instance
}

#[test]
fn a06_bytes_of_any_size_pass_both_ways() {
    let mut instance = calling("", |instance| {
        let answer = |calls: &mut u32, request: &[u8], response: &mut Response<'_>| {
            *calls += 1;
            response.write(request);
            response.write(request);
            Ok(())
        };
        instance.register_raw("answer", answer).unwrap();
    });
    for len in [0, 1, 500, 506, 507, 5_000, 300_000] {
        let bytes: Vec<u8> = (0..len).map(|at: usize| (at * 5) as u8).collect();
        assert_eq!(instance.call_raw("ask", &bytes).unwrap(), bytes.repeat(2), "{len} bytes");
    }
    assert_eq!(*instance.state(), 7);
}

#[test]
fn lesson_14_a_host_functions_failure_is_an_error_in_the_guest() {
    let mut instance = calling("", |instance| {
        let answer = |_: &mut u32, _: &[u8], _: &mut Response<'_>| Err(HostFault::new("sensor is gone"));
        instance.register_raw("answer", answer).unwrap();
    });
    for _ in 0..2 {
        let error = instance.call_raw("ask", b"?").unwrap_err();
        let body = b"sensor is gone".to_vec();
        assert_eq!(*error.kind(), HostErrorKind::Guest { code: ErrorCode::HostFailed, body });
        assert!(error.instance_usable() && !instance.is_poisoned());
    }
}

#[test]
fn a_host_function_that_panics_stops_the_guest_and_nothing_else() {
    let mut instance = calling(&described(Kind::Import, "answer", "(u8)", "u8"), |instance| {
        instance.register("answer", |_: &mut u32, n: u8| -> u8 { panic!("lost at {n}") }).unwrap();
    });
    let error = instance.call_raw("ask", &[9]).unwrap_err();
    assert_eq!(*error.kind(), HostErrorKind::HostPanic { message: "lost at 9".into() });
    assert!(!error.instance_usable() && instance.is_poisoned());
}

#[test]
fn a09_typed_on_both_sides() {
    let types = described(Kind::Export, "ask", "(u32, u32)", "u64")
        + &described(Kind::Import, "answer", "(u32, u32)", "u64");
    let mut instance = calling(&types, |instance| {
        let answer = |calls: &mut u32, a: u32, b: u32| {
            *calls += 1;
            u64::from(a) * u64::from(b)
        };
        instance.register("answer", answer).unwrap();
    });
    let ask = instance.func::<(u32, u32), u64>("ask").unwrap();
    assert_eq!(ask.call(&mut instance, (70_000, 80_000)).unwrap(), 5_600_000_000);
    assert_eq!(*instance.state(), 1);
    assert_eq!(
        instance.module().signatures(),
        ["echo(bytes) -> bytes", "ask(u32, u32) -> u64", "report(bytes) -> bytes"]
    );
    assert_eq!(
        instance.module().records().map(|record: Record<'_>| record.name).collect::<Vec<_>>(),
        ["ask", "answer"]
    );
}

#[test]
fn a09_an_error_value_comes_back_inside() {
    let types = described(Kind::Export, "ask", "(bool)", "Result<u8, u16>")
        + &described(Kind::Import, "answer", "(bool)", "Result<u8, u16>");
    let mut instance = calling(&types, |instance| {
        let answer = |_: &mut u32, good: bool| if good { Ok(1u8) } else { Err(500u16) };
        instance.register("answer", answer).unwrap();
    });
    let ask = instance.func::<(bool,), Result<u8, u16>>("ask").unwrap();
    assert_eq!(ask.call(&mut instance, (true,)).unwrap(), Ok(1));
    assert_eq!(ask.call(&mut instance, (false,)).unwrap(), Err(500));
}

#[test]
fn a09_types_that_differ_are_told_in_words_at_the_handle() {
    let types = described(Kind::Export, "ask", "(u32, str)", "()");
    let mut instance = calling(&types, |_| {});
    let error = instance.func::<(u32, u32), u64>("ask").unwrap_err();
    let expected = "taking a handle of `ask` failed: types of `ask` differ: \
                    the host has (u32, u32) -> u64, the guest has (u32, str) -> ()";
    assert_eq!(error.to_string(), expected);
    let error = instance.func::<(), ()>("echo").unwrap_err();
    assert_eq!(*error.kind(), HostErrorKind::Undescribed { name: "echo".into() });
}

#[test]
fn a09_host_functions_of_other_types_are_refused_at_the_start() {
    let types = described(Kind::Import, "answer", "(u8)", "bool");
    let mut instance = calling(&types, |instance| {
        instance.register("answer", |_: &mut u32, _: String| 1i8).unwrap();
    });
    let (name, expected) = ("answer".to_owned(), "(str) -> i8".to_owned());
    let kind = HostErrorKind::Schema { name, expected, found: "(u8) -> bool".into() };
    assert_eq!(*instance.start().unwrap_err().kind(), kind);
}

#[test]
fn an_import_that_is_described_twice_is_told_in_words() {
    let types =
        described(Kind::Import, "answer", "(i8)", "u8") + &described(Kind::Import, "answer", "(u8)", "u8");
    let mut instance = calling(&types, |instance| {
        instance.register("answer", |_: &mut u32, n: i8| n.unsigned_abs()).unwrap();
    });
    let error = instance.call_raw("ask", &[9]).unwrap_err();
    let expected = "the module describes `answer` twice, as `answer(i8) -> u8` and as `answer(u8) -> u8`: \
                    two parts of the guest disagree, so that no types are right for both";
    assert!(error.to_string().ends_with(expected), "{error}");
    let (first, second) = ("answer(i8) -> u8".into(), "answer(u8) -> u8".into());
    assert_eq!(*error.kind(), HostErrorKind::DescribedTwice { name: "answer".into(), first, second });
    let exports =
        described(Kind::Export, "ask", "(i8)", "u8") + &described(Kind::Export, "ask", "(u8)", "u8");
    let raw = |instance: &mut WasmInstance<u32>| {
        instance.register_raw("answer", |_: &mut u32, _: &[u8], _: &mut Response<'_>| Ok(())).unwrap();
    };
    let error = calling(&exports, raw).func::<(i8,), u8>("ask").unwrap_err();
    assert!(matches!(error.kind(), HostErrorKind::DescribedTwice { name, .. } if name == "ask"), "{error}");
}

/// What a linker lost or a tool stripped: nothing was compared.
#[test]
fn a_typed_host_function_wants_the_guests_types() {
    let mut stripped = calling("", |instance| {
        instance.register("answer", |_: &mut u32, n: u8| n).unwrap();
    });
    let error = stripped.start().unwrap_err();
    let (name, registered) = ("answer".to_owned(), "(u8) -> u8".to_owned());
    assert_eq!(*error.kind(), HostErrorKind::UndescribedImport { name, registered });
    assert!(error.to_string().contains("`aingle.abi` was stripped") && error.instance_usable(), "{error}");
    // The record of a raw import, as `host_externs!(answer)` makes it.
    let raw = r#"(@custom "aingle.abi" "\18\00\00\00\02\00\00\00\00\00\00\00\00\00\06\00\00\00\00\00\00\00answer")"#;
    let mut bytes = calling(raw, |instance| {
        instance.register("answer", |_: &mut u32, n: u8| n).unwrap();
    });
    let error = bytes.start().unwrap_err();
    assert_eq!(*error.kind(), HostErrorKind::RawImport { name: "answer".into() });
}

#[test]
fn a_missing_host_function_is_named_with_its_types() {
    let mut instance = calling(&described(Kind::Import, "answer", "(u8)", "bool"), |_| {});
    assert_eq!(instance.module().imports(), ["answer(u8) -> bool"]);
    let error = instance.call_raw("echo", b"").unwrap_err();
    assert_eq!(*error.kind(), missing("answer", "answer(u8) -> bool"));
    assert_eq!(calling("", |_| {}).module().imports(), ["answer(bytes) -> bytes"]);
}

#[test]
fn all_that_is_missing_is_named_at_once() {
    let names = ["ask", "b", "c", "d", "answer", "e", "f", "g", "h"];
    let engine = engine();
    let mut instance = WasmInstance::new(&engine, &engine.compile(&importing(&names)).unwrap()).unwrap();
    instance.register("answer", |(): &mut (), n: u8| n).unwrap();
    let error = instance.start().unwrap_err();
    let others = ["b", "c", "d", "e", "f"].map(|name| format!("{name}(bytes) -> bytes")).to_vec();
    let (name, wanted) = ("ask".into(), "ask(bytes) -> bytes".into());
    assert_eq!(*error.kind(), HostErrorKind::MissingImport { name, wanted, others, more: 2 });
    assert!(error.to_string().contains("; nor are these: b(bytes) -> bytes, c"), "{error}");
    assert!(error.to_string().ends_with(" and 2 more") && error.instance_usable(), "{error}");
}

fn registration(name: &str, reason: RegistrationError) -> HostErrorKind {
    HostErrorKind::Registration { name: name.into(), reason }
}

#[test]
fn registration_ends_with_the_start_and_where_functions_are_shared() {
    let mut functions = HostFunctions::<u32>::new();
    functions.register("answer", |_: &mut u32, n: u8| n).unwrap();
    let twice = functions.register("answer", |_: &mut u32, n: u8| n).unwrap_err();
    assert_eq!(*twice.kind(), registration("answer", RegistrationError::Taken));
    let engine = engine();
    let types = described(Kind::Import, "answer", "(u8)", "u8");
    let module = engine.compile(&caller(&types)).unwrap();
    let mut shared = WasmInstance::with_host(&engine, &module, Arc::new(functions), 0).unwrap();
    let other = shared.register("other", |_: &mut u32| ()).unwrap_err();
    assert_eq!(*other.kind(), registration("other", RegistrationError::Shared));
    assert_eq!(shared.call_raw("ask", &[5]).unwrap(), [5]);
    let mut own = calling(&types, |own| own.register("answer", |_: &mut u32, n: u8| n).unwrap());
    own.start().unwrap();
    let late = own.register("late", |_: &mut u32| ()).unwrap_err();
    assert_eq!(*late.kind(), registration("late", RegistrationError::Started));
}

#[test]
fn a_start_function_can_call_the_host() {
    let more = r#"(data (i32.const 2000) "\49\41\02\04\01\00\00\00")
        (func $start
            (i32.store8 (i32.const 2012) (i32.const 33))
            (drop (call $finish (i32.const 2000) (i32.const 1) (i32.const 4)))
            (drop (call $answer (i32.const 2000) (i32.const 13))))
        (start $start)"#;
    let more = more.to_owned() + &described(Kind::Import, "answer", "(u8)", "()");
    let mut instance = calling(&more, |instance| {
        instance.register("answer", |seen: &mut u32, n: u8| *seen = u32::from(n)).unwrap();
    });
    assert_eq!(*instance.state(), 0);
    instance.start().unwrap();
    assert_eq!(*instance.state(), 33);
}

#[test]
fn logs_reach_whoever_takes_them_and_else_tracing() {
    let types = described(Kind::Import, "answer", "()", "()");
    let mut taken = calling(&types, |instance| {
        instance.register("answer", |_: &mut u32| ()).unwrap();
        instance
            .on_log(|length, level, text| {
                assert_eq!((level, text), (Level::Warn, "low battery"));
                *length = text.len() as u32;
            })
            .unwrap();
    });
    taken.call_raw("report", b"\x02low battery").unwrap();
    assert_eq!(*taken.state(), 11);

    let lines = Lines::default();
    tracing::subscriber::with_default(lines.clone(), || {
        let mut instance = calling(&types, |instance| instance.register("answer", |_: &mut u32| ()).unwrap());
        instance.call_raw("report", b"\x02low battery").unwrap();
    });
    assert_eq!(*lines.0.lock().unwrap(), ["WARN aingle_wasm_guest: low battery"]);
}

#[test]
fn older_guests_run_under_both_names() {
    let reset = r#"(func (export "__aingle_guest_reset_arena") (global.set $next (i32.const 1024)))"#;
    let free = r#"(func (export "__hc__deallocate_1") (param i32 i32) (global.set $next (i32.const 1024)))"#;
    for (allocator, more) in [("__aingle_guest_allocate", reset), ("__hc__allocate_1", free)] {
        let engine = engine();
        let module = engine.compile(&older(allocator, more)).unwrap();
        let mut instance = WasmInstance::new(&engine, &module).unwrap();
        let answer = |_: &mut (), request: &[u8], response: &mut Response<'_>| {
            response.write(&request.repeat(3));
            Ok(())
        };
        instance.register_raw("answer", answer).unwrap();
        let bytes = [7; 20_000];
        for _ in 0..100 {
            assert_eq!(instance.call_raw("echo", &bytes).unwrap(), bytes, "{allocator}");
            if more == reset {
                assert_eq!(instance.call_raw("ask", &bytes).unwrap(), bytes.repeat(3), "{allocator}");
            }
        }
        if more == free {
            // A guest without an arena has no room for responses.
            let dropped = instance.call_raw("ask", &bytes).unwrap_err();
            assert_eq!(*dropped.kind(), HostErrorKind::NoReply);
        }
    }
}

/// The seven lines that ended the process: each host call ran the allocator, which made a host call.
#[test]
fn an_older_allocator_that_calls_the_host_ends_nothing() {
    let wasm = wat::parse_str(
        r#"(module (import "env" "__aingle_log" (func $log (param i32 i32) (result i64)))
            (memory (export "memory") 2)
            (func $again (export "__aingle_guest_allocate") (param i32) (result i32)
                (drop (call $log (i32.const -1) (i32.const 1))) (i32.const 1024))
            (func (export "__aingle_guest_reset_arena") (drop (call $log (i32.const -1) (i32.const 1))))
            (func (export "f") (param i32 i32) (result i64) (call $log (i32.const -1) (i32.const 1))))"#,
    );
    let engine = engine();
    let mut instance = WasmInstance::new(&engine, &engine.compile(&wasm.unwrap()).unwrap()).unwrap();
    let refused = instance.call_raw("f", b"").unwrap_err();
    // The host's error envelope is the response of the import, and here the reply.
    let HostErrorKind::Guest { code, body } = refused.kind() else { panic!("{refused}") };
    assert_eq!((*code, &body[..]), (ErrorCode::Application, &b"request out of bounds"[..]));
    assert!(!instance.is_poisoned());
}

/// A subscriber that keeps the guests' lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "aingle_wasm_guest"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut message = Message::default();
        event.record(&mut message);
        let metadata = event.metadata();
        let line = format!("{} {}: {}", metadata.level(), metadata.target(), message.0);
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[derive(Default)]
struct Message(String);

impl tracing::field::Visit for Message {
    fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0 = format!("{value:?}");
    }
}

//! What every backend of pure Rust must do, generic over the backend.

use super::guests;
use aingle_wasm_host_core::ModuleError;
use aingle_wasm_host_embedded::{Backend, Error, Host, HostFault, HostFunctions, LoadError, Runtime, Trap};
use proptest::prelude::*;

/// A backend under test.
pub trait Subject {
    type Backend: Backend;

    fn new(memory: Option<u32>, fuel: Option<u64>) -> Self::Backend;
}

/// The tests of this file for one backend.
#[macro_export]
macro_rules! cases {
    ($subject:ty: $($name:ident)*) => {$(
        #[test]
        fn $name() {
            $crate::cases::$name::<$subject>();
        }
    )*};
}

type Calls = Vec<Vec<u8>>;

/// The guest with everything, with its host functions: `shout` answers in capitals.
fn runtime<T: Subject>(
    wasm: &[u8],
    memory: Option<u32>,
    fuel: Option<u64>,
) -> Runtime<'_, T::Backend, Calls> {
    let mut runtime = Runtime::with_state(T::new(memory, fuel), wasm, Calls::new()).expect("loads");
    runtime
        .register_raw("shout", |calls: &mut Calls, request, response| {
            calls.push(request.to_vec());
            match request {
                b"fail" => return Err(HostFault::new("no voice")),
                b"error" => response.write_error(b"too loud"),
                _ => response.write(&request.to_ascii_uppercase()),
            }
            Ok(())
        })
        .expect("registers");
    runtime
        .on_log(|calls, level, text| calls.push(format!("{level:?} {text}").into_bytes()))
        .expect("registers");
    runtime
}

fn word(reply: Result<&[u8], Error>) -> i32 {
    i32::from_le_bytes(reply.expect("replies").try_into().expect("is a word"))
}

pub fn a07_echo_of_any_size<T: Subject>() {
    let wasm = guests::all();
    let mut runtime = runtime::<T>(&wasm, None, None);
    for len in [0, 1, 15, 16, 17, 1000, 1011, 1012, 1013, 65_536, 100_000] {
        let bytes: Vec<u8> = (0..len).map(|at: u32| (at * 7) as u8).collect();
        assert_eq!(runtime.call_raw("echo", &bytes), Ok(bytes.as_slice()), "{len} bytes");
    }
    assert_eq!(runtime.call_in_place("echo", 3, |buffer| buffer.copy_from_slice(b"abc")), Ok(&b"abc"[..]));
    // A notification's reply is read all the same when there is one.
    runtime.notify("echo", b"one way").expect("runs");
}

pub fn a06_host_functions_both_ways<T: Subject>() {
    let wasm = guests::all();
    let mut runtime = runtime::<T>(&wasm, None, None);
    // The response buffer holds 52 bytes of payload: the first response fits, the second is fetched.
    for len in [5, 52, 53, 900] {
        let (quiet, loud) = (vec![b'a'; len], vec![b'A'; len]);
        assert_eq!(runtime.call_raw("ask", &quiet), Ok(loud.as_slice()), "{len} bytes");
        assert_eq!(runtime.state().last(), Some(&quiet));
    }
    assert_eq!(runtime.call_raw("tell", b"\x02careful"), Ok(&[0; 4][..]));
    assert_eq!(runtime.state().last().unwrap(), b"Warn careful");
}

pub fn lesson_14_a_host_error_is_a_value<T: Subject>() {
    let wasm = guests::all();
    let mut runtime = runtime::<T>(&wasm, None, None);
    assert!(matches!(runtime.call_raw("ask", b"error"), Err(Error::Guest { len: 8, .. })));
    assert_eq!(runtime.error_body(), b"too loud");
    assert!(matches!(runtime.call_raw("ask", b"fail"), Err(Error::Guest { len: 8, .. })));
    assert_eq!(runtime.error_body(), b"no voice");
    assert_eq!(runtime.call_raw("ask", b"well"), Ok(&b"WELL"[..]));
}

pub fn an_import_that_is_exported_again<T: Subject>() {
    let wasm = guests::all();
    let mut runtime = runtime::<T>(&wasm, None, None);
    assert_eq!(runtime.call_raw("again", b"self"), Ok(&b"SELF"[..]));
}

pub fn a_start_function_may_call_the_host<T: Subject>() {
    let wasm = guests::guest(guests::HOST, &[guests::ASK, guests::START].concat());
    let mut runtime = runtime::<T>(&wasm, None, None);
    assert!(runtime.state().is_empty(), "it does not run before the first call");
    assert_eq!(runtime.call_raw("started", b""), Ok(&b"HELLO"[..]));
    assert_eq!(runtime.state().as_slice(), [b"hello".to_vec()]);
}

pub fn traps_by_kind_and_lesson_13_poisoned<T: Subject>() {
    let wasm = guests::all();
    for (name, trap) in [
        ("unreachable", Trap::Unreachable),
        ("out_of_bounds", Trap::MemoryOutOfBounds),
        ("wrong_type", Trap::IndirectCall),
        ("empty_element", Trap::IndirectCall),
        ("beyond_table", Trap::IndirectCall),
        ("divide", Trap::DivisionByZero),
        ("overflow", Trap::IntegerOverflow),
        ("convert", Trap::InvalidConversion),
        ("recurse", Trap::StackOverflow),
    ] {
        let mut runtime = runtime::<T>(&wasm, None, None);
        assert_eq!(runtime.call_raw("echo", b"before"), Ok(&b"before"[..]));
        assert_eq!(runtime.call_raw(name, b""), Err(Error::Trap(trap)), "{name}");
        assert!(runtime.is_poisoned());
        assert_eq!(runtime.call_raw("echo", b"after"), Err(Error::Poisoned), "{name}");
    }
}

pub fn a14_panic_message<T: Subject>() {
    let wasm = guests::all();
    let mut runtime = runtime::<T>(&wasm, None, None);
    assert_eq!(runtime.call_raw("panic", b""), Err(Error::Panic { len: 8 }));
    assert_eq!(runtime.error_body(), b"it broke");
}

pub fn a04_lesson_05_a_loop_stops<T: Subject>() {
    let wasm = guests::all();
    let mut runtime = runtime::<T>(&wasm, None, Some(10_000));
    let stopped = runtime.call_raw("forever", b"").map(<[u8]>::len);
    let Err(Error::Trap(Trap::OutOfFuel { limit: 10_000, used })) = stopped else { panic!("{stopped:?}") };
    assert!((9_900..=10_000).contains(&used), "used {used}");
    assert!(runtime.is_poisoned());
}

pub fn a_start_function_has_a_limit<T: Subject>() {
    let forever = "(func $start (loop $again (br $again))) (start $start)";
    let wasm = guests::guest("", &[guests::ECHO, forever].concat());
    let mut runtime = Runtime::new(T::new(None, Some(10_000)), &wasm).expect("loads");
    let stopped = runtime.call_raw("echo", b"").map(<[u8]>::len);
    assert!(matches!(stopped, Err(Error::Trap(Trap::OutOfFuel { limit: 10_000, .. }))), "{stopped:?}");
    assert_eq!(runtime.call_raw("echo", b""), Err(Error::Poisoned));
}

pub fn fuel_is_exact_and_reset_for_each_call<T: Subject>() {
    let wasm = guests::all();
    let mut counted = runtime::<T>(&wasm, None, Some(1_000_000));
    let mut used = |name, request: &[u8]| {
        counted.call_raw(name, request).expect("has enough");
        counted.fuel_used().expect("counts")
    };
    let (short, long) = (used("echo", b"x"), used("echo", b"xx"));
    assert!(short > 0 && long > short, "{short} {long}");
    assert_eq!(used("echo", b"x"), short);
    let asked = used("ask", &[b'x'; 100]);
    assert_eq!(used("ask", &[b'x'; 100]), asked, "also through host calls");
    // Exactly enough is enough, and one less is not.
    for (name, request, needed) in [("echo", &b"x"[..], short), ("ask", &[b'x'; 100], asked)] {
        let mut enough = runtime::<T>(&wasm, None, Some(needed));
        for _ in 0..3 {
            enough.call_raw(name, request).expect("has just enough");
            assert_eq!(enough.fuel_used(), Some(needed));
        }
        let limit = needed - 1;
        let mut less = runtime::<T>(&wasm, None, Some(limit));
        let stopped = less.call_raw(name, request).map(<[u8]>::len);
        let Err(Error::Trap(Trap::OutOfFuel { limit: told, used })) = stopped else { panic!("{stopped:?}") };
        assert!(told == limit && used <= limit, "limit {limit}, told {told}, used {used}");
    }
}

pub fn growth_stops_at_the_limit<T: Subject>() {
    let wasm = guests::all();
    let mut free = runtime::<T>(&wasm, None, None);
    assert_eq!(word(free.call_raw("grow", &[1])), 1);
    assert_eq!(word(free.call_raw("size", b"")), 2);
    // One page and a half: a second page is too much.
    for limit in [65_536, 98_304] {
        let mut limited = runtime::<T>(&wasm, Some(limit), None);
        assert_eq!(word(limited.call_raw("grow", &[1])), -1);
        assert_eq!(word(limited.call_raw("grow", &[0])), 1);
        assert_eq!(word(limited.call_raw("size", b"")), 1);
        assert_eq!(word(limited.call_raw("end", b"")), 0, "the pages tell the truth");
        let large = limited.call_raw("echo", &[0; 2000]);
        assert_eq!(large, Err(Error::GuestOutOfMemory { needed: 2012 }));
        assert_eq!(limited.call_raw("echo", b"alive"), Ok(&b"alive"[..]));
    }
}

pub fn lesson_17_tables_have_a_limit<T: Subject>() {
    let wasm = guests::guest("", "(table 1000000000 funcref)");
    let refused = Runtime::new(T::new(None, None), &wasm).err();
    let Some(Error::Load(LoadError::EngineLimit { what, limit: 4096, found: 1_000_000_000 })) = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(what, "elements of its table");
}

pub fn segments_outside_are_refused<T: Subject>() {
    for (body, segment) in [
        (r#"(data (i32.const 0) "x") (data (i32.const 65535) "xx")"#, 2),
        (r#"(data (i32.const -1) "x")"#, 1),
        ("(table 2 funcref) (func $f) (elem (i32.const 0) $f $f) (elem (i32.const 1) $f $f)", 1),
    ] {
        let wasm = guests::guest("", body);
        let refused = Runtime::new(T::new(None, None), &wasm).err();
        assert_eq!(refused, Some(Error::Load(LoadError::Segment { index: segment })), "{body}");
    }
}

pub fn later_features_are_refused_by_name<T: Subject>() {
    for (feature, body) in [
        ("sign extension", "(func (drop (i32.extend8_s (i32.const 1))))"),
        ("saturating float to int", "(func (drop (i32.trunc_sat_f32_s (f32.const 1))))"),
        ("bulk memory", "(func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))"),
        ("bulk memory", r#"(data "passive")"#),
        ("functions of several results", "(func (result i32 i32) (i32.const 1) (i32.const 2))"),
        ("blocks of several results", "(func (i32.const 1) (block (param i32) (drop)))"),
        ("reference types", "(func (drop (ref.null func)))"),
        ("reference types", "(func (param externref))"),
        ("SIMD", "(func (drop (v128.const i64x2 0 0)))"),
        ("tail calls", "(func $f (return_call $f))"),
        ("extended constant expressions", "(global i32 (i32.add (i32.const 1) (i32.const 2)))"),
        ("exception handling", "(tag $t)"),
        ("threads", "(func (drop (i32.atomic.load (i32.const 0))))"),
    ] {
        let wasm = guests::guest("", body);
        match Runtime::new(T::new(None, None), &wasm).err() {
            Some(Error::Load(LoadError::Unsupported { feature: named, offset })) => {
                assert_eq!(named, feature, "{body}");
                assert!(offset >= 8 && (offset as usize) < wasm.len(), "{body}: {offset}");
            }
            other => panic!("{body}: {other:?}"),
        }
    }
    for (feature, memory) in [("64-bit memory", "(memory i64 1)"), ("threads", "(memory 1 1 shared)")] {
        let wasm = wat::parse_str(format!("(module {memory})")).unwrap();
        let refused = Runtime::new(T::new(None, None), &wasm).err();
        assert!(
            matches!(refused, Some(Error::Load(LoadError::Unsupported { feature: named, .. })) if named == feature),
            "{memory}: {refused:?}"
        );
    }
}

/// Later features of several kinds: the one that comes first is named, with its own place.
pub fn a_refusal_names_the_feature_that_is_at_its_place<T: Subject>() {
    let body = "(func (drop (i32.const 1)) (drop (i32.atomic.load (i32.const 0))))
        (func (drop (i32.extend8_s (i32.const 1))))
        (func $f (return_call $f))
        (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))
        (func (drop (v128.const i64x2 0 0)))";
    let wasm = guests::guest("", body);
    let at = wasm.windows(2).position(|bytes| bytes == [0xfe, 0x10]).unwrap() as u32;
    let wanted = LoadError::Unsupported { feature: "threads", offset: at };
    assert_eq!(Runtime::new(T::new(None, None), &wasm).err(), Some(Error::Load(wanted)));
}

pub fn invalid_modules_are_refused_with_the_place<T: Subject>() {
    let wasm = guests::guest("", "(func (result i32) (i64.const 1))");
    let refused = Runtime::new(T::new(None, None), &wasm).err();
    assert!(matches!(refused, Some(Error::Load(LoadError::Invalid { offset })) if offset > 8), "{refused:?}");
    let not_wasm = Runtime::new(T::new(None, None), b"not wasm at all").err();
    assert_eq!(not_wasm, Some(Error::Module(ModuleError::not_wasm(b"not wasm at all"))));
    let cut = Runtime::new(T::new(None, None), &wasm[..wasm.len() - 3]).err();
    assert!(matches!(cut, Some(Error::Load(LoadError::Invalid { .. }))), "{cut:?}");
}

pub fn imports_are_host_functions_or_refused<T: Subject>() {
    for import in [
        r#"(import "other" "f" (func (param i32 i32) (result i64)))"#,
        r#"(import "env" "f" (func (param i32) (result i64)))"#,
        r#"(import "env" "f" (global i32))"#,
    ] {
        let wasm = guests::guest(import, guests::ECHO);
        let refused = Runtime::new(T::new(None, None), &wasm).err();
        assert!(
            matches!(refused, Some(Error::ImportSignature(name)) if name.as_str() == "f"),
            "{import}: {refused:?}"
        );
    }
    let long = "x".repeat(40);
    let import = format!(r#"(import "env" "{long}" (func (param i32 i32) (result i64)))"#);
    let wasm = guests::guest(&import, guests::ECHO);
    let refused = Runtime::new(T::new(None, None), &wasm).and_then(|mut runtime| runtime.start());
    assert!(matches!(refused, Err(Error::MissingImport(_))), "{refused:?}");
}

pub fn custom_sections_do_not_matter<T: Subject>() {
    let long = "a name of far more than thirty-two bytes";
    let sections = format!(r#"(@custom "{long}" "content") (@custom "{long}" (before first) "content")"#);
    let wasm = guests::guest("", &[guests::ECHO, &sections].concat());
    let mut runtime = Runtime::new(T::new(None, None), &wasm).expect("loads");
    assert_eq!(runtime.call_raw("echo", b"still"), Ok(&b"still"[..]));
}

pub fn two_runtimes_at_once<T: Subject>() {
    let wasm = guests::all();
    let (mut one, mut two) = (runtime::<T>(&wasm, None, None), runtime::<T>(&wasm, None, None));
    for round in 0..10 {
        assert_eq!(one.call_raw("ask", b"one"), Ok(&b"ONE"[..]));
        assert_eq!(two.call_raw("ask", b"two"), Ok(&b"TWO"[..]), "{round}");
    }
    assert_eq!(word(one.call_raw("grow", &[1])), 1);
    assert_eq!(word(two.call_raw("size", b"")), 1);
    assert!(one.call_raw("unreachable", b"").is_err());
    assert_eq!(two.call_raw("echo", b"alive"), Ok(&b"alive"[..]));
}

pub fn state_may_be_borrowed<T: Subject>() {
    let wasm = guests::all();
    let mut calls = 0;
    {
        let mut runtime = Runtime::with_state(T::new(None, None), &wasm, &mut calls).expect("loads");
        runtime
            .register_raw("shout", |calls: &mut &mut i32, request, response| {
                **calls += 1;
                response.write(request);
                Ok(())
            })
            .expect("registers");
        assert_eq!(runtime.call_raw("ask", b"a"), Ok(&b"a"[..]));
        assert_eq!(runtime.call_raw("ask", b"b"), Ok(&b"b"[..]));
    }
    assert_eq!(calls, 2);
}

pub fn lesson_30_mutated_modules_do_no_harm<T: Subject>() {
    let wasm = guests::all();
    let mutations = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    let cut = prop::option::weighted(0.2, any::<prop::sample::Index>());
    proptest!(|(mutations in mutations, cut in cut)| {
        let mut mutant = wasm.clone();
        for (at, byte) in mutations {
            mutant[at.index(wasm.len())] = byte;
        }
        if let Some(cut) = cut {
            mutant.truncate(cut.index(wasm.len()));
        }
        let host = Host::new(Calls::new(), HostFunctions::new());
        // The engine alone must survive it, with whatever start function there is.
        if let Ok(mut instance) = T::new(Some(1 << 20), Some(100_000)).load(&mutant, host) {
            use aingle_wasm_host_embedded::EngineInstance;
            let _ = instance.start();
        }
        let loaded = Runtime::with_state(T::new(Some(1 << 20), Some(100_000)), &mutant, Calls::new());
        if let Ok(mut runtime) = loaded {
            let _ = runtime.register_raw("shout", |_, request, response| {
                response.write(request);
                Ok(())
            });
            for name in ["echo", "ask", "recurse", "size"] {
                let _ = runtime.call_raw(name, b"something");
            }
        }
    });
}

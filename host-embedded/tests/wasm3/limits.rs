//! Memory, tables and what a guest leaves behind.

use crate::guest::{assemble, guest, limited, load_error, refusal, wasm3};
use aingle_wasm_host_core::Signature;
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::{
    Backend, EngineInstance, Error, Host, HostFunctions, LoadError, Runtime, Trap,
};

const GROW: &str = r#"
  (func (export "grow") (param i32 i32) (result i64) (i64.extend_i32_s (memory.grow (local.get 0))))
  (func (export "read") (param i32 i32) (result i64) (i64.load8_u (local.get 0)))"#;

#[test]
fn lesson_33_a_guest_runs_in_four_kilobytes() {
    // The request buffer ends at 2028, the response buffer at 2308.
    let wasm = guest("");
    let mut runtime = Runtime::new(limited(4096), &wasm).unwrap();
    runtime.start().unwrap();
    assert_eq!(runtime.engine_mut().memory().len(), 4096);
    assert_eq!(runtime.engine().memory_end(), Some(4096));
    assert_eq!(runtime.engine_mut().memory()[96..100], 4096_u32.to_le_bytes(), "the control block says so");
    assert_eq!(runtime.call_raw("echo", &[7; 900]).unwrap(), [7; 900]);
}

#[test]
fn lesson_33_reads_beyond_the_limit_are_out_of_bounds_though_within_the_page() {
    let wasm = guest(GROW);
    for (limit, at, expected) in [
        (4096, 4095, Ok(0)),
        (4096, 4096, Err(Trap::MemoryOutOfBounds)),
        (4096, 65_535, Err(Trap::MemoryOutOfBounds)),
        (70_000, 65_535, Ok(0)),
        (70_000, 65_536, Err(Trap::MemoryOutOfBounds)),
    ] {
        let mut engine = limited(limit).load(&wasm, Host::new((), HostFunctions::new())).unwrap();
        engine.start().unwrap();
        let read = engine.find("read", Signature::Entry).unwrap();
        assert_eq!(engine.call(&read, at, 0), expected, "byte {at} of {limit}");
    }
}

#[test]
fn lesson_33_growing_past_the_limit_fails_and_gives_no_pages() {
    let minus_one = -1_i64 as u64;
    for (limit, steps) in [
        (4096, [(1, minus_one), (0, 1)]),
        (65_536, [(1, minus_one), (0, 1)]),
        (131_071, [(1, minus_one), (0, 1)]),
        (131_072, [(1, 1), (1, minus_one)]),
        (3 * 65_536, [(2, 1), (0, 3)]),
    ] {
        let wasm = guest(GROW);
        let mut engine = limited(limit).load(&wasm, Host::new((), HostFunctions::new())).unwrap();
        engine.start().unwrap();
        let grow = engine.find("grow", Signature::Entry).unwrap();
        for (pages, expected) in steps {
            assert_eq!(engine.call(&grow, pages, 0), Ok(expected), "{pages} pages under {limit}");
        }
        let most = limit.max(4096) as usize;
        assert!(engine.memory().len() <= most);
    }
}

#[test]
fn a_declared_maximum_holds_even_when_it_is_zero() {
    for (memory, expected) in [("0 0", -1_i64), ("0 1", 0), ("0", 0), ("1 1", -1)] {
        let wasm = assemble(&format!("(memory {memory}){GROW}"));
        let mut engine = wasm3().load(&wasm, Host::new((), HostFunctions::new())).unwrap();
        let grow = engine.find("grow", Signature::Entry).unwrap();
        assert_eq!(engine.call(&grow, 1, 0), Ok(expected as u64), "memory {memory}");
    }
}

#[test]
fn growing_by_nearly_all_pages_there_are_fails_and_takes_none() {
    let wasm = guest(GROW);
    let mut engine = wasm3().load(&wasm, Host::new((), HostFunctions::new())).unwrap();
    engine.start().unwrap();
    let grow = engine.find("grow", Signature::Entry).unwrap();
    assert_eq!(engine.call(&grow, 3, 0), Ok(1));
    for pages in [u32::MAX, 1 << 31, (1 << 31) - 1, 65_536] {
        assert_eq!(engine.call(&grow, pages, 0), Ok(-1_i64 as u64), "{pages} pages");
    }
    assert_eq!(engine.call(&grow, 0, 0), Ok(4));
}

#[test]
fn lesson_30_segments_outside_their_memory_or_table_are_refused() {
    for (fields, index) in [
        (r#"(memory 1) (data (i32.const -4) "1234")"#, 0),
        (r#"(memory 1) (data (i32.const -2147483648) "1")"#, 0),
        (r#"(memory 1) (data (i32.const 0) "1") (data (i32.const 65533) "1234")"#, 1),
        (r#"(memory 0) (data (i32.const 0) "1")"#, 0),
        (r#"(memory 0) (data (i32.const 1) "")"#, 0),
        ("(table 2 funcref) (func $f) (elem (i32.const 2) $f)", 0),
        ("(table 2 funcref) (func $f) (elem (i32.const 0) $f) (elem (i32.const -1) $f)", 1),
    ] {
        assert_eq!(load_error(&assemble(fields)), LoadError::Segment { index }, "{fields}");
    }
}

#[test]
fn lesson_33_data_beyond_the_limit_is_refused_with_both_figures() {
    let wasm = assemble(r#"(memory 1) (data (i32.const 5000) "12345")"#);
    let expected = LoadError::MemoryLimit { limit: 4096, needed: 5005 };
    assert_eq!(refusal(limited(4096), &wasm), Error::Load(expected));
    let huge = assemble("(memory 65536)");
    let expected = LoadError::MemoryLimit { limit: 16 << 20, needed: 1 << 32 };
    assert_eq!(load_error(&huge), expected);
}

#[test]
fn a_table_has_a_limit_and_only_as_many_elements_as_segments_reach() {
    let table = "(func $f) (elem (i32.const 99999) $f)";
    let wasm = assemble(&format!("(table 4000000000 funcref) {table}"));
    let what = "elements of its table";
    assert_eq!(load_error(&wasm), LoadError::EngineLimit { what, limit: 65_536, found: 100_000 });
    let empty = assemble(&format!("(table 9999999 funcref) {GROW} (memory 1)"));
    assert!(wasm3().load(&empty, Host::new((), HostFunctions::new())).is_ok());
}

#[test]
fn code_beyond_the_compilers_tables_is_refused() {
    // Each result of such a chain gets a slot above the last one, and wasm3 does not look where that is.
    let module = |calls: usize| {
        let calls = "call $f ".repeat(calls);
        assemble(&format!(
            "(func $f (param i32) (result i32) local.get 0) (func (export \"g\") i32.const 1 {calls} drop)"
        ))
    };
    assert!(
        Wasm3::new(Wasm3Config::default()).load(&module(3000), Host::new((), HostFunctions::new())).is_ok()
    );
    let what = "slots for the calls of one function";
    assert_eq!(load_error(&module(5000)), LoadError::EngineLimit { what, limit: 7999, found: 10_124 });

    let nested =
        |depth: usize| assemble(&format!("(func {} {})", "block ".repeat(depth), "end ".repeat(depth)));
    assert!(wasm3().load(&nested(500), Host::new((), HostFunctions::new())).is_ok());
    let what = "nested blocks in one function";
    assert_eq!(load_error(&nested(50_000)), LoadError::EngineLimit { what, limit: 1000, found: 1001 });
    // What is compiled has to have room on the native stack, too.
    let deep = format!("{} {}", "block ".repeat(900), "end ".repeat(900));
    let wasm = guest(&format!(r#"(func (export "f") (param i32 i32) (result i64) {deep} (i64.const 0))"#));
    for (native_stack, fits) in [(1 << 20, true), (64 << 10, false)] {
        let config = Wasm3Config { native_stack, ..Wasm3Config::default() };
        let mut runtime = Runtime::new(Wasm3::new(config), &wasm).unwrap();
        let reason = "[trap] stack overflow";
        let refused = Error::Load(LoadError::Engine { reason });
        let found = runtime.call_raw("f", b"").map(<[u8]>::len).unwrap_err();
        assert_eq!(found, if fits { Error::NoReply } else { refused }, "{native_stack}");
    }

    let locals = |many: usize| assemble(&format!("(func (local {}))", "i64 ".repeat(many)));
    assert!(wasm3().load(&locals(1500), Host::new((), HostFunctions::new())).is_ok());
    let what = "variables and operands in one function";
    assert_eq!(load_error(&locals(2500)), LoadError::EngineLimit { what, limit: 1999, found: 2500 });
}

#[test]
fn lesson_32_an_instance_moves_freely_while_the_bytes_stay() {
    let wasm = guest("");
    let runtime = Runtime::new(wasm3(), &wasm).unwrap();
    let mut moved = vec![runtime];
    assert_eq!(moved[0].call_raw("echo", b"here").unwrap(), b"here");
    let mut boxed = Box::new(moved.pop().unwrap());
    assert_eq!(boxed.call_raw("echo", b"there").unwrap(), b"there");
    let sent = std::thread::scope(|scope| {
        scope.spawn(move || boxed.call_raw("echo", b"elsewhere").map(<[u8]>::to_vec)).join().unwrap()
    });
    assert_eq!(sent.unwrap(), b"elsewhere");
}

#[test]
fn a_thousand_instances_leave_nothing_behind() {
    // In a process of its own, so that other tests do not allocate meanwhile.
    if std::env::var_os("WASM3_ALONE").is_none() {
        let name = "limits::a_thousand_instances_leave_nothing_behind";
        let test = std::process::Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact", "--test-threads=1", "--nocapture"])
            // Without glibc's caches, whose contents differ by chance and count as in use.
            .env("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0")
            .env("WASM3_ALONE", "1")
            .status();
        return assert!(test.unwrap().success());
    }
    let wasm = guest(r#"(func (export "f") (param i32 i32) (result i64) unreachable)"#);
    let refused = assemble("(func (result i32 i32) unreachable)");
    let cycle = || {
        let mut runtime = Runtime::new(wasm3(), &wasm).unwrap();
        assert_eq!(runtime.call_raw("echo", &[1; 5000]).unwrap().len(), 5000);
        runtime.call_raw("f", b"").unwrap_err();
        assert!(Runtime::new(wasm3(), &refused).is_err());
    };
    (0..20).for_each(|_| cycle());
    let before = heap_in_use();
    (0..1000).for_each(|_| cycle());
    let after = heap_in_use();
    assert_eq!(after, before, "bytes in use after a thousand cycles, and before");
}

/// What the C library has given out and not got back. Rust's allocator is the same one here.
fn heap_in_use() -> usize {
    // SAFETY: no argument, and no pointer in the result.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}

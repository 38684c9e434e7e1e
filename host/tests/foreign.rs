//! Modules that are not ours, and bytes that are no module: the error says what they are, and what to do.

mod common;

use aingle_wasm_host::Foreign;
use aingle_wasm_host::prelude::*;
use common::engine;

#[test]
fn bytes_that_are_no_module_are_named() {
    for (bytes, wanted, what, to_do) in [
        (&b""[..], Foreign::Empty, "found empty", "check where"),
        (b"\0asm\x0d\0\x01\0", Foreign::Component, "found a WebAssembly component", "build a core module"),
        (b"(module (memory 1))", Foreign::Text, "found WebAssembly text", "assemble it first"),
        (b"\x1f\x8b\x08\0\0\0\0\0", Foreign::Gzip, "found gzip", "decompress it first"),
        (b"\x7fELF\x02\x01\x01\0", Foreign::Elf, "found an ELF file", "wasm32v1-none"),
    ] {
        let error = engine().compile(bytes).unwrap_err();
        let HostErrorKind::Module(module) = error.kind() else { panic!("{error:?}") };
        assert_eq!(module.foreign(), Some(wanted));
        let text = error.to_string();
        assert!(text.contains(what) && text.contains(to_do), "{text}");
    }
}

#[test]
fn a_module_for_another_host_is_named_with_its_imports() {
    let wasi = r#"(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))"#;
    assert_eq!(
        refusal(wasi),
        "instantiating failed: not a guest but a module for WASI, which imports wasi_snapshot_preview1.fd_write; build it \
         for `wasm32v1-none` or `wasm32-unknown-unknown`, with host functions in place of WASI"
    );
    for (module, name, what) in [
        ("__wbindgen_placeholder__", "__wbindgen_throw", "wasm-bindgen"),
        ("wbg", "__wbg_log", "wasm-bindgen"),
        ("env", "abort", "AssemblyScript"),
        ("env", "emscripten_resize_heap", "Emscripten"),
        ("gojs", "runtime.wasmExit", "Go"),
    ] {
        let text = refusal(&format!(r#"(import "{module}" "{name}" (func (param i32)))"#));
        assert!(text.contains(what) && text.contains(&format!("{module}.{name}; ")), "{text}");
    }
    let plain = refusal(r#"(func (export "add") (param i32 i32) (result i32) (i32.const 3))"#);
    assert!(plain.contains("without the ABI's exports, which imports nothing; build it with"), "{plain}");
}

/// A guest that a crate brought WASI into: recognised although it exports the ABI.
#[test]
fn a_guest_that_imports_from_another_host_is_named_too() {
    let wasi = r#"(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))"#;
    let text = common::plain("").replacen("(module", &format!("(module {wasi}"), 1);
    let error = instantiate(&wat::parse_str(text).unwrap());
    assert!(
        matches!(error.kind(), HostErrorKind::Foreign { foreign: Foreign::Wasi, more: 0, .. }),
        "{error:?}"
    );
}

#[test]
fn many_imports_are_counted() {
    let imports: String = (0..9).map(|at| format!(r#"(import "env" "f{at}" (func (param i32)))"#)).collect();
    assert!(refusal(&imports).contains("imports env.f0, env.f1, env.f2, env.f3, env.f4 and 4 more; "));
}

#[test]
fn the_imports_of_a_module_are_listed_with_their_modules() {
    let fields = r#"(import "env" "answer" (func (param i32 i32) (result i64)))
        (import "env" "abort" (func (param i32 i32 i32 i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
        (import "env" "base" (global i32))"#;
    let module = engine().compile(&wat::parse_str(format!("(module {fields})")).unwrap()).unwrap();
    let others = ["env.abort", "wasi_snapshot_preview1.fd_write", "env.base"];
    assert_eq!(module.imports(), [&["answer(bytes) -> bytes"], &others[..]].concat());
}

fn refusal(fields: &str) -> String {
    instantiate(&wat::parse_str(format!("(module {fields})")).unwrap()).to_string()
}

fn instantiate(wasm: &[u8]) -> HostError {
    let engine = engine();
    let module = engine.compile(wasm).unwrap();
    WasmInstance::new(&engine, &module).map(drop).unwrap_err()
}

//! What is recognised of bytes that are no guest.

use aingle_wasm_module::{Foreign, ModuleError};
use proptest::prelude::*;

#[test]
fn files_are_known_by_their_first_bytes() {
    for (bytes, wanted) in [
        (&b""[..], Foreign::Empty),
        (&[0; 64], Foreign::Empty),
        (&[0xff; 64], Foreign::Erased),
        (b"\0asm\x0d\0\x01\0rest", Foreign::Component),
        (b"\0asm\x02\0\0\0", Foreign::Version),
        (b"(module)", Foreign::Text),
        (b"\n  ;; a comment\n(module)", Foreign::Text),
        (b"\x1f\x8b\x08\0\0\0\0\0\0", Foreign::Gzip),
        (b"\x7fELF\x02\x01\x01\0", Foreign::Elf),
        (b"#!/bin/sh\n", Foreign::Unknown),
    ] {
        assert_eq!(Foreign::of(bytes), Some(wanted), "{bytes:?}");
        let error = ModuleError::not_wasm(bytes);
        assert_eq!(error.foreign(), Some(wanted), "the error keeps what tells");
        assert!(error.to_string().ends_with(&wanted.to_string()), "{error}");
    }
}

#[test]
fn modules_are_known_by_their_imports() {
    let guest = r#"(func (export "__aingle_abi_2") (result i32) (i32.const 0))"#;
    for (module, name, wanted) in [
        ("wasi_snapshot_preview1", "fd_write", Foreign::Wasi),
        ("wasi_unstable", "fd_write", Foreign::Wasi),
        ("__wbindgen_placeholder__", "__wbindgen_throw", Foreign::WasmBindgen),
        ("wbg", "__wbg_log_1", Foreign::WasmBindgen),
        ("./app_bg.js", "__wbg_log_1", Foreign::WasmBindgen),
        ("env", "abort", Foreign::AssemblyScript),
        ("env", "emscripten_resize_heap", Foreign::Emscripten),
        ("gojs", "runtime.wasmExit", Foreign::Go),
        ("env", "read_sensor", Foreign::Plain),
    ] {
        let import = format!(r#"(import "{module}" "{name}" (func (param i32)))"#);
        assert_eq!(of(&import), Some(wanted), "{module}.{name}");
        // A guest may name its own host functions so, but has no functions of another module.
        let ours = module == "env";
        assert_eq!(of(&format!("{import} {guest}")), (!ours).then_some(wanted), "{module}.{name}");
    }
    assert_eq!(of(""), Some(Foreign::Plain));
    assert_eq!(of(guest), None);
    let older = r#"(func (export "__hc__allocate_1") (param i32) (result i32) (i32.const 0))"#;
    assert_eq!(of(older), None);
}

fn of(fields: &str) -> Option<Foreign> {
    Foreign::of(&wat::parse_str(format!("(module {fields})")).unwrap())
}

proptest! {
    #[test]
    fn any_bytes_are_something(bytes in prop::collection::vec(any::<u8>(), 0..64), header: bool) {
        let bytes = if header { [b"\0asm\x01\0\0\0", &bytes[..]].concat() } else { bytes };
        prop_assert!(Foreign::of(&bytes).is_none_or(|foreign| !foreign.to_string().is_empty()));
    }
}

//! What programs of WASI said before they were stopped.
#![cfg(feature = "wasi")]

mod common;

use aingle_wasm_runtime::{ErrorKind, WasmConfig};
use common::*;
use serde_json::json;

/// Writes to standard error in a function, and then traps, exits or returns.
const SAYS: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\15\00\00\00")
    (data (i32.const 16) "panicked at guest.rs\0a")
    (func $say (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func (export "_start") (call $say) unreachable)
    (func (export "trap") (call $say) unreachable)
    (func (export "exit") (call $say) (call $exit (i32.const 3)))
    (func (export "return") (result i32) (call $say) (i32.const 1))
    (func (export "quiet") unreachable))"#;

#[tokio::test]
async fn lesson_16_what_a_program_said_before_it_was_stopped_is_in_the_error() {
    let runtime = runtime(WasmConfig { enable_wasi: true, ..Default::default() });
    runtime.load_module("says", wasm(SAYS)).await.unwrap();
    for (function, why) in [
        ("_start", "trap: wasm `unreachable` instruction executed"),
        ("trap", "trap: wasm `unreachable` instruction executed"),
        ("exit", "the program exited with status 3"),
    ] {
        let error = runtime.execute("says", function, json!([])).await.unwrap_err();
        let said = format!(
            "call `says.{function}` failed: {why}, after it wrote to standard error: panicked at guest.rs"
        );
        assert_eq!(error.to_string(), said);
        assert_eq!(error.kind().label(), if function == "exit" { "exited" } else { "trap" });
    }
    let quiet = kind(runtime.execute("says", "quiet", json!([])).await);
    assert!(matches!(quiet, ErrorKind::Wasi(_)), "{quiet:?}");
    assert_eq!(runtime.execute("says", "return", json!([])).await.unwrap(), json!(1));
    // A constructor, at the load.
    let constructor = SAYS.replace(r#"(export "_start")"#, r#"(export "_initialize")"#);
    let error = runtime.load_module("other", wasm(&constructor)).await.unwrap_err();
    assert!(error.to_string().ends_with("standard error: panicked at guest.rs"), "{error}");
}

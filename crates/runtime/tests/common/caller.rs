//! A module that sends requests, and what tests of HTTP do with it.
#![allow(dead_code)]

use crate::common::*;
use aingle_wasm_runtime::{ErrorKind, HttpAllow, HttpConfig, RuntimeError, WasmConfig, WasmRuntime};
use serde_json::{Value, json};

/// A module that sends one request. `go` returns the handle, the status, the length of the body and its first eight bytes.
pub fn caller(method: &str, url: &str, body: &str) -> Vec<u8> {
    let escaped = |text: &str| text.bytes().map(|byte| format!("\\{byte:02x}")).collect::<String>();
    let (method, url, body) = (escaped(method), escaped(url), escaped(body));
    wasm(&format!(
        r#"(module
        (import "env" "http_request" (func $request (param i32 i32 i32) (result i32)))
        (import "env" "http_request_bytes" (func $bytes (param i32 i32 i32 i32) (result i32)))
        (import "env" "http_set_header" (func $set (param i32 i32) (result i32)))
        (import "env" "http_status" (func $status (param i32) (result i32)))
        (import "env" "http_body_len" (func $length (param i32) (result i32)))
        (import "env" "http_body" (func $body (param i32) (result i32)))
        (import "env" "http_header" (func $header (param i32 i32) (result i32)))
        (import "env" "http_error" (func $error (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 16) "{method}\00")
        (data (i32.const 64) "x-from\00guest\00x-to\00connection\00close\00")
        (data (i32.const 1024) "{url}\00")
        (data (i32.const 4096) "{body}\00")
        (data (i32.const 65534) "ab")
        (func $first (param $at i32) (result i64)
            (if (result i64) (local.get $at) (then (i64.load (local.get $at))) (else (i64.const 0))))
        (func (export "go") (result i32 i32 i32 i64) (local $handle i32)
            (local.set $handle (call $request (i32.const 16) (i32.const 1024) (i32.const 4096)))
            (local.get $handle)
            (call $status (local.get $handle))
            (call $length (local.get $handle))
            (call $first (call $body (local.get $handle))))
        ;; The header is there, the second is not one that a guest may set; what the server says of itself.
        (func (export "headers") (result i32 i32 i64 i32) (local $handle i32)
            (call $set (i32.const 64) (i32.const 71))
            (call $set (i32.const 82) (i32.const 93))
            (local.set $handle (call $bytes (i32.const 16) (i32.const 1024) (i32.const 4096) (i32.const 3)))
            (call $first (call $header (local.get $handle) (i32.const 77)))
            (call $header (local.get $handle) (i32.const 64)))
        ;; So many requests; the handle or number of the last, and what is said of it.
        (func (export "many") (param $times i32) (result i32 i64) (local $last i32)
            (loop $again
                (local.set $last (call $request (i32.const 16) (i32.const 1024) (i32.const 0)))
                (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
            (local.get $last) (call $first (call $error)))
        (func (export "at") (param $url i32) (param $body i32) (param $len i32) (result i32)
            (call $bytes (i32.const 16) (local.get $url) (local.get $body) (local.get $len))))"#
    ))
}

pub fn config(http: HttpConfig) -> WasmConfig {
    WasmConfig { http: Some(http), max_execution_time: LONG, ..Default::default() }
}

/// Grants these, private addresses included.
pub fn allow(allow: &[&str]) -> HttpConfig {
    let allow = allow.iter().map(|allow| HttpAllow::new(allow).unwrap().private()).collect();
    HttpConfig { allow, timeout: LONG, ..Default::default() }
}

pub async fn loaded(http: HttpConfig, method: &str, url: &str, body: &str) -> WasmRuntime {
    let runtime = runtime(config(http));
    runtime.load_module("caller", caller(method, url, body)).await.unwrap();
    runtime
}

/// Sends one request of a module that has this configuration.
pub async fn go(http: HttpConfig, url: &str) -> Result<Value, RuntimeError> {
    soon(loaded(http, "GET", url, "").await.call("caller", "go", json!([]))).await
}

/// The number that `go` returns for a failure.
pub async fn code(http: HttpConfig, url: &str) -> i64 {
    go(http, url).await.unwrap()[0].as_i64().unwrap()
}

pub fn eight(bytes: &[u8; 8]) -> i64 {
    i64::from_le_bytes(*bytes)
}

/// What was not granted, and the setting.
pub fn not_granted(result: Result<Value, RuntimeError>) -> (String, &'static str) {
    match kind(result) {
        ErrorKind::NotGranted { what, grant } => (what, grant),
        other => panic!("{other:?}"),
    }
}

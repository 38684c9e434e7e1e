//! Modules in WAT, and what tests do with them.
#![allow(dead_code)]

use aingle_wasm_runtime::{
    CallHandle, ErrorKind, HostContext, HostFunctions, ModuleConfig, RuntimeError, WasmConfig, WasmRuntime,
};
use aingle_wasm_types::description::{Form, Kind, schema_hash};
use std::future::IntoFuture;
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

/// Longer than anything here takes. A test that comes to it has failed.
pub const LONG: Duration = Duration::from_secs(60);

/// Waits for what has to come, and fails if it does not.
pub async fn soon<T>(future: impl IntoFuture<Output = T>) -> T {
    tokio::time::timeout(LONG, future).await.expect("it has to come")
}

/// Waits until something is so.
pub async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let wait = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(tokio::time::timeout(LONG, wait).await.is_ok(), "{what}");
}

/// Ends a call that runs, by the drop of its future, by its handle, or by the time that it has, and expects that it ends so.
pub async fn ends<T: std::fmt::Debug>(
    way: &str,
    running: JoinHandle<Result<T, RuntimeError>>,
    handle: &CallHandle,
    what: &str,
) {
    match way {
        "drop" => running.abort(),
        "cancel" => handle.cancel(),
        _ => {}
    }
    match (way, soon(running).await) {
        ("drop", Err(error)) => assert!(error.is_cancelled()),
        ("cancel", Ok(result)) => assert!(matches!(kind(result), ErrorKind::Cancelled), "{what}"),
        ("time", Ok(result)) => assert!(matches!(kind(result), ErrorKind::Timeout { .. }), "{what}"),
        (way, result) => panic!("{what} {way}: {result:?}"),
    }
}

/// Loads a module whose start does not end: once until the future is dropped, and once until the time is over.
pub async fn a_load_ends_by_drop_and_by_time(config: WasmConfig, endless: Vec<u8>) {
    let runtime = runtime(config);
    let load = tokio::spawn({
        let (runtime, endless) = (runtime.clone(), endless.clone());
        async move { runtime.load_module("endless", endless).await }
    });
    until("it is loaded", || runtime.stats().load_threads == 1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    load.abort();
    until("nothing is loaded any more", || runtime.stats().abandoned_loads == 0).await;
    let limit = Some(Duration::from_millis(20));
    let limits = ModuleConfig { max_execution_time: limit, ..Default::default() };
    let late = kind(soon(runtime.load_module_with("endless", endless, &limits)).await);
    assert!(matches!(late, ErrorKind::Timeout { .. }), "{late:?}");
    assert!(runtime.list_modules().is_empty());
}

/// A module that speaks no ABI.
pub const MATH: &str = r#"(module
    (memory (export "memory") 1)
    (func (export "add") (param $left i32) (param $right i32) (result i32)
        (i32.add (local.get $left) (local.get $right)))
    (func (export "wide") (param $value i64) (result i64) (local.get $value))
    (func (export "half") (param $value f32) (result f32) (f32.mul (local.get $value) (f32.const 0.5)))
    (func (export "same") (param $value f64) (result f64) (local.get $value))
    (func (export "divide") (param $left i32) (param $right i32) (result i32 i32)
        (i32.div_s (local.get $left) (local.get $right)) (i32.rem_s (local.get $left) (local.get $right)))
    (func (export "nothing"))
    (func (export "spin") (loop $again (br $again)))
    (func (export "abort") (unreachable))
    (func (export "grow") (param $pages i32) (result i32) (memory.grow (local.get $pages)))
    (func (export "count") (result i32)
        (i32.store (i32.const 0) (i32.add (i32.const 1) (i32.load (i32.const 0))))
        (i32.load (i32.const 0)))
    (func (export "fill") (param $times i32)
        (drop (memory.grow (i32.const 1000)))
        (loop $again
            (memory.fill (i32.const 0) (local.get $times) (i32.const 65536000))
            (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))))"#;

pub fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("a module")
}

pub fn math() -> Vec<u8> {
    wasm(MATH)
}

/// The guest of the examples, with exports that call host functions.
///
/// `blocks` and `waits` call the host function of the same name with the request, and return its answer.
/// `later` does so with types, `(u32) -> u32`. `fails` and `says_no` return errors, the one typed and the other in bytes.
pub fn guest() -> Vec<u8> {
    guest_with("")
}

/// The guest with further fields.
pub fn guest_with(more: &str) -> Vec<u8> {
    let text = include_str!("../../../../examples/guest-wat/guest.wat");
    let lookup = r#"(import "env" "lookup" (func $lookup (param i32 i32) (result i64)))"#;
    assert!(text.contains(lookup), "the example has changed");
    let names = ["blocks", "waits", "later"];
    let import =
        |name: &str| format!(r#"(import "env" "{name}" (func ${name} (param i32 i32) (result i64)))"#);
    let imports: String = names.map(import).concat();
    let forward = |name: &str| {
        format!(
            r#"(func (export "{name}") (param i32 i32) (result i64)
                (call ${name} (local.get 0) (local.get 1)))"#
        )
    };
    let forwards: String = names.map(forward).concat();
    let fails = r#"(data (i32.const 240) "\01\02no")
        (func (export "fails") (param i32 i32) (result i64)
            (call $error (i32.const 2) (i32.const 240) (i32.const 4)))
        (func (export "says_no") (param i32 i32) (result i64)
            (call $error (i32.const 1) (i32.const 242) (i32.const 2)))"#;
    let described = [
        described(Kind::Export, "fails", "", "()", "Result<u8, str>"),
        described(Kind::Export, "later", "millis", "(u32)", "u32"),
        described(Kind::Import, "later", "millis", "(u32)", "u32"),
    ]
    .concat();
    let (start, end) = text.rsplit_once(')').expect("the end of the module");
    let text = format!("{start} {forwards} {fails} {described} {more}){end}");
    wasm(&text.replace(lookup, &format!("{lookup}{imports}")))
}

/// A field: the description of one typed function.
pub fn described(kind: Kind, name: &str, params: &str, args: &str, result: &str) -> String {
    let mut record = vec![kind as u8, Form::Typed as u8];
    record.extend(schema_hash(args, result).to_le_bytes());
    let texts = [name, params, args, result];
    texts.iter().for_each(|text| record.extend((text.len() as u16).to_le_bytes()));
    texts.iter().for_each(|text| record.extend(text.as_bytes()));
    let section = [&(record.len() as u32).to_le_bytes()[..], &record].concat();
    let data: String = section.iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!(r#"(@custom "aingle.abi" "{data}")"#)
}

/// What the guest's host functions tell of themselves.
pub struct Told {
    /// A host function has begun.
    pub begun: UnboundedReceiver<&'static str>,
    /// It has ended, or was dropped.
    pub ended: UnboundedReceiver<&'static str>,
    /// Lets a host function go that does not listen.
    pub release: mpsc::Sender<()>,
}

/// Host functions of [`guest`]. `blocks` blocks until it is told to end; with `deaf`, until it is released. `waits`
/// never ends.
pub fn functions(deaf: bool) -> (HostFunctions, Told) {
    let mut functions = HostFunctions::new();
    let ((begin, begun), (end, ended)) = (unbounded_channel(), unbounded_channel());
    let (release, released) = mpsc::channel();
    let released = std::sync::Mutex::new(released);
    functions.register_bytes("lookup", |_, bytes| Ok(bytes.to_vec())).unwrap();
    let (begins, ends) = (begin.clone(), end.clone());
    let blocks = move |context: &HostContext, bytes: &[u8]| {
        let _ = begins.send("blocks");
        while !context.is_stopped() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if deaf {
            released.lock().unwrap().recv().unwrap();
        }
        let _ = ends.send("blocks");
        Ok(bytes.to_vec())
    };
    functions.register_bytes("blocks", blocks).unwrap();
    let waits = move |_: HostContext, _: Vec<u8>| {
        let (begin, ends) = (begin.clone(), Ends(end.clone(), "waits"));
        async move {
            let _ends = ends;
            let _ = begin.send("waits");
            std::future::pending().await
        }
    };
    functions.register_async_bytes("waits", waits).unwrap();
    let later = |_: HostContext, (millis,): (u32,)| async move {
        tokio::time::sleep(Duration::from_millis(millis.into())).await;
        millis + 1
    };
    functions.register_async("later", later).unwrap();
    (functions, Told { begun, ended, release })
}

struct Ends(tokio::sync::mpsc::UnboundedSender<&'static str>, &'static str);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.send(self.1);
    }
}

pub fn runtime(config: WasmConfig) -> WasmRuntime {
    WasmRuntime::new(config).unwrap()
}

/// A runtime with [`MATH`].
pub async fn with_math(config: WasmConfig) -> WasmRuntime {
    let runtime = runtime(config);
    runtime.load_module("math", math()).await.unwrap();
    runtime
}

/// A runtime with [`guest`].
pub async fn with_guest(config: WasmConfig, deaf: bool) -> (WasmRuntime, Told) {
    let (functions, told) = functions(deaf);
    let runtime = WasmRuntime::with_functions(config, functions).unwrap();
    runtime.load_module("guest", guest()).await.unwrap();
    (runtime, told)
}

/// The kind of an error.
pub fn kind<T: std::fmt::Debug>(result: Result<T, RuntimeError>) -> ErrorKind {
    result.expect_err("it has to fail").into_kind()
}

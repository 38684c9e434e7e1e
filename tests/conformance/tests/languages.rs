//! The guests in other languages and by hand on every engine: `docs/ABI.md` is all that they were written from.

#[path = "../../../examples/guest-assemblyscript/compile.rs"]
mod assemblyscript;
#[path = "../../../examples/guest-c/compile.rs"]
mod c;
#[path = "../../../examples/guest-zig/compile.rs"]
mod zig;

use aingle_wasm_host_core::{EngineInstance, Module, Signature};
use aingle_wasm_host_embedded::Runtime;
use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
use aingle_wasm_tests::{Engines, Failure, Subject, World, lookup, on_every_engine};
use aingle_wasm_types::{ErrorCode, Packed, names};
use aingle_wasm_vectors::{ENVELOPES, all};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

fn source(example: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples")).join(example)
}

/// Where tests write.
const TO: &str = env!("CARGO_TARGET_TMPDIR");

/// Where `cargo xtask setup` puts compilers.
fn tools() -> PathBuf {
    Path::new(TO).with_file_name("tools")
}

/// Compiled once: tests that run at the same time would write the same file.
fn in_c() -> &'static [u8] {
    static WASM: OnceLock<Vec<u8>> = OnceLock::new();
    WASM.get_or_init(|| {
        c::compile(&source("guest-c"), Path::new(TO)).unwrap_or_else(|error| panic!("{error}"))
    })
}

fn in_assemblyscript() -> Vec<u8> {
    assemblyscript::compile(&source("guest-assemblyscript"), &tools(), Path::new(TO))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn in_zig() -> Vec<u8> {
    zig::compile(&source("guest-zig"), &tools(), Path::new(TO)).unwrap_or_else(|error| panic!("{error}"))
}

fn check(subject: &mut impl Subject) -> (Vec<Result<Vec<u8>, Failure>>, Failure) {
    let long = vec![b'x'; 300];
    let calls: [(&str, &[u8]); 6] = [
        ("echo", b""),
        ("echo", b"hello"),
        ("greet", b"Ada"),
        ("greet", &long),
        ("greet", b"nobody"),
        ("greet", b"down"),
    ];
    let replies = calls.map(|(name, request)| subject.raw(name, request)).to_vec();
    let panic = subject.raw("panic", b"at guest:7").expect_err("a panic");
    assert!(subject.poisoned());
    (replies, panic)
}

fn assert_speaks_the_abi(wasm: &[u8]) {
    let (replies, panic) = on_every_engine!(wasm, check);
    let [empty, hello, greeted, long, nobody, down] = replies.as_slice() else { panic!("{replies:?}") };
    assert_eq!((empty.as_deref(), hello.as_deref()), (Ok(&b""[..]), Ok(&b"hello"[..])));
    assert_eq!(greeted.as_deref(), Ok(&b"hello, Ada of Ada"[..]));
    assert!(long.as_ref().is_ok_and(|reply| reply.len() == 611), "fetched: {long:?}");
    assert_eq!(*nobody, Err(Failure::Guest(ErrorCode::Application, b"no such person".to_vec())));
    assert_eq!(*down, Err(Failure::Guest(ErrorCode::HostFailed, b"the directory is down".to_vec())));
    assert_eq!(panic, Failure::Panic("at guest:7".into()));
}

/// Besides, the others describe themselves as the guest in C does, and answer every vector byte for byte as it does.
fn assert_is_the_guest_in_c(wasm: &[u8]) {
    let c = in_c();
    assert_eq!(records(wasm), records(c));
    assert_eq!(on_every_engine!(wasm, sums), on_every_engine!(c, sums));
    assert_eq!(answers(wasm), answers(c));
}

/// Besides, limits count the same on every engine, and stop it there at the same unit.
fn assert_is_limited(wasm: &[u8]) {
    let (greeted, used) = on_every_engine!(wasm, greet);
    assert!(greeted.is_ok(), "{greeted:?}");
    let engines = |fuel| Engines { fuel, ..Engines::default() };
    let used = used.expect("fuel is counted");
    assert_eq!(on_every_engine!(engines(used), wasm, greet), (greeted, Some(used)));
    assert_eq!(on_every_engine!(engines(used - 1), wasm, greet).0, Err(Failure::OutOfFuel));
}

fn greet(subject: &mut impl Subject) -> (Result<Vec<u8>, Failure>, Option<u64>) {
    (subject.raw("greet", b"Ada"), subject.fuel())
}

fn records(wasm: &[u8]) -> Vec<String> {
    let module = Module::parse(wasm).expect("a module");
    module.records().map(|record| record.expect("a record").to_string()).collect()
}

fn sums(subject: &mut impl Subject) -> Vec<Result<i32, Failure>> {
    let pairs = [(40, 2), (0, 0), (-1, 1), (i32::MAX, 1), (i32::MIN, -1), (-64, 0), (63, 1), (1 << 27, 5)];
    let sums = pairs.map(|(a, b)| subject.typed("sum", (a, b)));
    assert_eq!(sums, pairs.map(|(a, b): (i32, i32)| Ok(a.wrapping_add(b))));
    sums.to_vec()
}

/// What two entry points make of every envelope vector.
fn answers(wasm: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut runtime =
        Runtime::with_state(Wasmi::new(WasmiConfig::default()), wasm, World::default()).expect("loaded");
    runtime
        .register_raw("lookup", |_: &mut World, name: &[u8], answer| lookup(name, answer))
        .expect("registered");
    runtime.call_raw("echo", b"").expect("started");
    let engine = runtime.engine_mut();
    let allocate = engine.find(names::ALLOCATE, Signature::Allocate).expect("allocates");
    let entries = ["echo", "sum"].map(|name| engine.find(name, Signature::Entry).expect(name));
    let mut answers = Vec::new();
    for vector in all(ENVELOPES) {
        let bytes = vector.bytes("bytes");
        for entry in &entries {
            let ptr = engine.call(&allocate, bytes.len() as u32, 0).expect(vector.name) as usize;
            engine.memory()[ptr..][..bytes.len()].copy_from_slice(&bytes);
            let packed = engine.call(entry, ptr as u32, bytes.len() as u32).expect(vector.name);
            let memory = engine.memory();
            let reply = Packed::from_u64(packed).range_in(memory.len()).expect(vector.name);
            answers.push((vector.name, memory[reply].to_vec()));
        }
    }
    answers
}

#[test]
fn the_guest_in_c_runs_on_every_engine() {
    assert_speaks_the_abi(in_c());
}

#[test]
fn the_guest_by_hand_runs_on_every_engine() {
    assert_speaks_the_abi(&wat::parse_file(source("guest-wat").join("guest.wat")).expect("assembled"));
}

#[test]
fn the_guest_in_assemblyscript_runs_on_every_engine() {
    let wasm = in_assemblyscript();
    assert_speaks_the_abi(&wasm);
    assert_is_the_guest_in_c(&wasm);
    assert_is_limited(&wasm);
}

#[test]
fn the_guest_in_zig_runs_on_every_engine() {
    let wasm = in_zig();
    assert_speaks_the_abi(&wasm);
    assert_is_the_guest_in_c(&wasm);
    assert_is_limited(&wasm);
}

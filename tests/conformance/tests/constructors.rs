//! Static constructors: they run once, at the start, on every engine.

#[allow(dead_code)]
#[path = "../../../examples/guest-c/compile.rs"]
mod compile;

use aingle_wasm_host::{EngineConfig, HostFunctions, InstancePool, Reuse, WasmEngine, WasmInstance};
use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
use aingle_wasm_host_embedded::{Backend, Runtime};
use aingle_wasm_tests::{Failure, Subject, World, guest, on_every_engine};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

/// The linker had every export run them again: 101, 101, 101.
const COUNTED: [u32; 3] = [101, 102, 103];

fn count(subject: &mut impl Subject) -> [u32; 3] {
    COUNTED.map(|_| subject.typed("constructed", ()).expect("a number"))
}

#[test]
fn static_constructors_run_once_on_every_engine() {
    assert_eq!(on_every_engine!(guest("conformance_guest"), count), COUNTED);
}

fn register<B: Backend>(backend: B, wasm: &[u8]) -> Result<Runtime<'_, B, World>, Box<dyn Error>> {
    let mut runtime = Runtime::with_state(backend, wasm, World::default())?;
    aingle_wasm_tests::register_world!(runtime);
    Ok(runtime)
}

fn unmetered(wasm: &[u8]) -> Result<WasmInstance<World>, Box<dyn Error>> {
    let engine = WasmEngine::new(EngineConfig { metering_limit: u64::MAX, ..Default::default() })?;
    let mut instance = WasmInstance::with_state(&engine, &engine.compile(wasm)?, World::default())?;
    aingle_wasm_tests::register_world!(instance);
    Ok(instance)
}

#[test]
fn static_constructors_run_once_without_limits() {
    let wasm = guest("conformance_guest");
    assert_eq!(count(&mut unmetered(wasm).unwrap()), COUNTED);
    assert_eq!(count(&mut register(Wasm3::new(Wasm3Config::default()), wasm).unwrap()), COUNTED);
    assert_eq!(count(&mut register(Spacewasm::new(SpacewasmConfig::default()), wasm).unwrap()), COUNTED);
    assert_eq!(count(&mut register(Wasmi::new(WasmiConfig::default()), wasm).unwrap()), COUNTED);
}

/// Functions that are never called.
fn functions() -> HostFunctions<World> {
    let mut functions = HostFunctions::new();
    for name in ["host_add", "host_bytes", "host_count", "host_broken", "host_lost", "host_mirror"] {
        functions.register_raw(name, |_: &mut World, _: &[u8], _| Ok(())).unwrap();
    }
    functions
}

/// A fresh instance is as it was when its constructors had run.
#[test]
fn static_constructors_run_once_in_a_pool() {
    let engine = WasmEngine::new(EngineConfig::default()).unwrap();
    let module = engine.compile(guest("conformance_guest")).unwrap();
    let functions = Arc::new(functions());
    for reuse in [Reuse::Fresh, Reuse::Kept] {
        let pool = InstancePool::new(&engine, &module, Arc::clone(&functions), 1, reuse, World::default);
        for taken in 0..3_u32 {
            let before = if reuse == Reuse::Kept { 3 * taken } else { 0 };
            let counted = COUNTED.map(|counted| counted + before);
            assert_eq!(count(&mut *pool.take().unwrap()), counted, "{reuse:?}");
        }
    }
}

/// A function that the linker has called.
const IN_C: &str = r#"
    typedef unsigned int u32;
    static volatile u32 counter;
    __attribute__((constructor)) static void first(void) { counter += 100; }
    extern unsigned long long echo(u32 ptr, u32 len);
    __attribute__((export_name("next"))) unsigned long long next(u32 ptr, u32 len) {
        counter += 1;
        unsigned long long packed = echo(ptr, len);
        return counter > 100 && counter < 104 ? packed : 0;
    }
"#;

/// An object whose constructor no compiler can run in advance.
const IN_CPP: &str = r#"
    static volatile unsigned hundred = 100;
    struct Counter {
        unsigned count;
        Counter() : count(hundred) {}
    };
    static Counter counter;
    extern "C" unsigned long long echo(unsigned ptr, unsigned len);
    extern "C" __attribute__((export_name("next"))) unsigned long long next(unsigned ptr, unsigned len) {
        counter.count += 1;
        unsigned long long packed = echo(ptr, len);
        return counter.count > 100 && counter.count < 104 ? packed : 0;
    }
"#;

/// Three calls are answered, and the fourth is not.
fn next(subject: &mut impl Subject) -> Vec<Result<Vec<u8>, Failure>> {
    (0..4).map(|_| subject.raw("next", b"x")).collect()
}

fn assert_counts(name: &str, source: &str) {
    let to = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let more = to.join(name);
    std::fs::write(&more, source).unwrap();
    let guest = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/guest-c"));
    let wasm = compile::compile_with(guest, to, &[&more]).expect("compiled");
    let answers = on_every_engine!(&wasm, next);
    let answered = Ok(b"x".to_vec());
    assert_eq!(answers[..3], [answered.clone(), answered.clone(), answered], "{name}");
    assert!(answers[3].is_err(), "{name}: {:?}", answers[3]);
}

#[test]
fn static_constructors_in_c_and_cpp_run_once() {
    assert_counts("constructor.c", IN_C);
    assert_counts("constructor.cpp", IN_CPP);
}

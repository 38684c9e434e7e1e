//! Compilations have their own threads: none waits for another, or for what else uses rayon's global pool.

mod common;

use aingle_wasm_host::prelude::*;
use common::*;
use std::num::NonZeroUsize;
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// Occupies every thread of the global pool until `free` is dropped.
fn occupy_the_global_pool() -> impl Drop {
    struct Free(Option<std::sync::mpsc::Sender<()>>);
    impl Drop for Free {
        fn drop(&mut self) {
            self.0.take();
        }
    }
    let count = rayon::current_num_threads();
    let (free, wait) = channel::<()>();
    let wait = Arc::new(std::sync::Mutex::new(wait));
    let all_taken = Arc::new(Barrier::new(count + 1));
    for _ in 0..count {
        let (wait, all_taken) = (Arc::clone(&wait), Arc::clone(&all_taken));
        rayon::spawn(move || {
            all_taken.wait();
            let _ = wait.lock().map(|wait| wait.recv());
        });
    }
    all_taken.wait();
    Free(Some(free))
}

#[test]
fn a_module_compiles_while_all_threads_of_the_global_pool_are_taken() {
    let occupied = occupy_the_global_pool();
    let (done, wait) = channel();
    thread::spawn(move || done.send(engine().compile(&guest("")).map(drop)));
    let compiled = wait.recv_timeout(LONG).expect("it waits for the global pool");
    drop(occupied);
    compiled.unwrap();
}

#[test]
fn one_thread_is_enough() {
    let config = EngineConfig { compile_threads: Some(NonZeroUsize::MIN), ..Default::default() };
    let engine = engine_with(config);
    let mut instance = WasmInstance::new(&engine, &engine.compile(&guest("")).unwrap()).unwrap();
    assert_eq!(instance.call_raw("echo", b"x").unwrap(), b"x");
}

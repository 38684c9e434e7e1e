//! Calls from one thread and from two at once.

use crate::calls::instance;
use crate::{DEFAULT, Guests};
use aingle_wasm_bench_protocol::{Case, Failure, batches};
use aingle_wasm_bench_work::payload;
use aingle_wasm_host::prelude::*;
use std::hint::black_box;
use std::thread;
use std::time::Instant;

pub(crate) fn cases(guests: Guests) -> Vec<Case> {
    [1, 2].map(|threads| calls(guests.bench, threads)).into()
}

/// `count` calls on each thread, of an instance of its own.
fn calls(wasm: &'static [u8], threads: usize) -> Case {
    batches(DEFAULT, format!("threads-{threads}"), move || {
        let made = (0..threads).map(|_| instance(wasm, EngineConfig::default()));
        let mut instances = made.collect::<Result<Vec<_>, _>>()?;
        let bytes: Vec<u8> = payload(64).collect();
        Ok(move |count| {
            let began = Instant::now();
            thread::scope(|scope| {
                let running: Vec<_> = instances
                    .iter_mut()
                    .map(|instance| scope.spawn(|| call(instance, &bytes, count)))
                    .collect();
                let mut ended =
                    running.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked"));
                ended.try_for_each(|result| Ok::<_, Failure>(result??))
            })?;
            Ok(began.elapsed())
        })
    })
}

fn call(instance: &mut WasmInstance, bytes: &[u8], count: u64) -> Result<(), HostError> {
    (0..count).try_for_each(|_| instance.call_raw("echo", bytes).map(|reply| drop(black_box(reply))))
}

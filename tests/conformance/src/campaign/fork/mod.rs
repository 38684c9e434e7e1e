//! Children after `fork`, while other threads of the parent use its engine and its pool.

mod sys;

use super::state::{Dice, call, config, guest};
use super::{Counts, Trial};
use aingle_wasm_host::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;
use sys::{End, in_a_child};

pub(super) const TRIAL: Trial = Trial {
    name: "fork",
    about: "a child compiles, takes and calls, ends, and finds no other's marks",
    bounded: 12,
    run,
};

/// Steps of a child that fail, by its exit status.
const STEPS: [&str; 7] =
    ["nothing", "compile", "compile_cached", "take", "marks of another", "write", "a trap"];

fn pool() -> &'static (WasmEngine, InstancePool) {
    static POOL: OnceLock<(WasmEngine, InstancePool)> = OnceLock::new();
    POOL.get_or_init(|| {
        let engine = WasmEngine::new(config()).expect("a valid configuration");
        let module = engine.compile_cached(b"", &guest(1)).expect("a valid guest");
        let pool =
            InstancePool::new(&engine, &module, Arc::new(HostFunctions::new()), 3, Reuse::Fresh, || ());
        (engine, pool)
    })
}

fn run(seed: u64, counts: &mut Counts) -> Result<(), String> {
    let (engine, pool) = pool();
    let mut dice = Dice::new(seed);
    let (stop, users, depth) = (AtomicBool::new(false), dice.roll(3), 1 + dice.roll(2));
    let pause = Duration::from_micros(dice.roll(3000));
    let ended = thread::scope(|threads| {
        for user in 0..users {
            let (stop, mut dice) = (&stop, Dice::new(seed ^ user << 32));
            threads.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    if let Ok(mut taken) = pool.take() {
                        let _ = call(&mut taken, "write", dice.roll(1 << 31) as u32 | 1);
                    }
                }
            });
        }
        thread::sleep(pause);
        let ended = in_a_child(Duration::from_secs(60), || child(engine, pool, seed, depth));
        stop.store(true, Ordering::Relaxed);
        ended
    });
    match ended {
        Some(End::Status(0)) => counts.count(format!("children beside {users} threads")),
        Some(End::Status(step)) => {
            let step = STEPS.get(usize::try_from(step).unwrap_or(0)).copied().unwrap_or("an unknown step");
            return Err(format!("a child failed at: {step}"));
        }
        Some(end) => return Err(format!("a child ended by {end:?}")),
        None => counts.count("without a child"),
    }
    if pool.size().0 != 0 {
        return Err(format!("{} places of the parent are lost", pool.size().0));
    }
    Ok(())
}

/// Returns the step that failed, or 0. It prints nothing: a thread that it does not have may hold the output.
fn child(engine: &WasmEngine, pool: &InstancePool, seed: u64, depth: u64) -> u8 {
    let number = seed as u32 | 0x100;
    let Ok(module) = engine.compile(&guest(number)) else { return 1 };
    let Ok(cached) = engine.compile_cached(b"", &guest(number + 0x1000)) else { return 2 };
    for (module, number) in [(module, number), (cached, number + 0x1000)] {
        let Ok(mut instance) = WasmInstance::new(engine, &module) else { return 3 };
        if call(&mut instance, "name", 0) != Ok(number) {
            return 3;
        }
    }
    for turn in 0..4 {
        let Ok(mut taken) = pool.take() else { return 3 };
        if call(&mut taken, "read", 0) != Ok(0) {
            return 4;
        }
        if call(&mut taken, "write", 1 + turn).is_err() {
            return 5;
        }
        if turn == 2 && (call(&mut taken, "trap", 0).is_ok() || !taken.is_poisoned()) {
            return 6;
        }
    }
    match depth {
        1 => 0,
        _ => match in_a_child(Duration::from_secs(30), || child(engine, pool, seed, depth - 1)) {
            Some(End::Status(step)) => step as u8,
            Some(_) => 1,
            None => 0,
        },
    }
}

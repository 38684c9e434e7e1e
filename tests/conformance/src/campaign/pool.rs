//! Pools under threads that take, call, poison, grow, panic and exchange instances at random.

use super::state::{Dice, call, config, guest};
use super::{Counts, Trial};
use aingle_wasm_host::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

pub(super) const TRIAL: Trial = Trial {
    name: "pool",
    about: "whoever takes an instance of a pool finds no other's marks, and no place is lost",
    bounded: 40,
    run,
};

/// The mark of whoever had the instance, and whether its drop panics.
struct State {
    mark: u32,
    breaks: bool,
}

impl Drop for State {
    fn drop(&mut self) {
        if self.breaks && !thread::panicking() {
            // Without the words of a panic, of which there would be many.
            resume_unwind(Box::new(()));
        }
    }
}

type Pool = InstancePool<State>;

/// The engine, and two modules with different globals and memories.
fn modules() -> &'static (WasmEngine, WasmModule, WasmModule) {
    static MODULES: OnceLock<(WasmEngine, WasmModule, WasmModule)> = OnceLock::new();
    MODULES.get_or_init(|| {
        let engine = WasmEngine::new(config()).expect("a valid configuration");
        let [one, two] = [1, 2].map(|number| engine.compile(&guest(number)).expect("a valid guest"));
        (engine, one, two)
    })
}

fn run(seed: u64, counts: &mut Counts) -> Result<(), String> {
    let (engine, one, two) = modules();
    let mut dice = Dice::new(seed);
    let limit = 1 + dice.roll(4) as usize;
    let reuse = if dice.roll(2) == 0 { Reuse::Fresh } else { Reuse::Kept };
    let fails = if dice.roll(2) == 0 { 1 + dice.roll(20) } else { u64::MAX };
    let pool = |module: &WasmModule| {
        let made = AtomicU64::new(0);
        let make = move || {
            if made.fetch_add(1, Ordering::Relaxed) % fails == fails - 1 {
                resume_unwind(Box::new(()));
            }
            State { mark: 0, breaks: false }
        };
        InstancePool::new(engine, module, Arc::new(HostFunctions::new()), limit, reuse, make)
    };
    let pools = [pool(one), pool(two)];
    let outcomes: Result<Vec<Vec<&'static str>>, String> = thread::scope(|threads| {
        let users: Vec<_> = (0..1 + dice.roll(4))
            .map(|user| {
                let (pools, dice) = (&pools, Dice::new(seed.wrapping_mul(31).wrapping_add(user)));
                threads.spawn(move || use_pools(pools, reuse, dice))
            })
            .collect();
        users
            .into_iter()
            .map(|user| user.join().map_err(|_| "a user's thread panicked".to_owned())?)
            .collect()
    });
    outcomes?.into_iter().flatten().for_each(|outcome| counts.count(outcome));
    for (pool, number) in pools.iter().zip([1, 2]) {
        all_places_are_there(pool, limit, number)?;
    }
    // States that break when they are dropped may be idle.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(pools)));
    Ok(())
}

fn use_pools(pools: &[Pool; 2], reuse: Reuse, mut dice: Dice) -> Result<Vec<&'static str>, String> {
    let mut outcomes = Vec::new();
    for _ in 0..30 {
        // Panics of the states' makers and drops are part of the trial.
        match catch_unwind(AssertUnwindSafe(|| turn(pools, reuse, &mut dice))) {
            Ok(outcome) => outcomes.push(outcome?),
            Err(_) => outcomes.push("panics"),
        }
    }
    Ok(outcomes)
}

fn turn(pools: &[Pool; 2], reuse: Reuse, dice: &mut Dice) -> Result<&'static str, String> {
    let which = dice.roll(2) as usize;
    let Ok(mut taken) = pools[which].take_within(Duration::from_secs(20)) else {
        return Err("no place within 20 seconds".into());
    };
    let (found, mark) = (call(&mut taken, "read", 0)?, taken.state().mark);
    if found != mark || reuse == Reuse::Fresh && mark != 0 {
        return Err(format!("marks {found:#x} where {mark:#x} was expected ({reuse:?})"));
    }
    let name = call(&mut taken, "name", 0)?;
    if name != which as u32 + 1 {
        return Err(format!("module {name} in pool {}", which + 1));
    }
    let mark = 1 + dice.roll(u64::from(u32::MAX)) as u32;
    call(&mut taken, "write", mark)?;
    taken.state_mut().mark = mark;
    Ok(match dice.roll(8) {
        0 => {
            let _ = call(&mut taken, "trap", 0);
            "poisonings"
        }
        1 => {
            call(&mut taken, "grow", 0)?;
            "growths"
        }
        2 => {
            taken.state_mut().breaks = true;
            "states that break"
        }
        3 => resume_unwind(Box::new(())),
        4 => {
            // The other pool may be empty, and who waits for it with an instance in hand may wait for ever.
            let Ok(mut other) = pools[1 - which].take() else { return Ok("exchanges without a partner") };
            std::mem::swap(&mut *taken, &mut *other);
            "exchanges"
        }
        _ => "returns",
    })
}

/// All places can be taken at once, each with an instance of the pool's own module.
fn all_places_are_there(pool: &Pool, limit: usize, number: u32) -> Result<(), String> {
    if pool.size().0 != 0 {
        return Err(format!("{} places of {limit} are lost", pool.size().0));
    }
    let mut taken = Vec::new();
    while taken.len() < limit {
        // A maker that panics does so once in so many times.
        match catch_unwind(AssertUnwindSafe(|| pool.take())) {
            Ok(Ok(instance)) => taken.push(instance),
            Ok(Err(error)) => return Err(format!("place {} of {limit}: {error}", taken.len() + 1)),
            Err(_) => break,
        }
    }
    for mut instance in taken {
        let name = call(&mut instance, "name", 0)?;
        if name != number {
            return Err(format!("module {name} in pool {number}"));
        }
        // Its return may call a maker that panics.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(instance)));
    }
    Ok(())
}

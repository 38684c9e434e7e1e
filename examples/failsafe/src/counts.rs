//! What is counted of the smallest node: a step of the mixer, and a wake-up with its poll.

use crate::mixer::{Controls, mix, pulse};
use aingle_wasm_nano::{Executor, Kernel, Semaphore, Shim, Task, WaitError};
use core::cell::Cell;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

/// Runs one of the functions below, by its number.
#[must_use]
pub fn run_all(function: u32, count: u32) -> u32 {
    match function {
        0 => mix_all(count),
        1 => wake_all(count),
        _ => permit_all(count),
    }
}

/// Mixes so many controls, and returns a hash of the pulses.
#[must_use]
pub fn mix_all(count: u32) -> u32 {
    let (mut seed, mut hash) = (1_u32, 0_u32);
    for _ in 0..count {
        let controls = Controls {
            roll: next(&mut seed),
            pitch: next(&mut seed),
            yaw: next(&mut seed),
            throttle: next(&mut seed),
        };
        for output in mix(controls) {
            hash = hash.rotate_left(5) ^ u32::from(pulse(output));
        }
    }
    hash
}

fn next(seed: &mut u32) -> i16 {
    *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    (*seed >> 16) as i16
}

/// Wakes a task so many times, and polls it each time. Returns how often it ran.
#[must_use]
pub fn wake_all(count: u32) -> u32 {
    let (kernel, runs) = (Kernel::new(), Cell::new(0));
    let body = poll_fn(|_| {
        runs.set(runs.get() + 1);
        Poll::Pending
    });
    run(&kernel, body, count, |task| kernel.wake(task));
    runs.get()
}

/// Hands a permit to a task so many times, which takes it each time. Returns how often it did.
#[must_use]
pub fn permit_all(count: u32) -> u32 {
    let (kernel, permits, runs) = (Kernel::new(), Semaphore::new(0), Cell::new(0));
    let body = async {
        loop {
            permits.acquire(&kernel).await?;
            runs.set(runs.get() + 1);
        }
    };
    run(&kernel, body, count, |_| {
        permits.release(&kernel);
    });
    runs.get()
}

/// Runs a task: a step at first, and then one after each `wake`.
#[inline]
fn run(kernel: &Kernel, body: impl Future<Output = Result<(), WaitError>>, count: u32, wake: impl Fn(Task)) {
    let mut body = pin!(Some(body));
    let mut executor = Executor::new(kernel, Still);
    let Some(task) = Task::new(2) else { return };
    // The task is not taken yet, and not empty.
    let _ = executor.spawn(task, body.as_mut());
    executor.step();
    for _ in 0..count {
        wake(task);
        executor.step();
    }
}

/// A board on which nothing happens.
struct Still;

impl Shim for Still {
    fn register_read(&self, _address: u32) -> u32 {
        0
    }

    fn register_write(&self, _address: u32, _value: u32) {}

    fn interrupt_poll(&self) -> u32 {
        0
    }

    fn interrupt_wait(&self, _deadline: Option<u32>) {}

    fn tick(&self) -> u32 {
        0
    }
}

//! Timers of many tasks at once, with a clock that wraps.

use aingle_wasm_nano::{Executor, Kernel, MAX_TASKS, Shim, Step, Task, WaitError};
use proptest::prelude::*;
use std::cell::Cell;
use std::pin::Pin;

/// A clock that jumps to the next deadline.
struct Clock(Cell<u32>);

impl Shim for Clock {
    fn register_read(&self, _: u32) -> u32 {
        0
    }

    fn register_write(&self, _: u32, _: u32) {}

    fn interrupt_poll(&self) -> u32 {
        0
    }

    fn interrupt_wait(&self, deadline: Option<u32>) {
        self.0.set(deadline.expect("a task sleeps"));
    }

    fn tick(&self) -> u32 {
        self.0.get()
    }
}

/// Sleeps these ticks one after the other, each within a timeout: of an odd number half as long, so that it ends the sleep.
async fn sleeper(kernel: &Kernel, start: u32, ticks: &[u32]) -> Result<(), WaitError> {
    let mut due = start;
    for ticks in ticks {
        let limit = if ticks % 2 == 1 { ticks / 2 } else { ticks + 1 };
        let slept = kernel.timeout(limit, kernel.sleep(*ticks)).await;
        due = due.wrapping_add(limit.min(*ticks));
        assert_eq!((kernel.now(), slept.is_ok()), (due, ticks % 2 == 0));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_timer_ends_at_its_tick(
        tasks in proptest::collection::vec(proptest::collection::vec(0u32..1 << 29, 1..12), 1..=MAX_TASKS),
        start: u32,
    ) {
        let (kernel, clock) = (Kernel::new(), Clock(Cell::new(start)));
        // The kernel learns the time in its first step.
        Executor::<_, ()>::new(&kernel, &clock).step();
        let mut bodies: Vec<_> =
            tasks.iter().map(|ticks| Box::pin(Some(sleeper(&kernel, start, ticks)))).collect();
        let mut executor = Executor::new(&kernel, &clock);
        for (number, body) in (0..).zip(&mut bodies) {
            executor.spawn(Task::new(number).unwrap(), Pin::as_mut(body)).unwrap();
        }
        let mut ended = 0;
        loop {
            match executor.step() {
                Step::Finished => break,
                Step::Ended(_, result) => {
                    prop_assert_eq!(result, Ok(()));
                    ended += 1;
                }
                _ => {}
            }
        }
        prop_assert_eq!(ended, tasks.len());
        // No sleep without a timer that ends it.
        prop_assert!(executor.sleeps() as usize <= tasks.iter().map(Vec::len).sum());
    }
}

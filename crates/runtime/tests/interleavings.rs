//! Threads, the ends of calls, and cancelling, in thousands of orders. The runtime's own files are compiled here with the
//! mutexes, conditions and threads of shuttle. A condition never times out there, so that a thread that is not woken is
//! found: all others end, and it waits.
#![allow(dead_code)]

#[path = "../src/call/running.rs"]
mod running;
#[path = "../src/stop.rs"]
mod stop;
#[path = "../src/threads.rs"]
mod threads;

use aingle_wasm_host::{CancelHandle, EngineConfig, PlainInstance, WasmEngine, WasmModule};
use place::{Loaded, Place};
use running::Running;
use shuttle::sync::mpsc::channel;
use spin::Spin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use stop::{Guest, Reason, Stop};
use sync::{Arc, Mutex, thread};
use threads::{Threads, Wake};
use tokio::sync::oneshot;
use tracing::Span;

/// How many orders are tried of each test.
const ORDERS: usize = 2_000;

/// More than no time: threads look before they sleep.
const LOOK: Duration = Duration::from_micros(1);

mod sync {
    pub use shuttle::sync::atomic::AtomicBool;
    pub use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard};
    pub use shuttle::thread;
}

mod spin {
    use std::time::Duration;

    /// Looks twice, if at all. Time does not pass here.
    pub struct Spin(pub Duration);

    impl Spin {
        pub fn looks(&self) -> bool {
            !self.0.is_zero()
        }

        pub fn until<T>(&self, _: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
            for _ in 0..2 {
                if let Some(found) = look() {
                    return Some(found);
                }
                shuttle::thread::yield_now();
            }
            None
        }
    }
}

mod error {
    #[derive(Debug, PartialEq)]
    pub struct ErrorKind;
}

mod telemetry {
    #[derive(Default, Clone, Copy)]
    pub struct Used {
        pub memory: Option<u64>,
    }
    pub fn used(_: &tracing::Span, _: Used) {}
    pub fn abandoned(_: bool) {}
}

/// A place that is counted.
mod place {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    pub struct Place {
        pub loaded: Arc<Loaded>,
    }

    #[derive(Default)]
    pub struct Loaded {
        pub config: Config,
        pub counters: Counters,
        pub given_back: AtomicUsize,
    }

    pub struct Config {
        pub max_abandoned_threads: usize,
    }

    impl Default for Config {
        fn default() -> Self {
            Self { max_abandoned_threads: 1 }
        }
    }

    #[derive(Default)]
    pub struct Counters(pub AtomicUsize);

    impl Counters {
        pub fn ended(&self, _: bool, _: crate::telemetry::Used) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            self.loaded.given_back.fetch_add(1, SeqCst);
        }
    }
}

/// Tries orders by chance, and such in which few threads are held up for long.
fn check(test: impl Fn() + Send + Sync + 'static) {
    let test = std::sync::Arc::new(test);
    let again = std::sync::Arc::clone(&test);
    shuttle::check_random(move || test(), ORDERS);
    shuttle::check_pct(move || again(), ORDERS, 3);
}

#[test]
fn all_work_is_done_by_no_more_threads_than_there_may_be() {
    for spin in [LOOK, Duration::ZERO] {
        check(move || {
            let threads = Arc::new(Threads::new("tests", 2, Spin(spin)));
            let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let (done, ended) = channel();
            for wake in [Wake::Later, Wake::Now, Wake::Later] {
                let (threads, done) = (Arc::clone(&threads), done.clone());
                let (now, most) = (Arc::clone(&now), Arc::clone(&most));
                thread::spawn(move || {
                    let work = move || {
                        most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                        thread::yield_now();
                        now.fetch_sub(1, SeqCst);
                        done.send(()).unwrap();
                    };
                    threads.submit(Box::new(work), wake).unwrap();
                    if wake == Wake::Later {
                        threads.wake();
                    }
                });
            }
            (0..3).for_each(|_| ended.recv().unwrap());
            assert!(most.load(SeqCst) <= 2 && threads.count() <= 2);
        });
    }
}

#[test]
fn a_call_is_ended_once_by_its_thread_or_by_who_abandons_it() {
    check(|| {
        let threads = Arc::new(Threads::new("tests", 1, Spin(LOOK)));
        let loaded = std::sync::Arc::new(Loaded::default());
        let (reply, mut answer) = oneshot::channel();
        let place = Place { loaded: std::sync::Arc::clone(&loaded) };
        let running = Arc::new(Running::new(place, reply, Arc::clone(&threads), Span::none()));
        let (on_thread, (done, ended)) = (Arc::clone(&running), channel());
        let next_done = done.clone();
        let work = move || {
            on_thread.finish(Ok(1), telemetry::Used::default());
            done.send(()).unwrap();
        };
        threads.submit(Box::new(work), Wake::Later).unwrap();
        let abandons = thread::spawn(move || running.abandon());
        threads.wake();
        // The place is another's, whoever has given it back: more work is done.
        threads.submit(Box::new(move || next_done.send(()).unwrap()), Wake::Now).unwrap();
        abandons.join().unwrap();
        (0..2).for_each(|_| ended.recv().unwrap());
        assert_eq!((loaded.given_back.load(SeqCst), loaded.counters.0.load(SeqCst)), (1, 1));
        assert_eq!(threads.abandoned(), 0);
        // Either there is a result, or the sender is gone.
        assert!(matches!(answer.try_recv(), Ok(Ok(1)) | Err(oneshot::error::TryRecvError::Closed)));
    });
}

#[test]
fn a_thread_that_is_stuck_gets_another_in_its_place_and_ends() {
    check(|| {
        let threads = Arc::new(Threads::new("tests", 1, Spin(LOOK)));
        let ((begin, begun), (release, released), (done, ended)) = (channel(), channel::<()>(), channel());
        let recovers = Arc::clone(&threads);
        let stuck = move || {
            begin.send(()).unwrap();
            released.recv().unwrap();
            recovers.recover();
        };
        threads.submit(Box::new(stuck), Wake::Now).unwrap();
        begun.recv().unwrap();
        let submits = Arc::clone(&threads);
        let submitted = thread::spawn(move || {
            submits.submit(Box::new(move || done.send(()).unwrap()), Wake::Later).unwrap();
            submits.wake();
        });
        assert!(threads.abandon(1));
        ended.recv().unwrap();
        assert!(!threads.abandon(1) && threads.count() <= 2);
        release.send(()).unwrap();
        submitted.join().unwrap();
    });
}

/// A module, which is compiled when it is first asked for.
fn compiled() -> &'static (WasmEngine, WasmModule) {
    static MODULE: OnceLock<(WasmEngine, WasmModule)> = OnceLock::new();
    MODULE.get_or_init(|| {
        let engine = WasmEngine::new(EngineConfig::default()).unwrap();
        let module = engine.compile(&wat::parse_str("(module)").unwrap()).unwrap();
        (engine, module)
    })
}

/// What cancels a new instance.
fn handle() -> CancelHandle {
    let (engine, module) = compiled();
    PlainInstance::new(engine, module).unwrap().cancel_handle()
}

#[test]
fn an_instance_that_went_back_is_not_cancelled_by_the_call_before() {
    // Here, because shuttle's threads have small stacks.
    compiled();
    check(|| {
        // The call's instance is in the pool before and, if it is good, behind it.
        let pool = Arc::new(Mutex::new(vec![handle()]));
        let stop = Arc::new(Stop::default());
        let (stops, calls, kept) = (Arc::clone(&stop), Arc::clone(&stop), Arc::clone(&pool));
        let caller = thread::spawn(move || {
            let guest = kept.lock().unwrap().pop().unwrap();
            calls.begin(Guest::Host(guest.clone()));
            thread::yield_now();
            // What was told while, or before, the call has its instance, has reached it.
            assert!(calls.reason().is_none() || guest.is_cancelled());
            calls.end();
            let good = !guest.is_cancelled();
            kept.lock().unwrap().extend(good.then_some(guest));
        });
        let stopper = thread::spawn(move || stops.stop(Reason::Dropped));
        caller.join().unwrap();
        stopper.join().unwrap();
        assert!(pool.lock().unwrap().iter().all(|guest| !guest.is_cancelled()));
        assert_eq!(stop.reason(), Some(Reason::Dropped));
    });
}

//! The one thread of a process that looks after deadlines, and repeats signals until calls have ended.

use super::control::{Control, NEVER};
use super::forks::{count_fork, forks};
use crate::raw::{interrupt, prepare_interrupts};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

static STATE: Mutex<State> = Mutex::new(State { controls: BTreeMap::new(), running: false, next: NEVER });
static WAKE: Condvar = Condvar::new();
struct State {
    /// By their addresses.
    controls: BTreeMap<usize, Weak<Control>>,
    /// Whether the thread is there.
    running: bool,
    /// When it looks next, in microseconds.
    next: u64,
}

/// A control that is looked after for as long as this lives.
pub(crate) struct Watched(Arc<Control>);

impl Watched {
    /// # Errors
    /// When the system gives no thread, or no signal handler.
    pub(crate) fn new(control: Control) -> io::Result<Self> {
        prepare_interrupts(forking)?;
        let watched = Self(Arc::new(control));
        watch(&watched.0)?;
        Ok(watched)
    }

    pub(crate) fn control(&self) -> &Arc<Control> {
        &self.0
    }

    /// After another deadline was set: it may be the next one.
    pub(crate) fn deadline_changed(&self) {
        lock().expect_by(now().saturating_add(self.0.interval()));
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        lock().controls.remove(&address(&self.0));
    }
}

fn address(control: &Arc<Control>) -> usize {
    Arc::as_ptr(control).addr()
}

fn lock() -> MutexGuard<'static, State> {
    // No code of others runs under the lock, so a panic leaves it whole.
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Microseconds since some moment of this process.
pub(super) fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_micros()).unwrap_or(NEVER)
}

/// In a forked child, where the thread is not: starts another one.
///
/// # Errors
/// When the system gives no thread.
#[cold]
pub(super) fn start_again(control: &Control) -> io::Result<()> {
    lock().start()?;
    control.set_forks(forks());
    Ok(())
}

fn watch(control: &Arc<Control>) -> io::Result<()> {
    let mut state = lock();
    state.start()?;
    control.set_forks(forks());
    state.controls.insert(address(control), Arc::downgrade(control));
    state.expect_by(now().saturating_add(control.interval()));
    Ok(())
}

/// Has the thread look at all calls at once.
pub(super) fn hurry() {
    lock().expect_by(0);
}

impl State {
    fn start(&mut self) -> io::Result<()> {
        if !self.running {
            thread::Builder::new().name("aingle_wasm_watch".into()).spawn(run)?;
            self.running = true;
        }
        Ok(())
    }

    /// Wakes the thread if it would look later than that.
    fn expect_by(&mut self, time: u64) {
        if time < self.next {
            self.next = time;
            WAKE.notify_one();
        }
    }

    fn look(&mut self) {
        let now = now();
        let controls = self.controls.values().filter_map(Weak::upgrade);
        self.next = controls.map(|control| control.look(now, interrupt)).min().unwrap_or(NEVER);
    }
}

fn run() {
    let mut state = lock();
    loop {
        let left = state.next.saturating_sub(now());
        if left == 0 {
            state.look();
            continue;
        }
        state = if state.next == NEVER {
            WAKE.wait(state).unwrap_or_else(PoisonError::into_inner)
        } else {
            let waited = WAKE.wait_timeout(state, Duration::from_micros(left));
            waited.unwrap_or_else(PoisonError::into_inner).0
        };
    }
}

thread_local! {
    static HELD: RefCell<Option<MutexGuard<'static, State>>> = const { RefCell::new(None) };
}

/// Before this thread forks the process, and after it, in the parent and in the child: so that the child does not find
/// the lock taken by a thread that it has not.
fn forking(before: bool, child: bool) {
    let mut held = HELD.try_with(|held| held.take()).ok().flatten();
    if before {
        held = Some(lock());
        let _ = HELD.try_with(|kept| *kept.borrow_mut() = held.take());
        return;
    }
    if let Some(state) = held.as_mut().filter(|_| child) {
        state.running = false;
        count_fork();
    }
}

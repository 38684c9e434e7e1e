//! Threads that run what blocks.
//!
//! They are the runtime's own, and not those of `tokio::task::spawn_blocking`: a guest can keep its thread until it is
//! abandoned, and a tokio runtime that shuts down waits for its blocking threads for as long as they run. Here such a
//! thread is counted, replaced, and ends by itself.

use crate::spin::Spin;
use crate::sync::{Arc, AtomicBool, Condvar, Mutex, MutexGuard, thread};
use std::collections::VecDeque;
use std::io;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// How long an idle thread waits for work before it ends. In tests they end for other reasons.
const IDLE: Duration = Duration::from_secs(if cfg!(test) { 3600 } else { 10 });

/// How many threads may look for work at a time. Others sleep.
const MAX_LOOKING: usize = 2;

type Work = Box<dyn FnOnce() + Send>;

/// When a thread is woken for work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wake {
    Now,
    Later,
}

/// Threads that are started as they are needed, and end when they are not.
pub(crate) struct Threads {
    shared: Arc<Shared>,
}

struct Shared {
    name: &'static str,
    /// How many threads there may be, abandoned ones excepted.
    limit: usize,
    /// Whether, and how long, a thread looks for work before it sleeps.
    spin: Spin,
    state: Mutex<State>,
    wake: Condvar,
    /// A hint for threads that look: there may be work, or the end.
    news: AtomicBool,
}

#[derive(Default)]
struct State {
    work: VecDeque<Work>,
    /// How many threads there are.
    threads: usize,
    /// How many of them sleep until there is work.
    idle: usize,
    /// How many of them look for work.
    looking: usize,
    /// How many of them go on with work that was given up. Each has another one in its place.
    abandoned: usize,
    closed: bool,
}

impl Threads {
    pub(crate) fn new(name: &'static str, limit: usize, spin: Spin) -> Self {
        let news = AtomicBool::new(false);
        let shared = Shared { name, limit, spin, state: Mutex::default(), wake: Condvar::new(), news };
        Self { shared: Arc::new(shared) }
    }

    /// Has a thread do this work, as soon as there is one for it. With [`Wake::Later`] no thread is woken for it: one that is
    /// about to look has it without that, and the caller has to [`wake`](Threads::wake) one soon if not.
    ///
    /// # Errors
    /// When there is none and the system gives none. The work is dropped.
    pub(crate) fn submit(&self, work: Work, wake: Wake) -> io::Result<()> {
        let mut state = self.shared.lock();
        state.work.push_back(work);
        if wake == Wake::Later && state.threads > state.abandoned {
            self.shared.news.store(true, Relaxed);
            return Ok(());
        }
        match self.shared.serve(&mut state) {
            Err(error) if state.threads == state.abandoned => {
                let refused = state.work.pop_back();
                drop(state);
                drop(refused);
                Err(error)
            }
            // One of those that are there has it when it is done.
            _ => Ok(()),
        }
    }

    /// Wakes a thread for work that waits.
    pub(crate) fn wake(&self) {
        let mut state = self.shared.lock();
        if !state.work.is_empty() {
            // Without another thread the work waits for one of those that are there.
            let _ = self.shared.serve(&mut state);
        }
    }

    /// Returns how long its threads look for work, and callers for a result.
    pub(crate) fn spin(&self) -> &Spin {
        &self.shared.spin
    }

    /// Gives up a thread that does not end its work. Returns whether the limit of such threads allows it.
    pub(crate) fn abandon(&self, limit: usize) -> bool {
        let mut state = self.shared.lock();
        if state.abandoned >= limit {
            return false;
        }
        state.abandoned += 1;
        // Without a thread in its place the work waits for one of the others.
        let _ = self.shared.serve(&mut state);
        true
    }

    /// A thread that was given up has ended its work.
    pub(crate) fn recover(&self) {
        self.shared.lock().abandoned -= 1;
    }

    pub(crate) fn abandoned(&self) -> usize {
        self.shared.lock().abandoned
    }

    /// How many threads there are, idle ones included.
    pub(crate) fn count(&self) -> usize {
        self.shared.lock().threads
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.news.store(true, Relaxed);
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Work runs outside of the lock, so a panic leaves it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that a thread has the work that waits, if there may be one more.
    fn serve(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        self.news.store(true, Relaxed);
        // Each of those that look takes one, and needs not be woken. In a pause they have not been let run for long, if there are some.
        let looking = if self.spin.looks() { state.looking } else { 0 };
        let more = state.work.len().saturating_sub(looking);
        if more > 0 && state.idle > 0 {
            self.wake.notify_one();
        }
        let room = state.threads - state.abandoned < self.limit;
        if state.idle < more && room { self.start(state) } else { Ok(()) }
    }

    fn start(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        let shared = Arc::clone(self);
        thread::Builder::new().name(self.name.into()).spawn(move || shared.run())?;
        state.threads += 1;
        Ok(())
    }

    fn run(&self) {
        while let Some(work) = self.next() {
            work();
        }
    }

    /// Waits for work. `None` when the thread is to end.
    fn next(&self) -> Option<Work> {
        let mut state = self.lock();
        let mut looked = false;
        loop {
            if let Some(work) = state.work.pop_front() {
                self.news.store(!state.work.is_empty(), Relaxed);
                return Some(work);
            }
            // One that was given up has another in its place.
            if state.closed || state.threads - state.abandoned > self.limit {
                break;
            }
            if !looked && state.looking < MAX_LOOKING && self.spin.looks() {
                looked = true;
                state.looking += 1;
                drop(state);
                self.spin.until(Duration::MAX, || self.news.load(Relaxed).then_some(()));
                state = self.lock();
                state.looking -= 1;
                continue;
            }
            state.idle += 1;
            let (back, waited) = self.wake.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = back;
            state.idle -= 1;
            if waited.timed_out() && state.work.is_empty() {
                break;
            }
        }
        state.threads -= 1;
        None
    }
}

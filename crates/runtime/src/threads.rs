//! Threads that run what blocks.
//!
//! They are the runtime's own, and not those of `tokio::task::spawn_blocking`: a guest can keep its thread until it is
//! abandoned, and a tokio runtime that shuts down waits for its blocking threads for as long as they run. Here such a
//! thread is counted, replaced, and ends by itself.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long an idle thread waits for work before it ends. In tests they end for other reasons.
const IDLE: Duration = Duration::from_secs(if cfg!(test) { 3600 } else { 10 });

type Work = Box<dyn FnOnce() + Send>;

/// Threads that are started as they are needed, and end when they are not.
pub(crate) struct Threads {
    shared: Arc<Shared>,
}

struct Shared {
    name: &'static str,
    /// How many threads there may be, abandoned ones excepted.
    limit: usize,
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    work: VecDeque<Work>,
    /// How many threads there are.
    threads: usize,
    /// How many of them wait for work.
    idle: usize,
    /// How many of them go on with work that was given up. Each has another one in its place.
    abandoned: usize,
    closed: bool,
}

impl Threads {
    pub(crate) fn new(name: &'static str, limit: usize) -> Self {
        let shared = Shared { name, limit, state: Mutex::default(), wake: Condvar::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Has a thread do this work, as soon as there is one for it.
    ///
    /// # Errors
    /// When there is none and the system gives none. The work is dropped.
    pub(crate) fn submit(&self, work: Work) -> io::Result<()> {
        let mut state = self.shared.lock();
        state.work.push_back(work);
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
        if state.idle > 0 {
            self.wake.notify_one();
        }
        let room = state.threads - state.abandoned < self.limit;
        if state.idle < state.work.len() && room { self.start(state) } else { Ok(()) }
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
        loop {
            if let Some(work) = state.work.pop_front() {
                return Some(work);
            }
            // One that was given up has another in its place.
            if state.closed || state.threads - state.abandoned > self.limit {
                break;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn there_are_no_more_threads_than_the_limit_and_abandoned_ones() {
        let threads = Threads::new("tests", 2);
        let (begin, begun) = channel();
        let releases: Vec<_> = (0..4)
            .map(|at| {
                let (begin, (release, released)) = (begin.clone(), channel::<()>());
                let work = move || {
                    begin.send(at).unwrap();
                    let _ = released.recv();
                };
                threads.submit(Box::new(work)).unwrap();
                release
            })
            .collect();
        let mut first = [begun.recv().unwrap(), begun.recv().unwrap()];
        first.sort_unstable();
        assert_eq!((first, threads.count()), ([0, 1], 2));
        assert!(begun.recv_timeout(Duration::from_millis(20)).is_err(), "no third one runs");
        // Another one takes the place of one that is given up.
        assert!(threads.abandon(1) && !threads.abandon(1));
        assert_eq!((begun.recv().unwrap(), threads.count(), threads.abandoned()), (2, 3, 1));
        releases[0].send(()).unwrap();
        assert_eq!(begun.recv().unwrap(), 3);
        threads.recover();
        assert_eq!(threads.abandoned(), 0);
        // Which is one too many: the next that is done ends.
        releases.iter().for_each(|release| release.send(()).unwrap_or(()));
        let waited = (0..10_000).any(|_| {
            thread::sleep(Duration::from_millis(1));
            threads.count() <= 2
        });
        assert!(waited, "{} threads", threads.count());
    }
}

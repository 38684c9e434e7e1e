//! Instances that are kept ready.
//!
//! A place of the pool is given back by [`Place`], whatever panics. Which instance is whose is told by its number, because
//! a guard gives out its instance to be changed, which includes to be exchanged for another.

use crate::engine::WasmEngine;
use crate::error::{Doing, HostError, HostErrorKind};
use crate::functions::HostFunctions;
use crate::instance::WasmInstance;
use crate::module::WasmModule;
use crate::raw::PerProcess;
use crate::reset::{Snapshot, only_memory_and_globals};
use crate::stop::CancelHandle;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What a pool does with an instance that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reuse {
    /// It is put back as it was when it had started, with another host state: whoever takes an instance gets a
    /// fresh one, with nothing of another's calls. Where that cannot be done it is dropped, and another is made:
    /// when it is poisoned, when its memory has grown, when the module can change its tables or drop its
    /// segments, when it started with more than half of [`pool_idle_memory`](crate::EngineConfig::pool_idle_memory), and
    /// where the system does not tell which pages were touched: on other systems than Linux, and where
    /// `/proc/self/pagemap` is missing or does not tell the truth.
    Fresh,
    /// It is kept as it is, guest memory and host state, for whoever comes next. One that is poisoned
    /// is dropped. What an idle instance holds is bounded by `memory_limit` alone.
    Kept,
}

/// At most so many instances of one module, for any number of threads. A clone is the same pool.
///
/// A guard gives out its instance as `&mut WasmInstance`, so that it can be exchanged for another by
/// [`std::mem::swap`]. An instance that the pool did not give out is dropped when it comes back. A guard that is
/// forgotten ([`std::mem::forget`]) keeps its place for ever.
///
/// In a child after `fork` the pool has all its places, and the instances that were idle in the parent.
pub struct InstancePool<S: Send + 'static = ()> {
    inner: Arc<Inner<S>>,
}

struct Inner<S: Send + 'static> {
    engine: WasmEngine,
    module: WasmModule,
    functions: Arc<HostFunctions<S>>,
    make_state: Box<dyn Fn() -> S + Send + Sync>,
    reuse: Reuse,
    /// Whether instances can be put back, as far as the module decides it.
    can_reset: bool,
    limit: usize,
    state: PerProcess<PoolState<S>>,
}

/// An instance, and what it was when it had started.
struct Kept<S: Send + 'static> {
    /// It is large, and goes from hand to hand: it stays where it is.
    instance: Box<WasmInstance<S>>,
    /// The number of the instance that was given out. Whoever had it may have put another in its place.
    id: u64,
    /// `None` when it is not to be put back, or cannot be.
    snapshot: Option<Snapshot>,
}

struct PoolState<S: Send + 'static> {
    counts: Mutex<Counts<S>>,
    returned: Condvar,
}

struct Counts<S: Send + 'static> {
    idle: Vec<Kept<S>>,
    /// How many are taken.
    taken: usize,
    /// How many threads wait for one.
    waiting: usize,
    /// How many were dropped because they were poisoned.
    discarded: u64,
}

impl<S: Send + 'static> Clone for InstancePool<S> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<S: Send + 'static> InstancePool<S> {
    /// A pool of at most `limit` instances. None is made until it is needed.
    pub fn new(
        engine: &WasmEngine,
        module: &WasmModule,
        functions: Arc<HostFunctions<S>>,
        limit: usize,
        reuse: Reuse,
        make_state: impl Fn() -> S + Send + Sync + 'static,
    ) -> Self {
        let (engine, module) = (engine.clone(), module.clone());
        let make_state = Box::new(make_state);
        let can_reset = reuse == Reuse::Fresh && only_memory_and_globals(module.wasm());
        let state = PerProcess::new();
        let inner = Inner { engine, module, functions, make_state, reuse, can_reset, limit, state };
        Self { inner: Arc::new(inner) }
    }

    /// Takes an instance. It returns when the guard is dropped.
    ///
    /// A panic of `make_state`, or of the drop of a state that is replaced when an instance returns, goes on to the
    /// caller; the place is given back before.
    ///
    /// # Errors
    /// [`HostErrorKind::PoolExhausted`] when all are taken, and what [`WasmInstance::with_host`] and
    /// [`WasmInstance::start`] report.
    pub fn take(&self) -> Result<PooledInstance<S>, HostError> {
        self.take_within(Duration::ZERO)
    }

    /// Takes an instance. Waits up to `timeout` for one if all are taken.
    ///
    /// # Errors
    /// As [`InstancePool::take`].
    pub fn take_within(&self, timeout: Duration) -> Result<PooledInstance<S>, HostError> {
        self.take_cancellable(timeout, |_| {})
    }

    /// Takes an instance, and first shows `begin` a handle that cancels it. An instance that has to be made is cancelled
    /// in its start function, too: `take` then fails with [`HostErrorKind::Cancelled`].
    ///
    /// # Errors
    /// As [`InstancePool::take_within`].
    pub fn take_cancellable(
        &self,
        timeout: Duration,
        begin: impl FnOnce(CancelHandle),
    ) -> Result<PooledInstance<S>, HostError> {
        let (place, idle) = self.reserve(timeout)?;
        let instance = match idle {
            Some(idle) => {
                begin(idle.instance.cancel_handle());
                idle
            }
            None => self.make(begin)?,
        };
        Ok(PooledInstance { instance: Some(instance), place })
    }

    /// Takes an instance that is idle, and first shows `begin` a handle that cancels it. Neither waits nor makes one: `None` if
    /// none is idle.
    pub fn take_idle(&self, begin: impl FnOnce(CancelHandle)) -> Option<PooledInstance<S>> {
        let (state, process) = self.inner.state();
        let mut counts = state.counts();
        let idle = if counts.taken < self.inner.limit { counts.idle.pop() } else { None }?;
        counts.taken += 1;
        drop(counts);
        let place = Place { pool: Arc::clone(&self.inner), process, taken: true };
        begin(idle.instance.cancel_handle());
        Some(PooledInstance { instance: Some(idle), place })
    }

    /// How many instances are taken, and how many are idle.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let counts = self.inner.state().0.counts();
        (counts.taken, counts.idle.len())
    }

    /// How many instances were dropped because a call left them poisoned.
    #[must_use]
    pub fn discarded(&self) -> u64 {
        self.inner.state().0.counts().discarded
    }

    /// Counts one as taken, and takes an idle one if there is one.
    fn reserve(&self, timeout: Duration) -> Result<(Place<S>, Option<Kept<S>>), HostError> {
        let (state, process) = self.inner.state();
        let mut counts = state.counts();
        if counts.taken >= self.inner.limit {
            counts = self.wait(state, counts, timeout)?;
        }
        counts.taken += 1;
        let place = Place { pool: Arc::clone(&self.inner), process, taken: true };
        Ok((place, counts.idle.pop()))
    }

    /// Waits until fewer than the limit are taken.
    fn wait<'a>(
        &self,
        state: &'a PoolState<S>,
        mut counts: MutexGuard<'a, Counts<S>>,
        timeout: Duration,
    ) -> Result<MutexGuard<'a, Counts<S>>, HostError> {
        let end = Instant::now().checked_add(timeout);
        while counts.taken >= self.inner.limit {
            let left = end.map_or(timeout, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                let kind = HostErrorKind::PoolExhausted { limit: self.inner.limit };
                return Err(HostError::new(Doing::Take, kind));
            }
            counts.waiting += 1;
            let waited = state.returned.wait_timeout(counts, left);
            counts = waited.unwrap_or_else(PoisonError::into_inner).0;
            counts.waiting -= 1;
        }
        Ok(counts)
    }

    fn make(&self, begin: impl FnOnce(CancelHandle)) -> Result<Kept<S>, HostError> {
        let Inner { engine, module, functions, make_state, can_reset, .. } = &*self.inner;
        let instance = WasmInstance::with_host(engine, module, Arc::clone(functions), make_state())?;
        let mut instance = Box::new(instance);
        begin(instance.cancel_handle());
        instance.start()?;
        let snapshot = can_reset.then(|| instance.snapshot()).flatten();
        Ok(Kept { id: instance.id(), instance, snapshot })
    }
}

impl<S: Send + 'static> Inner<S> {
    fn state(&self) -> (&PoolState<S>, u64) {
        self.state.get(|parents| PoolState::new(parents.map_or_else(Vec::new, PoolState::idle_now)))
    }

    /// Makes an instance ready for whoever comes next. Returns whether it is.
    fn ready(&self, kept: &mut Kept<S>) -> bool {
        if kept.instance.id() != kept.id || kept.instance.is_poisoned() {
            return false;
        }
        kept.instance.end_use();
        match (self.reuse, &kept.snapshot) {
            (Reuse::Kept, _) => {
                kept.instance.give_back();
                true
            }
            // A panic is under way: no code of others is run beside it.
            (Reuse::Fresh, Some(snapshot)) if !thread::panicking() => {
                kept.instance.reset(snapshot, &self.make_state)
            }
            (Reuse::Fresh, _) => false,
        }
    }
}

impl<S: Send + 'static> PoolState<S> {
    fn new(idle: Vec<Kept<S>>) -> Self {
        let counts = Mutex::new(Counts { idle, taken: 0, waiting: 0, discarded: 0 });
        Self { counts, returned: Condvar::new() }
    }

    fn counts(&self) -> MutexGuard<'_, Counts<S>> {
        // No code of others runs under the lock, so a panic leaves it whole.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The instances that are idle, if no thread changes them at this moment. One that a child does not have may hold the
    /// lock for ever.
    fn idle_now(&self) -> Vec<Kept<S>> {
        self.counts.try_lock().map(|mut counts| std::mem::take(&mut counts.idle)).unwrap_or_default()
    }

    /// Counts one as taken no more.
    fn give_back(&self, kept: Option<Kept<S>>, poisoned: bool) {
        let mut counts = self.counts();
        counts.taken -= 1;
        counts.discarded += u64::from(poisoned);
        counts.idle.extend(kept);
        let waited_for = counts.waiting > 0;
        drop(counts);
        // It calls the system, whoever waits.
        if waited_for {
            self.returned.notify_one();
        }
    }
}

/// One of the places of a pool. It is given back when this is dropped, if not before.
struct Place<S: Send + 'static> {
    pool: Arc<Inner<S>>,
    /// The process that it was taken in. In a child after `fork` all places are free.
    process: u64,
    taken: bool,
}

impl<S: Send + 'static> Place<S> {
    /// Gives the place back with an instance for whoever comes next. Returns the instance if this is not its process.
    fn give_back(&mut self, kept: Option<Kept<S>>, poisoned: bool) -> Option<Kept<S>> {
        self.taken = false;
        match self.pool.state.if_still(self.process) {
            Some(state) => {
                state.give_back(kept, poisoned);
                None
            }
            None => kept,
        }
    }
}

impl<S: Send + 'static> Drop for Place<S> {
    fn drop(&mut self) {
        if self.taken {
            self.give_back(None, false);
        }
    }
}

impl<S: Send + 'static> fmt::Debug for InstancePool<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (taken, idle) = self.size();
        f.debug_struct("InstancePool")
            .field("module", &self.inner.module)
            .field("limit", &self.inner.limit)
            .field("taken", &taken)
            .field("idle", &idle)
            .finish_non_exhaustive()
    }
}

/// An instance of a pool, which returns there when this is dropped.
pub struct PooledInstance<S: Send + 'static = ()> {
    /// `None` while it goes back.
    instance: Option<Kept<S>>,
    place: Place<S>,
}

const THERE: &str = "a guard that was handed out has its instance until it is dropped";

impl<S: Send + 'static> Deref for PooledInstance<S> {
    type Target = WasmInstance<S>;

    fn deref(&self) -> &WasmInstance<S> {
        &self.instance.as_ref().expect(THERE).instance
    }
}

impl<S: Send + 'static> DerefMut for PooledInstance<S> {
    fn deref_mut(&mut self) -> &mut WasmInstance<S> {
        &mut self.instance.as_mut().expect(THERE).instance
    }
}

impl<S: Send + 'static> Drop for PooledInstance<S> {
    fn drop(&mut self) {
        let Some(mut kept) = self.instance.take() else { return };
        let poisoned = kept.instance.is_poisoned();
        let inner = &*self.place.pool;
        let ready = catch_unwind(AssertUnwindSafe(|| inner.ready(&mut kept)));
        let (kept, dropped) = if matches!(ready, Ok(true)) { (Some(kept), None) } else { (None, Some(kept)) };
        let dropped = self.place.give_back(kept, poisoned).or(dropped);
        // Unmapping a memory takes its time: not under the lock. The state may panic here, too.
        let unmapped = catch_unwind(AssertUnwindSafe(|| drop(dropped)));
        match ready.map(|_| ()).and(unmapped) {
            // A second panic would end the process; the hook has told of it.
            Err(panic) if !thread::panicking() => resume_unwind(panic),
            _ => {}
        }
    }
}

impl<S: Send + 'static> fmt::Debug for PooledInstance<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PooledInstance").field(&**self).finish()
    }
}

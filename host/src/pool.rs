//! Instances that are kept ready.

use crate::error::Doing;
use crate::rewind::{Snapshot, only_memory_and_globals};
use crate::{HostError, HostErrorKind, HostFunctions, WasmEngine, WasmInstance, WasmModule};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a pool does with an instance that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reuse {
    /// It is put back as it was when it had started, with another host state: whoever takes an instance gets a
    /// fresh one, with nothing of another's calls. Where that cannot be done it is dropped, and another is made:
    /// when it is poisoned, when its memory has grown, when the module can change its tables or drop its
    /// segments, and on other systems than Linux.
    Fresh,
    /// It is kept as it is, guest memory and host state, for whoever comes next. One that is poisoned
    /// is dropped.
    Kept,
}

/// At most so many instances of one module, for any number of threads. A clone is the same pool.
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
    rewinds: bool,
    limit: usize,
    shelf: Mutex<Shelf<S>>,
    returned: Condvar,
}

/// An instance, and what it was when it had started.
struct Kept<S: Send + 'static> {
    /// It is large, and goes from hand to hand: it stays where it is.
    instance: Box<WasmInstance<S>>,
    /// Nothing when it is not to be put back, or cannot be.
    snapshot: Option<Snapshot>,
}

struct Shelf<S: Send + 'static> {
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
        let shelf = Mutex::new(Shelf { idle: Vec::new(), taken: 0, waiting: 0, discarded: 0 });
        let make_state = Box::new(make_state);
        let returned = Condvar::new();
        let rewinds = reuse == Reuse::Fresh && only_memory_and_globals(module.wasm());
        let inner = Inner { engine, module, functions, make_state, reuse, rewinds, limit, shelf, returned };
        Self { inner: Arc::new(inner) }
    }

    /// Takes an instance. It returns when the guard is dropped.
    ///
    /// # Errors
    /// [`HostErrorKind::PoolExhausted`] when all are taken, and what [`WasmInstance::with_host`] and
    /// [`WasmInstance::start`] report.
    pub fn take(&self) -> Result<PooledInstance<S>, HostError> {
        self.take_within(Duration::ZERO)
    }

    /// Takes an instance; waits up to `patience` for one when all are taken.
    ///
    /// # Errors
    /// As [`InstancePool::take`].
    pub fn take_within(&self, patience: Duration) -> Result<PooledInstance<S>, HostError> {
        let idle = self.reserve(patience)?;
        // From here on the guard gives the place back, whatever happens.
        let mut guard = PooledInstance { pool: self.clone(), instance: idle };
        if guard.instance.is_none() {
            guard.instance = Some(self.make()?);
        }
        Ok(guard)
    }

    /// How many instances are taken, and how many are idle.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let shelf = self.inner.shelf();
        (shelf.taken, shelf.idle.len())
    }

    /// How many instances were dropped because a call left them poisoned.
    #[must_use]
    pub fn discarded(&self) -> u64 {
        self.inner.shelf().discarded
    }

    /// Counts one as taken, and takes an idle one off the shelf when there is one.
    fn reserve(&self, patience: Duration) -> Result<Option<Kept<S>>, HostError> {
        let mut shelf = self.inner.shelf();
        if shelf.taken >= self.inner.limit {
            shelf = self.wait(shelf, patience)?;
        }
        shelf.taken += 1;
        Ok(shelf.idle.pop())
    }

    /// Waits until fewer than the limit are taken.
    fn wait<'a>(
        &'a self,
        mut shelf: MutexGuard<'a, Shelf<S>>,
        patience: Duration,
    ) -> Result<MutexGuard<'a, Shelf<S>>, HostError> {
        let end = Instant::now().checked_add(patience);
        while shelf.taken >= self.inner.limit {
            let left = end.map_or(patience, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                let kind = HostErrorKind::PoolExhausted { limit: self.inner.limit };
                return Err(HostError::new(Doing::Take, kind));
            }
            shelf.waiting += 1;
            let waited = self.inner.returned.wait_timeout(shelf, left);
            shelf = waited.unwrap_or_else(PoisonError::into_inner).0;
            shelf.waiting -= 1;
        }
        Ok(shelf)
    }

    fn make(&self) -> Result<Kept<S>, HostError> {
        let Inner { engine, module, functions, make_state, rewinds, .. } = &*self.inner;
        let instance = WasmInstance::with_host(engine, module, Arc::clone(functions), make_state())?;
        let mut instance = Box::new(instance);
        instance.start()?;
        let snapshot = rewinds.then(|| instance.snapshot()).flatten();
        Ok(Kept { instance, snapshot })
    }
}

impl<S: Send + 'static> Inner<S> {
    fn shelf(&self) -> MutexGuard<'_, Shelf<S>> {
        // No code of others runs under the lock, so a panic leaves it whole.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_back(&self, mut returned: Option<Kept<S>>) {
        let poisoned = returned.as_ref().is_some_and(|kept| kept.instance.is_poisoned());
        let keep = !poisoned && returned.as_mut().is_some_and(|kept| self.ready(kept));
        let (kept, dropped) = if keep { (returned, None) } else { (None, returned) };
        let mut shelf = self.shelf();
        shelf.taken -= 1;
        shelf.discarded += u64::from(poisoned);
        shelf.idle.extend(kept);
        let waited_for = shelf.waiting > 0;
        drop(shelf);
        // It calls the system, whoever waits.
        if waited_for {
            self.returned.notify_one();
        }
        // Unmapping a memory takes its time: not under the lock.
        drop(dropped);
    }
}

impl<S: Send + 'static> Inner<S> {
    /// Makes an instance ready for whoever comes next. Says whether it is.
    fn ready(&self, kept: &mut Kept<S>) -> bool {
        match (self.reuse, &mut kept.snapshot) {
            (Reuse::Kept, _) => true,
            // A panic is under way: no code of others is run beside it.
            (Reuse::Fresh, Some(snapshot)) if !std::thread::panicking() => {
                kept.instance.rewind(snapshot, &self.make_state)
            }
            (Reuse::Fresh, _) => false,
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
    pool: InstancePool<S>,
    /// Nothing only inside this file: before it is made, and after it went back.
    instance: Option<Kept<S>>,
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
        self.pool.inner.put_back(self.instance.take());
    }
}

impl<S: Send + 'static> fmt::Debug for PooledInstance<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PooledInstance").field(&**self).finish()
    }
}

//! Ends runs from outside.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use wasmtime::Engine;

/// Handle that ends runs from any thread. Clones are the same handle. A run that has it in its [`RunOptions`](crate::RunOptions) ends
/// with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) at its next loop or function, and so does each later one.
#[derive(Clone, Default)]
pub struct Cancel(Arc<Inner>);

#[derive(Default)]
struct Inner {
    used: AtomicBool,
    told: Notify,
    /// The engines of the runs that have it, each as often as there are runs.
    engines: Mutex<Vec<Engine>>,
}

/// A run that has a handle, until this is dropped.
pub struct Running<'c> {
    cancel: &'c Cancel,
    engine: &'c Engine,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut engines = self.cancel.engines();
        if let Some(at) = engines.iter().position(|engine| Engine::same(engine, self.engine)) {
            engines.swap_remove(at);
        }
    }
}

impl Cancel {
    /// Returns a handle that was not used.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the runs that have it. Returns at once.
    pub fn cancel(&self) {
        self.0.used.store(true, SeqCst);
        self.0.told.notify_waiters();
        // The guests yield, and their runs look.
        self.engines().iter().for_each(Engine::increment_epoch);
    }

    /// A guest of this engine runs, and has the handle.
    pub(crate) fn running<'c>(&'c self, engine: &'c Engine) -> Running<'c> {
        self.engines().push(engine.clone());
        Running { cancel: self, engine }
    }

    fn engines(&self) -> MutexGuard<'_, Vec<Engine>> {
        // Nothing is changed halfway, so a panic leaves it whole.
        self.0.engines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether it was used.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.used.load(SeqCst)
    }

    /// Waits until it is used.
    pub(crate) async fn cancelled(&self) {
        let mut told = std::pin::pin!(self.0.told.notified());
        // From here on no word is missed.
        told.as_mut().enable();
        if !self.is_cancelled() {
            told.await;
        }
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel").field("cancelled", &self.is_cancelled()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, Grants, Limits, Program, RunOptions};
    use std::thread::{scope, sleep};
    use std::time::Duration;

    #[test]
    fn a_loop_ends_when_it_is_told_and_not_at_the_next_tick() {
        let spin = wat::parse_str(r#"(module (func (export "_start") (loop $l (br $l))))"#).unwrap();
        let program = Program::compile(&spin, &Limits { timeout: None, ..Limits::default() }).unwrap();
        let cancel = Cancel::new();
        let options = RunOptions { cancel: cancel.clone(), ..RunOptions::default() };
        let error = scope(|scope| {
            let running = scope.spawn(|| program.run_with(&Grants::default(), &options).unwrap_err());
            while cancel.engines().is_empty() {
                sleep(Duration::from_millis(1));
            }
            // In the loop.
            sleep(Duration::from_millis(20));
            cancel.cancel();
            running.join().unwrap()
        });
        assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error}");
        assert!(cancel.engines().is_empty(), "the run has ended");
    }
}

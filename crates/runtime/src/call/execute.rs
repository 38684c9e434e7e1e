//! One call, from its caller's side.

use super::ended::{Begun, Start};
use super::place::Place;
use super::request::Request;
use super::running::Running;
use super::shared::Shared;
use super::work::work;
use crate::current::Current;
use crate::error::{ErrorKind, RuntimeError};
use crate::race::{First, race};
use crate::stop::{Reason, Stop};
use crate::threads::{Threads, Wake};
use aingle_wasm_types::metering::MAX_FUEL;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::coop::consume_budget;
use tokio::time::timeout;

/// How long a thread that is about to look for work may take to find it before another one is woken.
const WAKE_AFTER: Duration = Duration::from_micros(4);

/// Makes a call that could not be made at once. Dropped before it is ready, it ends the call wherever it is.
pub(crate) async fn execute<T: Send + 'static>(
    shared: Arc<Shared>,
    request: Request<T>,
    stop: Arc<Stop>,
    start: Start,
) -> Result<T, RuntimeError> {
    let (module, function) = (Arc::clone(&request.module), Arc::clone(&request.function));
    let mut begun = Begun::new(&shared, &stop, &module, &function, &start);
    let result = begin(&shared, request, &stop, &mut begun, start.tried).await;
    begun.end(result)
}

async fn begin<T: Send + 'static>(
    shared: &Shared,
    mut request: Request<T>,
    stop: &Arc<Stop>,
    begun: &mut Begun<'_>,
    tried: bool,
) -> Result<T, ErrorKind> {
    if request.fuel.is_some_and(|fuel| fuel > MAX_FUEL) {
        let reason = "more than 2^62, the most that can be counted";
        return Err(ErrorKind::Config { field: "Call::fuel", reason });
    }
    let tokio = Handle::try_current().map_err(|_| ErrorKind::NoTokio)?;
    let loaded = shared.registry.get(&request.module)?;
    loaded.export(&request.function)?;
    let (place, waited) = Place::take(&loaded, &shared.places, stop).await?;
    begun.waited(waited);
    let limit = request.timeout.unwrap_or(loaded.config.max_execution_time);
    let grace = loaded.config.stop_grace;
    if !tried
        && loaded.may_be_tried()
        && let Some(result) = begun.attempt(&loaded, &mut request, Instant::now())
    {
        drop(place);
        // A task that only calls would keep its executor.
        consume_budget().await;
        return result;
    }
    // Before a thread has the module.
    let looks = loaded.is_short() && shared.threads.spin().looks();
    let (reply, answer) = oneshot::channel();
    let running = Arc::new(Running::new(place, reply, Arc::clone(&shared.threads), begun.span.clone()));
    let current = Current { stop: Arc::clone(stop), tokio: tokio.clone() };
    let on_thread = Arc::clone(&running);
    let piece = move || {
        let (result, used) = on_thread.span.in_scope(|| {
            let stop = Arc::clone(&current.stop);
            current.run(|| work(&loaded, request, &stop))
        });
        on_thread.finish(result, used);
    };
    let submitted = shared.threads.submit(Box::new(piece), if looks { Wake::Later } else { Wake::Now });
    submitted.map_err(|error| ErrorKind::NoThread { reason: error.to_string() })?;
    Waiting { answer: Some(answer), running, stop: Arc::clone(stop), tokio, grace }
        .wait(limit, looks.then_some(&shared.threads))
        .await
}

/// A call that a thread has, and its caller, who waits for it.
struct Waiting<T: Send + 'static> {
    /// `None` when it is there, or is not waited for any more.
    answer: Option<oneshot::Receiver<Result<T, ErrorKind>>>,
    running: Arc<Running<T>>,
    stop: Arc<Stop>,
    tokio: Handle,
    grace: Duration,
}

impl<T: Send + 'static> Waiting<T> {
    /// Waits for the result, and looks for it before if the work was handed over so that no thread was woken.
    async fn wait(mut self, limit: Duration, looks: Option<&Threads>) -> Result<T, ErrorKind> {
        let began = Instant::now();
        let Some(answer) = self.answer.as_mut() else { return Err(ErrorKind::Cancelled) };
        if let Some(threads) = looks {
            let found = threads.spin().until(WAKE_AFTER, || answer.try_recv().ok()).or_else(|| {
                threads.wake();
                threads.spin().until(limit, || answer.try_recv().ok())
            });
            if let Some(result) = found {
                return self.ended(Ok(result));
            }
        }
        let told = match timeout(limit, race(&mut *answer, self.stop.told())).await {
            Ok(First::One(result)) => return self.ended(result),
            Ok(First::Other(_)) => ErrorKind::Cancelled,
            Err(_) => {
                let elapsed = began.elapsed();
                self.stop.stop(Reason::Timeout { limit, elapsed });
                ErrorKind::Timeout { limit, elapsed }
            }
        };
        if let Ok(result) = timeout(self.grace, answer).await {
            return self.ended(result);
        }
        self.answer = None;
        self.running.abandon();
        Err(told)
    }

    fn ended(
        &mut self,
        result: Result<Result<T, ErrorKind>, oneshot::error::RecvError>,
    ) -> Result<T, ErrorKind> {
        self.answer = None;
        // Whoever ends a call answers, except when nobody waits.
        result.unwrap_or(Err(ErrorKind::Cancelled))
    }
}

impl<T: Send + 'static> Drop for Waiting<T> {
    /// Nobody waits any more: the call is to end, and is given up if it does not.
    fn drop(&mut self) {
        let Some(mut answer) = self.answer.take() else { return };
        if answer.try_recv().is_ok() {
            return;
        }
        self.stop.stop(Reason::Dropped);
        let (running, grace) = (Arc::clone(&self.running), self.grace);
        self.tokio.spawn(async move {
            if timeout(grace, answer).await.is_err() {
                running.abandon();
            }
        });
    }
}

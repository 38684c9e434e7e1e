//! Loading a module, on a thread of its own.

use crate::call::Shared;
use crate::config::{ModuleConfig, WasmConfig};
use crate::current::Current;
use crate::error::{ErrorKind, RuntimeError};
use crate::host::{HostFunctions, Offered};
use crate::module::Loaded;
use crate::spin::Spin;
use crate::stop::{Reason, Stop};
use crate::threads::{Threads, Wake};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

/// What loads modules.
pub(crate) struct Loader {
    pub(crate) config: WasmConfig,
    offered: Arc<Offered>,
    threads: Threads,
    /// A permit for each compilation that may run at once.
    places: Arc<Semaphore>,
    abandoned: Arc<AtomicUsize>,
}

type Built = Result<Loaded, RuntimeError>;

impl Loader {
    pub(crate) fn new(config: WasmConfig, functions: HostFunctions) -> Self {
        Self {
            offered: Arc::new(functions.into_offered()),
            threads: Threads::new("aingle-load", config.max_compilations, Spin::new(Duration::ZERO)),
            places: Arc::new(Semaphore::new(config.max_compilations.min(Semaphore::MAX_PERMITS))),
            abandoned: Arc::default(),
            config,
        }
    }

    /// How many compilations go on whose results nobody wants.
    pub(crate) fn abandoned(&self) -> usize {
        self.abandoned.load(SeqCst)
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads.count()
    }

    /// Compiles a module and makes its first instance. Dropped before it is ready, it ends the start function; a
    /// compilation goes on until it is done, and its result is dropped.
    pub(crate) async fn load(&self, name: &str, wasm: &[u8], config: &ModuleConfig) -> Built {
        let own = config.clone();
        let config = self.config.of_module(&own);
        config.check()?;
        let tokio = Handle::try_current().map_err(|_| ErrorKind::NoTokio)?;
        // Never closed.
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| ErrorKind::Cancelled)?;
        let (limit, began, stop) = (config.max_compile_time, Instant::now(), Arc::new(Stop::default()));
        let current = Current { stop: Arc::clone(&stop), tokio };
        let (reply, answer) = oneshot::channel();
        let (name, wasm, offered) = (name.to_owned(), wasm.to_vec(), Arc::clone(&self.offered));
        let on_thread = Arc::clone(&stop);
        let build = move || current.run(|| Loaded::new(&name, &wasm, config, own, &offered, &on_thread));
        let abandoned = Arc::clone(&self.abandoned);
        let piece = move || {
            let built = catch_unwind(AssertUnwindSafe(build)).unwrap_or_else(|_| Err(panicked().into()));
            drop(place);
            // Nobody waits any more: `Waiting` has counted it.
            if let Err(unwanted) = reply.send(built) {
                drop(unwanted);
                abandoned.fetch_sub(1, SeqCst);
            }
        };
        let submitted = self.threads.submit(Box::new(piece), Wake::Now);
        submitted.map_err(|error| ErrorKind::NoThread { reason: error.to_string() })?;
        let mut waiting = Waiting { answer: Some(answer), stop, abandoned: &self.abandoned };
        match timeout(limit, waiting.built()).await {
            Ok(built) => built,
            Err(_) => {
                waiting.stop.stop(Reason::Timeout { limit, elapsed: began.elapsed() });
                Err(ErrorKind::CompileTimeout { limit }.into())
            }
        }
    }
}

fn panicked() -> ErrorKind {
    ErrorKind::HostPanic { message: "while the module was loaded".into() }
}

/// One who waits for a module.
struct Waiting<'l> {
    answer: Option<oneshot::Receiver<Built>>,
    stop: Arc<Stop>,
    abandoned: &'l AtomicUsize,
}

impl Waiting<'_> {
    async fn built(&mut self) -> Built {
        let Some(answer) = self.answer.as_mut() else { return Err(ErrorKind::Cancelled.into()) };
        let built = answer.await;
        self.answer = None;
        built.unwrap_or_else(|_| Err(ErrorKind::Cancelled.into()))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Some(mut answer) = self.answer.take() else { return };
        self.stop.stop(Reason::Dropped);
        // Counted first: the thread takes it back when it cannot send.
        self.abandoned.fetch_add(1, SeqCst);
        answer.close();
        if answer.try_recv().is_ok() {
            self.abandoned.fetch_sub(1, SeqCst);
        }
    }
}

/// Loads a module that has a name of its own.
pub(crate) async fn load(
    loader: &Loader,
    shared: &Shared,
    name: &str,
    wasm: &[u8],
    config: &ModuleConfig,
) -> Result<(), RuntimeError> {
    shared.registry.check_free(name)?;
    shared.registry.insert(loader.load(name, wasm, config).await?)
}

//! Programs, from bytes to their end.

mod calls;

use crate::compile::{compile, compile_cached};
use crate::compiled::Compiled;
use crate::component::{self, Joined};
use crate::ended::chain;
use crate::error::{Error, ErrorKind};
use crate::grants::Grants;
use crate::handler::{Handler, Room, is_handler};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::missing::Missing;
use crate::options::RunOptions;
use crate::raw::CodeStore;
use crate::run::{Finished, finish, on_free_thread, store};
use crate::state::State;
use crate::usage::{Exit, Usage};
use crate::{context, preview1};
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;
use wasmtime::component::Component;
use wasmtime::{InstancePre, Module, Store};
use wasmtime_wasi::WasiView;

/// Compiled program, which can be run any number of times, also at once by several threads. Runs share nothing.
pub struct Program {
    limits: Limits,
    kind: Kind,
}

/// What was compiled, and what is made of it when it is first needed.
enum Kind {
    Core { module: Module, prepared: OnceLock<InstancePre<preview1::State>> },
    Component { component: Box<Component>, prepared: OnceLock<Joined> },
}

impl Program {
    /// Compiles a core module of preview 1 or a component that can be run. Does not start it.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`], [`ErrorKind::ModuleSize`], [`ErrorKind::FunctionSize`], [`ErrorKind::CompileTime`], or
    /// [`ErrorKind::NoEntry`] for a program without `_start` or `wasi:cli/run`.
    pub fn compile(wasm: &[u8], limits: &Limits) -> Result<Self, Error> {
        let program = Self::compile_library(wasm, limits)?;
        program.check_entry()?;
        Ok(program)
    }

    /// Compiles as [`Program::compile`] does, also what has no entry: a core module whose functions are called by
    /// [`Program::call`], also named reactor.
    ///
    /// # Errors
    /// As [`Program::compile`], without [`ErrorKind::NoEntry`].
    pub fn compile_library(wasm: &[u8], limits: &Limits) -> Result<Self, Error> {
        Self::new(compile(wasm, limits)?, limits)
    }

    /// Takes the machine code from a store if it is there, and else compiles as [`Program::compile_library`] does and keeps it.
    /// Returns whether it was there.
    ///
    /// # Errors
    /// As [`Program::compile_library`].
    pub fn compile_cached(
        wasm: &[u8],
        limits: &Limits,
        store: &impl CodeStore,
    ) -> Result<(Self, bool), Error> {
        let (compiled, hit) = compile_cached(wasm, limits, store)?;
        Ok((Self::new(compiled, limits)?, hit))
    }

    fn new(compiled: Compiled, limits: &Limits) -> Result<Self, Error> {
        let kind = match compiled {
            Compiled::Core(module) => {
                preview1::check_initialize(&module)?;
                Kind::Core { module, prepared: OnceLock::new() }
            }
            Compiled::Component(component) => Kind::Component { component, prepared: OnceLock::new() },
        };
        Ok(Self { kind, limits: limits.clone() })
    }

    /// Returns the program with another [`Limits::timeout`] for its runs.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Returns whether it can be run: it has `_start`, or is a component with `wasi:cli/run`.
    #[must_use]
    pub fn has_entry(&self) -> bool {
        match &self.kind {
            Kind::Core { module, .. } => preview1::has_entry(module),
            Kind::Component { component, .. } => component::has_entry(component),
        }
    }

    /// Returns whether it is a component that answers HTTP requests.
    #[must_use]
    pub fn is_handler(&self) -> bool {
        matches!(&self.kind, Kind::Component { component, .. } if is_handler(component))
    }

    /// Returns the component as what answers HTTP requests, with these grants. Does not start it.
    ///
    /// # Errors
    /// [`ErrorKind::NoEntry`] if it exports neither `wasi:http/incoming-handler` of WASI 0.2 nor `wasi:http/handler` of 0.3,
    /// [`ErrorKind::Missing`], [`ErrorKind::Grant`], [`ErrorKind::Io`], or [`ErrorKind::Invalid`] if imports have other types.
    pub fn handler(&self, grants: &Grants, room: Room) -> Result<Handler, Error> {
        match &self.kind {
            Kind::Component { component, .. } => Handler::new(component, &self.limits, grants, room),
            Kind::Core { .. } => Err(ErrorKind::NoEntry { expected: "wasi:http/incoming-handler" }.into()),
        }
    }

    /// Returns the component, if it is one.
    #[must_use]
    pub fn component(&self) -> Option<&Component> {
        match &self.kind {
            Kind::Core { .. } => None,
            Kind::Component { component, .. } => Some(component),
        }
    }

    /// Returns the minor version of WASI whose function of a component is run: 2 is 0.2, 3 is 0.3. `None` for core modules, and
    /// components without one.
    #[must_use]
    pub fn component_version(&self) -> Option<u32> {
        match &self.kind {
            Kind::Core { .. } => None,
            Kind::Component { component, .. } => component::entry(component),
        }
    }

    /// Returns whether it can be run, as an error if not.
    ///
    /// # Errors
    /// [`ErrorKind::NoEntry`].
    pub fn check_entry(&self) -> Result<(), Error> {
        let expected = match &self.kind {
            Kind::Core { .. } => preview1::ENTRY,
            Kind::Component { .. } => component::ENTRY,
        };
        if self.has_entry() { Ok(()) } else { Err(ErrorKind::NoEntry { expected }.into()) }
    }

    /// Returns the names of the imports: `wasi_snapshot_preview1.fd_write`, or `wasi:cli/stdout@0.2.6`.
    #[must_use]
    pub fn imports(&self) -> Vec<String> {
        match &self.kind {
            Kind::Core { module, .. } => {
                module.imports().map(|import| format!("{}.{}", import.module(), import.name())).collect()
            }
            Kind::Component { component, .. } => component::imports(component),
        }
    }

    /// Returns the imports that these grants do not allow. Does not start the program. Empty if it can be run.
    #[must_use]
    pub fn missing(&self, grants: &Grants) -> Vec<Missing> {
        match &self.kind {
            // What can be joined with the host functions lacks none.
            Kind::Core { module, prepared } => match get_or_prepare(prepared, || preview1::prepare(module)) {
                Ok(_) => Vec::new(),
                Err(_) => preview1::missing(module),
            },
            Kind::Component { component, .. } => component::missing(component, grants),
        }
    }

    /// Runs the program from its start to its end. Blocks the thread up to [`Limits::timeout`]; it may be one of an
    /// asynchronous runtime.
    ///
    /// # Errors
    /// Before anything of the program runs: [`ErrorKind::NoEntry`], [`ErrorKind::Missing`], [`ErrorKind::Grant`],
    /// [`ErrorKind::Io`]. Later, with what was used: why it was stopped.
    pub fn run(&self, grants: &Grants) -> Result<Exit, Error> {
        self.run_with(grants, &RunOptions::default())
    }

    /// Runs the program as [`Program::run`] does, with limits of its own, and a handle that ends it.
    ///
    /// # Errors
    /// As [`Program::run`], and [`ErrorKind::Cancelled`].
    pub fn run_with(&self, grants: &Grants, options: &RunOptions) -> Result<Exit, Error> {
        self.check_entry()?;
        let (finished, usage) = match &self.kind {
            Kind::Core { .. } => {
                self.in_core(grants, options, async |pre, store| preview1::run(pre, store).await)?
            }
            Kind::Component { .. } => {
                self.in_component(grants, options, async |joined, store| joined.run(store).await)?
            }
        };
        let (Finished::Returned(status) | Finished::Exited(status)) = finished;
        Ok(Exit { status, usage })
    }

    /// Instantiates the program: runs its start functions, and the constructors of a library, and nothing else. So it is known
    /// that it can be run. Blocks as [`Program::run`] does.
    ///
    /// # Errors
    /// As [`Program::run_with`], and [`ErrorKind::Exited`].
    pub fn start(&self, grants: &Grants, options: &RunOptions) -> Result<Usage, Error> {
        let (finished, usage) = match &self.kind {
            Kind::Core { .. } => {
                self.in_core(grants, options, async |pre, store| preview1::start(pre, store).await)?
            }
            Kind::Component { .. } => {
                self.in_component(grants, options, async |joined, store| joined.start(store).await)?
            }
        };
        returned(finished, usage).map(|()| usage)
    }

    /// Runs something of a core module.
    fn in_core<R: Send>(
        &self,
        grants: &Grants,
        options: &RunOptions,
        guest: impl AsyncFnOnce(&InstancePre<preview1::State>, &mut Store<preview1::State>) -> wasmtime::Result<R>
        + Send,
    ) -> Result<(Finished<R>, Usage), Error> {
        self.check(grants)?;
        let Kind::Core { module, prepared } = &self.kind else {
            return Err(ErrorKind::NoEntry { expected: component::ENTRY }.into());
        };
        let prepared = get_or_prepare(prepared, || preview1::prepare(module))?;
        let limits = options.limits(&self.limits);
        let mut wasi = context::build(grants, &limits)?.build_p1();
        wasi.ctx().table.set_max_capacity(limits.handles as usize);
        let state = preview1::State { wasi, meter: Meter::new(&limits) };
        let mut store = store(module.engine(), state, &limits, |state| &mut state.meter)?;
        let guest = async |store: &mut _| guest(prepared, store).await;
        on_free_thread(|| finish(&mut store, &limits, &options.cancel, |state| &state.meter, guest))
    }

    /// Runs something of a component.
    fn in_component<R: Send>(
        &self,
        grants: &Grants,
        options: &RunOptions,
        guest: impl AsyncFnOnce(&Joined, &mut Store<State>) -> wasmtime::Result<R> + Send,
    ) -> Result<(Finished<R>, Usage), Error> {
        self.check(grants)?;
        let Kind::Component { component, prepared, .. } = &self.kind else {
            return Err(ErrorKind::NoEntry { expected: preview1::ENTRY }.into());
        };
        let prepared = get_or_prepare(prepared, || Joined::new(component))?;
        let limits = options.limits(&self.limits);
        let wasi = context::build(grants, &limits)?.build();
        let state = State::new(wasi, grants, &limits);
        let mut store = store(component.engine(), state, &limits, |state| &mut state.meter)?;
        let guest = async |store: &mut _| guest(prepared, store).await;
        on_free_thread(|| finish(&mut store, &limits, &options.cancel, |state| &state.meter, guest))
    }

    fn check(&self, grants: &Grants) -> Result<(), Error> {
        let missing = self.missing(grants);
        if missing.is_empty() { Ok(()) } else { Err(ErrorKind::Missing(missing).into()) }
    }
}

/// Returns the error of imports that are there, but are of another type.
fn unfit(error: &wasmtime::Error) -> Error {
    ErrorKind::Invalid { reason: chain(error) }.into()
}

/// Returns what is prepared, and prepares it if nobody has.
fn get_or_prepare<T>(
    prepared: &OnceLock<T>,
    prepare: impl FnOnce() -> wasmtime::Result<T>,
) -> Result<&T, Error> {
    if let Some(prepared) = prepared.get() {
        return Ok(prepared);
    }
    let new = prepare().map_err(|error| unfit(&error))?;
    Ok(prepared.get_or_init(|| new))
}

/// Returns what a function returned that has not exited.
fn returned<R>(finished: Finished<R>, usage: Usage) -> Result<R, Error> {
    match finished {
        Finished::Returned(returned) => Ok(returned),
        Finished::Exited(status) => Err(Error::from(ErrorKind::Exited { status }).after(usage)),
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("limits", &self.limits).finish_non_exhaustive()
    }
}

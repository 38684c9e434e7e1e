//! Programs, from bytes to their end.

use crate::compile::{Compiled, compile};
use crate::ended::chain;
use crate::error::{Error, ErrorKind};
use crate::grants::Grants;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::missing::Missing;
use crate::run::{finish, on_own_thread, store};
use crate::state::State;
use crate::usage::Exit;
use crate::{component, context, preview1};
use std::fmt;
use std::time::Duration;
use wasmtime::component::{Component, ResourceTable};
use wasmtime::{ExternType, Module};
use wasmtime_wasi::WasiView;

/// Compiled program, which can be run any number of times, also at once by several threads. Runs share nothing.
pub struct Program {
    compiled: Compiled,
    limits: Limits,
}

impl Program {
    /// Compiles a core module of preview 1 or a component. Does not start it.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`], [`ErrorKind::ModuleSize`], [`ErrorKind::FunctionSize`], [`ErrorKind::CompileTime`], or
    /// [`ErrorKind::NoEntry`] for a program without `_start` or `wasi:cli/run`.
    pub fn compile(wasm: &[u8], limits: &Limits) -> Result<Self, Error> {
        let compiled = compile(wasm, limits)?;
        let missing = match &compiled {
            Compiled::Core(module) if !has_entry(module) => Some(preview1::ENTRY),
            Compiled::Component(component) if !component::has_entry(component) => Some(component::ENTRY),
            _ => None,
        };
        match missing {
            Some(expected) => Err(ErrorKind::NoEntry { expected }.into()),
            None => Ok(Self { compiled, limits: limits.clone() }),
        }
    }

    /// Returns the program with another [`Limits::timeout`] for its runs.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Returns the imports that these grants do not allow. Does not start the program. Empty if it can be run.
    #[must_use]
    pub fn missing(&self, grants: &Grants) -> Vec<Missing> {
        match &self.compiled {
            Compiled::Core(module) => preview1::missing(module),
            Compiled::Component(component) => component::missing(component, grants),
        }
    }

    /// Runs the program from its start to its end. Blocks the thread up to [`Limits::timeout`]; it may be one of an
    /// asynchronous runtime.
    ///
    /// # Errors
    /// Before anything of the program runs: [`ErrorKind::Missing`], [`ErrorKind::Grant`], [`ErrorKind::Io`]. Later, with
    /// what was used: why it was stopped.
    pub fn run(&self, grants: &Grants) -> Result<Exit, Error> {
        let missing = self.missing(grants);
        if !missing.is_empty() {
            return Err(ErrorKind::Missing(missing).into());
        }
        match &self.compiled {
            Compiled::Core(module) => self.run_core(module, grants),
            Compiled::Component(component) => self.run_component(component, grants),
        }
    }

    fn run_core(&self, module: &Module, grants: &Grants) -> Result<Exit, Error> {
        let prepared = preview1::prepare(module).map_err(|error| unfit(&error))?;
        let mut wasi = context::build(grants, &self.limits)?.build_p1();
        wasi.ctx().table.set_max_capacity(self.limits.handles as usize);
        let state = preview1::State { wasi, meter: Meter::new(&self.limits) };
        let mut store = store(module.engine(), state, &self.limits, |state| &mut state.meter)?;
        let guest = async |store: &mut _| preview1::run(&prepared, store).await;
        on_own_thread(|| finish(&mut store, &self.limits, |state| &state.meter, guest))
    }

    fn run_component(&self, component: &Component, grants: &Grants) -> Result<Exit, Error> {
        let command = component::prepare(component).map_err(|error| unfit(&error))?;
        let wasi = context::build(grants, &self.limits)?.build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(self.limits.handles as usize);
        let state = State { wasi, table, net: grants.net.clone(), meter: Meter::new(&self.limits) };
        let mut store = store(component.engine(), state, &self.limits, |state| &mut state.meter)?;
        let guest = async |store: &mut _| component::run(&command, store).await;
        on_own_thread(|| finish(&mut store, &self.limits, |state| &state.meter, guest))
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn has_entry(module: &Module) -> bool {
    match module.get_export(preview1::ENTRY) {
        Some(ExternType::Func(ty)) => ty.params().len() == 0 && ty.results().len() == 0,
        _ => false,
    }
}

/// Returns the error of imports that are there, but are of another type.
fn unfit(error: &wasmtime::Error) -> Error {
    ErrorKind::Invalid { reason: chain(error) }.into()
}

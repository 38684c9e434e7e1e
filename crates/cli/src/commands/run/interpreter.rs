//! Calls on the engines of devices.

use super::log::log;
use super::request::{Answer, Call, Ran, Request, Stopped};
use super::stopped::{TRUST, loaded, of_device};
use super::worker::Clock;
use crate::engines::ENGINES;
use crate::failure::{Failure, Kind, Outcome};
use crate::run_args::{EngineName, RunArgs};
use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config, Wasm3Stopper};
use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
use aingle_wasm_host_embedded::{
    Backend, Budget, Config, EngineInstance, Error, Host, HostFunctions, LoadError, Plain, Runtime,
};
use aingle_wasm_metering::{Meter, MeterError, bind};
use aingle_wasm_module::Module;
use aingle_wasm_types::{Number, NumberType, names};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use wasmparser::{Parser, Payload};

/// The stack of an engine's own, and that of the thread which wasm3 may use: enough for every depth that is permitted.
const STACK: u32 = 4 << 20;
const NATIVE_STACK: u32 = 32 << 20;
/// How often wasm3 is looked at.
const TICK: Duration = Duration::from_millis(1);

/// Calls a function in an engine of devices, with limits that are put into the module.
pub fn call(args: &RunArgs, wasm: &[u8], call: &Call, clock: &Clock) -> Outcome<Ran> {
    let preparing = Instant::now();
    let limited = prepared(args, wasm, call)?;
    let session = Session { args, module: wasm, wasm: &limited, call, clock, preparing };
    let (fuel, depth_limit, memory_limit) = (Some(args.fuel), args.depth, args.memory);
    let (trust_carried_limits, table_limit, stack_size) = (true, args.max_table, STACK as usize);
    match args.engine {
        EngineName::Wasmi => {
            let recursion_limit = stack_size / 256;
            session.run(
                Wasmi::new(WasmiConfig {
                    memory_limit,
                    stack_size,
                    recursion_limit,
                    table_limit,
                    fuel,
                    trust_carried_limits,
                    depth_limit,
                    interruptible: true,
                    ..Default::default()
                }),
                |_| None,
            )
        }
        EngineName::Spacewasm => session.run(
            Spacewasm::new(SpacewasmConfig {
                memory_limit,
                stack_size,
                table_limit,
                fuel,
                trust_carried_limits,
                depth_limit,
                engine_fuel: None,
            }),
            |_| None,
        ),
        _ => session.run(
            Wasm3::new(Wasm3Config {
                stack_size: STACK,
                native_stack: NATIVE_STACK,
                memory_limit,
                table_limit,
                fuel,
                trust_carried_limits,
                depth_limit,
            }),
            |instance| Some(instance.stopper()),
        ),
    }
}

/// The module with limits in it, and, if it is no guest, with the call as an entry point.
fn prepared(args: &RunArgs, wasm: &[u8], call: &Call) -> Outcome<Vec<u8>> {
    check_tables(wasm, args.max_table)?;
    let input = |error: MeterError| {
        let failure = Failure::new(Kind::Input, &error);
        if error == MeterError::AlreadyMetered { failure.with_advice(TRUST) } else { failure }
    };
    let wasm = match Meter::default().interruptible().instrument(wasm) {
        Err(MeterError::AlreadyMetered) if args.trust_limits => wasm.to_vec(),
        limited => limited.map_err(input)?,
    };
    match &call.request {
        Request::Bytes(_) => Ok(wasm),
        Request::Numbers(numbers) => bind(&wasm, &call.name, numbers).map_err(input),
    }
}

/// Refuses tables that begin beyond the limit. wasm3 itself looks at what is put into a table only.
fn check_tables(wasm: &[u8], limit: u32) -> Outcome<()> {
    let sections = Parser::new(0).parse_all(wasm).filter_map(Result::ok);
    let tables = sections.filter_map(|payload| match payload {
        Payload::TableSection(tables) => Some(tables),
        _ => None,
    });
    let needed: u64 = tables.flatten().flatten().map(|table| table.ty.initial).sum();
    if needed <= u64::from(limit) {
        return Ok(());
    }
    let message = format!("table limit too low: limit {limit} elements, the module needs {needed}");
    Err(Failure::new(Kind::Memory, message).with_fact("limit", limit).with_fact("needed", needed))
}

struct Session<'a> {
    args: &'a RunArgs,
    /// The module as the user has it.
    module: &'a [u8],
    /// The module that is run.
    wasm: &'a [u8],
    call: &'a Call,
    clock: &'a Clock,
    preparing: Instant,
}

impl<'a> Session<'a> {
    fn run<B: Backend>(
        &self,
        backend: B,
        stopper: impl FnOnce(&mut B::Instance<'a, ()>) -> Option<Wasm3Stopper>,
    ) -> Outcome<Ran> {
        match &self.call.request {
            Request::Bytes(request) => self.guest(backend, request, stopper),
            Request::Numbers(_) => self.plain(backend, stopper),
        }
    }

    fn guest<B: Backend>(
        &self,
        backend: B,
        request: &[u8],
        stopper: impl FnOnce(&mut B::Instance<'a, ()>) -> Option<Wasm3Stopper>,
    ) -> Outcome<Ran> {
        let runtime = Runtime::with_config(backend, self.wasm, (), Config::default());
        let mut runtime = runtime.map_err(|error| self.not_loaded(error))?;
        runtime.on_log(|(), level, text| log(level, text)).map_err(|error| loaded(&error))?;
        runtime.set_clock(clock).map_err(|error| loaded(&error.into()))?;
        runtime.set_budget(self.budget(runtime.budget())?).map_err(|error| loaded(&error.into()))?;
        let compiled = self.preparing.elapsed();
        let poller = stopper(runtime.engine_mut()).map(Poller::new);
        let calling = Instant::now();
        let reply = runtime.call_owned(&self.call.name, request);
        let called = calling.elapsed();
        drop(poller);
        let reply = reply.map(Answer::Bytes).map_err(|error| of_device(&error, runtime.error_body()));
        let memory = runtime.engine_mut().memory().len() as u64;
        Ok(self.ran(reply, runtime.fuel_used(), memory, compiled, called))
    }

    fn plain<B: Backend>(
        &self,
        backend: B,
        stopper: impl FnOnce(&mut B::Instance<'a, ()>) -> Option<Wasm3Stopper>,
    ) -> Outcome<Ran> {
        let refused = |error: Error| self.not_loaded(error);
        let instance = backend.load(self.wasm, Host::new((), HostFunctions::new())).map_err(refused)?;
        let mut plain = Plain::new(instance).map_err(refused)?;
        if let Some(watch) = plain.engine_mut().watch() {
            watch.set_clock(clock);
        }
        plain.set_budget(self.budget(plain.budget())?).map_err(|error| refused(error.into()))?;
        let compiled = self.preparing.elapsed();
        let poller = stopper(plain.engine_mut()).map(Poller::new);
        let calling = Instant::now();
        let bits = plain.call_entry(names::BOUND);
        let called = calling.elapsed();
        drop(poller);
        let answer = bits.map(|bits| Answer::Numbers(self.numbers(bits)));
        let answer = answer.map_err(|error| of_device(&error, b""));
        let memory = plain.engine_mut().memory().len() as u64;
        Ok(self.ran(answer, plain.fuel_used(), memory, compiled, called))
    }

    /// The failure of a module that the engine refused. What it lacks is at another place of the user's module.
    fn not_loaded(&self, error: Error) -> Failure {
        let engine = ENGINES.iter().find(|engine| engine.name == self.args.engine.name());
        let place = engine.and_then(|engine| engine.foreign_feature(self.module));
        loaded(&match (error, place) {
            (Error::Load(LoadError::Unsupported { feature, .. }), Some(offset)) => {
                LoadError::Unsupported { feature, offset: u32::try_from(offset).unwrap_or(u32::MAX) }.into()
            }
            (error, _) => error,
        })
    }

    /// The result of the function that was bound.
    fn numbers(&self, bits: u64) -> Vec<Number> {
        let module = Module::parsed(self.wasm);
        let export = module.exports().find(|export| export.name == self.call.name);
        let ty = export.and_then(|export| module.function_type(export.function));
        let results = ty.map(|(_, results)| results).unwrap_or_default();
        results
            .iter()
            .filter_map(|byte| NumberType::from_byte(*byte))
            .map(|ty| Number::from_bits(ty, bits))
            .collect()
    }

    /// Returns the budget of the call, with the time that loading left.
    fn budget(&self, budget: Budget) -> Outcome<Budget> {
        Ok(Budget { fuel: Some(self.args.fuel), deadline: Some(self.clock.left()?), ..budget })
    }

    fn ran(
        &self,
        answer: Result<Answer, Stopped>,
        fuel_used: Option<u64>,
        memory: u64,
        compiled: Duration,
        called: Duration,
    ) -> Ran {
        Ran { answer, fuel_used, memory, compiled, called, profile: None, cache_hit: None }
    }
}

/// Microseconds since the program began to use the clock.
fn clock() -> u64 {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(BEGAN.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// A thread that looks after the deadline of wasm3's calls until it is dropped.
struct Poller {
    ended: std::sync::Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Poller {
    fn new(mut stopper: Wasm3Stopper) -> Self {
        let ended = std::sync::Arc::new(AtomicBool::new(false));
        let seen = std::sync::Arc::clone(&ended);
        let thread = thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                stopper.poll();
                thread::sleep(TICK);
            }
        });
        Self { ended, thread: Some(thread) }
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

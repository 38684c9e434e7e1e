//! Programs of WASI, which run on Wasmtime.

use super::command::{START, ended};
use super::fault::Fault;
use super::payload::Payload;
use crate::config::WasmConfig;
use crate::error::{ErrorKind, RuntimeError};
use crate::stop::{Guest, Stop};
use aingle_wasm_components::{CallError, Exports};
use aingle_wasm_host::Number;
use aingle_wasm_types::metering::MAX_FUEL;
use aingle_wasm_values::Function;
use aingle_wasm_wasi::{
    Cancel, Capture, Error, Grants, Limits, Output, Program, Returned, RunOptions, Usage, Value,
};
use std::time::Duration;

/// A program that is compiled, and what its runs are granted. Each call has a new instance.
pub(crate) struct WasiPool {
    program: Program,
    exports: Exports,
    grants: Grants,
    max_output: usize,
}

/// A run of a call.
pub(crate) struct WasiTaken<'p> {
    pool: &'p WasiPool,
    options: RunOptions,
    usage: Option<Usage>,
}

impl WasiPool {
    /// Compiles a program, and makes an instance, which shows that all that it imports is granted. Blocks.
    pub(crate) fn new(
        name: &str,
        wasm: &[u8],
        config: &WasmConfig,
        stop: &Stop,
    ) -> Result<Self, RuntimeError> {
        let compiled = Program::compile_library(wasm, &limits(config));
        let program = compiled.map_err(|error| ErrorKind::of_wasi(error, None))?;
        let grants = Grants { args: vec![name.into()], ..config.wasi.clone() };
        let exports = Exports::of(&program);
        let pool = Self { program, exports, grants, max_output: config.max_output_bytes };
        let run = pool.take(|guest| stop.begin(guest));
        let (grants, _, stderr) = run.grants(&[]);
        let started = pool.program.start(&grants, &run.options);
        started.map_err(|error| ErrorKind::of_wasi_run(error, &stderr.contents(), stop.reason()))?;
        Ok(pool)
    }

    /// The functions of a component that can be called.
    pub(crate) fn functions(&self) -> Vec<Function> {
        self.exports.functions().callable
    }

    /// Returns why a function of a component cannot be called.
    pub(crate) fn refused(&self, name: &str) -> Option<ErrorKind> {
        self.exports.refused(name).cloned().map(ErrorKind::Uncallable)
    }

    pub(crate) fn is_command(&self) -> bool {
        self.program.has_entry()
    }

    /// What it imports, in words.
    pub(crate) fn imports(&self) -> Vec<String> {
        self.program.imports()
    }

    /// Begins a run, and shows `begin` what cancels it.
    pub(crate) fn take(&self, begin: impl FnOnce(Guest)) -> WasiTaken<'_> {
        let cancel = Cancel::new();
        begin(Guest::Wasi(cancel.clone()));
        WasiTaken { pool: self, options: RunOptions { cancel, ..RunOptions::default() }, usage: None }
    }
}

/// Fuel is always counted, so that one call can have a limit of its own.
fn limits(config: &WasmConfig) -> Limits {
    Limits {
        fuel: Some(config.fuel_limit.unwrap_or(MAX_FUEL)),
        memory: config.max_memory_bytes,
        timeout: Some(config.max_execution_time),
        // Who loads it waits no longer than this.
        compile_time: None,
        ..Limits::default()
    }
}

impl WasiTaken<'_> {
    pub(crate) fn limit(&mut self, fuel: Option<u64>, time: Option<Duration>) {
        self.options.fuel = fuel;
        self.options.timeout = time;
    }

    pub(crate) fn call(&mut self, name: &str, payload: &Payload) -> Result<Payload, Fault> {
        match payload {
            Payload::Texts(arguments) if name == START => self.run(arguments).map(Payload::Json),
            Payload::Bytes(arguments) => self.call_bytes(name, arguments).map(Payload::Bytes),
            _ => self.call_numbers(name, payload.numbers()).map(Payload::Numbers),
        }
    }

    /// What a run is granted with these arguments, and where its outputs go.
    fn grants(&self, arguments: &[String]) -> (Grants, Capture, Capture) {
        let capture = || Capture::new(self.pool.max_output);
        let (stdout, stderr) = (capture(), capture());
        let mut grants = Grants {
            stdout: Output::Capture(stdout.clone()),
            stderr: Output::Capture(stderr.clone()),
            ..self.pool.grants.clone()
        };
        grants.args.extend_from_slice(arguments);
        (grants, stdout, stderr)
    }

    fn run(&mut self, arguments: &[String]) -> Result<String, Fault> {
        let (grants, stdout, stderr) = self.grants(arguments);
        let ran = self.pool.program.run_with(&grants, &self.options);
        self.usage = ran.as_ref().map_or_else(Error::usage, |exit| Some(exit.usage));
        let stderr = stderr.contents();
        match ran {
            Ok(exit) => Ok(ended(exit.status, &stdout.contents(), &stderr)),
            Err(error) => Err(Fault::Wasi { error, stderr }),
        }
    }

    fn call_numbers(&mut self, name: &str, numbers: &[Number]) -> Result<Vec<Number>, Fault> {
        let args: Vec<Value> = numbers.iter().map(|number| value(*number)).collect();
        let (grants, _, stderr) = self.grants(&[]);
        let grants = Grants { stdout: Output::Discard, ..grants };
        let called = self.pool.program.call(name, &args, &grants, &self.options);
        self.usage = called.as_ref().map_or_else(Error::usage, |returned| Some(returned.usage));
        match called {
            Ok(Returned { results, .. }) => Ok(results.into_iter().map(number).collect()),
            Err(error) => Err(Fault::Wasi { error, stderr: stderr.contents() }),
        }
    }

    fn call_bytes(&mut self, name: &str, arguments: &[u8]) -> Result<Vec<u8>, Fault> {
        let (grants, _, stderr) = self.grants(&[]);
        let grants = Grants { stdout: Output::Discard, ..grants };
        let WasiPool { program, exports, .. } = self.pool;
        match exports.call(program, name, arguments, &grants, &self.options) {
            Ok(returned) => {
                self.usage = Some(returned.usage);
                Ok(returned.result)
            }
            Err(CallError::Run(error)) => {
                self.usage = error.usage();
                Err(Fault::Wasi { error, stderr: stderr.contents() })
            }
            Err(CallError::Uncallable(refused)) => Err(Fault::Uncallable(refused)),
        }
    }

    pub(crate) fn fuel_used(&self) -> Option<u64> {
        self.usage?.fuel
    }

    /// The most memory that it had, in bytes.
    pub(crate) fn memory_size(&self) -> u64 {
        self.usage.map_or(0, |usage| usage.peak_memory)
    }
}

fn value(number: Number) -> Value {
    match number {
        Number::I32(value) => Value::I32(value),
        Number::I64(value) => Value::I64(value),
        Number::F32(value) => Value::F32(value),
        Number::F64(value) => Value::F64(value),
    }
}

fn number(value: Value) -> Number {
    match value {
        Value::I32(value) => Number::I32(value),
        Value::I64(value) => Number::I64(value),
        Value::F32(value) => Number::F32(value),
        Value::F64(value) => Number::F64(value),
    }
}

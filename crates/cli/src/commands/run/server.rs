//! Calls on the server's engine.

use super::cache::folder;
use super::log::log;
use super::request::{Answer, Call, Ran, Request};
use super::stopped::{of_server, stopped};
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::run_args::RunArgs;
use aingle_wasm_host::{
    Budget, EngineConfig, HostError, PlainInstance, Profile, WasmEngine, WasmInstance, WasmModule,
};
use std::time::{Duration, Instant};

/// A module that was compiled.
pub struct Compiled {
    engine: WasmEngine,
    module: WasmModule,
    took: Duration,
}

impl Compiled {
    pub fn new(args: &RunArgs, wasm: &[u8], profile: bool) -> Outcome<Self> {
        let config = EngineConfig { profile, ..config(args) };
        let engine = WasmEngine::new(config).map_err(|error| Failure::new(Kind::Usage, error))?;
        if engine.cache_stats().disk_errors > 0 {
            // It says why.
            let _ = folder(args);
        }
        let compiling = Instant::now();
        let module = match &args.cache {
            Some(_) => engine.compile_cached(files::name(&args.module).to_string().as_bytes(), wasm),
            None => engine.compile(wasm),
        };
        let module = module.map_err(|error| stopped(&error).in_file(files::name(&args.module)))?;
        Ok(Self { engine, module, took: compiling.elapsed() })
    }

    pub fn call(&self, call: &Call, deadline: Duration) -> Outcome<Ran> {
        let limit = Limit { engine: &self.engine, deadline };
        let Called { answer, fuel_used, memory, called, profile } = match &call.request {
            Request::Bytes(bytes) => limit.guest(&self.module, &call.name, bytes)?,
            Request::Numbers(numbers) => limit.plain(&self.module, &call.name, numbers)?,
        };
        let cached = self.engine.config().cache_dir.is_some();
        let cache_hit = cached.then(|| self.engine.cache_stats().disk_hits > 0);
        let answer = answer.map_err(|error| of_server(&error));
        Ok(Ran { answer, fuel_used, memory, compiled: self.took, called, profile, cache_hit })
    }
}

struct Called {
    answer: Result<Answer, HostError>,
    fuel_used: Option<u64>,
    memory: u64,
    called: Duration,
    profile: Option<Profile>,
}

struct Limit<'e> {
    engine: &'e WasmEngine,
    deadline: Duration,
}

impl Limit<'_> {
    fn budget(&self, budget: Budget) -> Budget {
        Budget { deadline: Some(self.deadline), ..budget }
    }

    fn guest(&self, module: &WasmModule, name: &str, request: &[u8]) -> Outcome<Called> {
        let mut instance = WasmInstance::new(self.engine, module).map_err(|error| stopped(&error))?;
        instance.on_log(|(), level, text| log(level, text)).map_err(|error| stopped(&error))?;
        instance.set_budget(self.budget(instance.budget())).map_err(|error| stopped(&error))?;
        let calling = Instant::now();
        // The start has a budget of its own, and an error of its own.
        let reply = instance.start().and_then(|()| instance.call_raw(name, request));
        let called = calling.elapsed();
        Ok(Called {
            answer: reply.map(Answer::Bytes),
            fuel_used: instance.fuel_used(),
            memory: instance.memory_size() as u64,
            called,
            profile: instance.profile().cloned(),
        })
    }

    fn plain(&self, module: &WasmModule, name: &str, args: &[aingle_wasm_types::Number]) -> Outcome<Called> {
        let mut instance = PlainInstance::new(self.engine, module).map_err(|error| stopped(&error))?;
        instance.set_budget(self.budget(instance.budget())).map_err(|error| stopped(&error))?;
        let calling = Instant::now();
        let results = instance.call(name, args);
        let called = calling.elapsed();
        Ok(Called {
            answer: results.map(Answer::Numbers),
            fuel_used: instance.fuel_used(),
            memory: instance.memory_size(),
            called,
            profile: instance.profile().cloned(),
        })
    }
}

fn config(args: &RunArgs) -> EngineConfig {
    EngineConfig {
        metering_limit: args.fuel,
        memory_limit: args.memory.into(),
        table_limit: args.max_table,
        depth_limit: args.depth,
        deadline: Some(args.timeout()),
        trust_carried_limits: args.trust_limits,
        cache_dir: args.cache.clone(),
        ..Default::default()
    }
}

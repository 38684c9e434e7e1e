//! The weather guest on Wasmer.

use aingle_wasm_host::prelude::*;
use std::sync::Arc;
use weather_scenario::{BadBatch, Node, Station, Summary};

/// The weather guest, compiled.
pub struct OnWasmer {
    instance: WasmInstance<Station>,
    summarize: Func<(&'static str, &'static [f32]), Result<Summary, BadBatch>>,
    correct: Func<(u8, &'static [f32]), Result<u32, BadBatch>>,
}

impl OnWasmer {
    /// Compiles the module, offers it the host functions, and takes handles of its typed exports.
    pub fn load(wasm: &[u8]) -> Result<Self, HostError> {
        let engine = WasmEngine::new(EngineConfig { metering_limit: 1_000_000_000, ..Default::default() })?;
        let module = engine.compile(wasm)?;
        let functions = Arc::new(functions()?);
        let mut instance = WasmInstance::with_host(&engine, &module, functions, Station::default())?;
        let summarize = instance.func("summarize")?;
        let correct = instance.func("correct")?;
        Ok(Self { instance, summarize, correct })
    }

    /// The guest's linear memory, in bytes.
    pub fn memory_size(&mut self) -> usize {
        self.instance.memory_size()
    }
}

fn functions() -> Result<HostFunctions<Station>, HostError> {
    let mut functions = HostFunctions::new();
    functions.register("read_offset", |station: &mut Station, sensor: u8| station.read_offset(sensor))?;
    functions.register_raw("archive", |station: &mut Station, bytes, response| {
        response.write(&station.archive(bytes));
        Ok(())
    })?;
    Ok(functions)
}

impl Node for OnWasmer {
    type Error = HostError;

    fn summarize(&mut self, station: &str, celsius: &[f32]) -> Result<Result<Summary, BadBatch>, HostError> {
        self.summarize.call(&mut self.instance, (station, celsius))
    }

    fn correct(&mut self, sensor: u8, celsius: &[f32]) -> Result<Result<u32, BadBatch>, HostError> {
        self.correct.call(&mut self.instance, (sensor, celsius))
    }

    fn echo(&mut self, bytes: &[u8]) -> Result<impl AsRef<[u8]>, HostError> {
        self.instance.call_raw("echo", bytes)
    }

    fn station(&self) -> &Station {
        self.instance.state()
    }
}

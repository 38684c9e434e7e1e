//! The scenario on the embedded host: what a firmware developer copies.

use crate::run::Node;
use crate::station::Station;
use aingle_wasm_host_embedded::{Backend, Error, Func, Response, Runtime};
use weather_types::{BadBatch, Summary};

/// The weather guest on an engine of the embedded host.
pub struct Embedded<'m, B: Backend> {
    runtime: Runtime<'m, B, Station>,
    summarize: Func<(&'static str, &'static [f32]), Result<Summary, BadBatch>>,
    correct: Func<(u8, &'static [f32]), Result<u32, BadBatch>>,
}

impl<'m, B: Backend> Embedded<'m, B> {
    /// Loads the module, offers it the host functions, and takes handles of its typed exports.
    ///
    /// # Errors
    /// When the module is refused, or its functions have other types than these.
    pub fn load(backend: B, wasm: &'m [u8]) -> Result<Self, Error> {
        let mut runtime = Runtime::with_state(backend, wasm, Station::default())?;
        runtime.register("read_offset", |station: &mut Station, sensor: u8| station.read_offset(sensor))?;
        runtime.register_raw("archive", |station, bytes, response: &mut Response<'_>| {
            response.write(&station.archive(bytes));
            Ok(())
        })?;
        let summarize = runtime.func("summarize")?;
        let correct = runtime.func("correct")?;
        Ok(Self { runtime, summarize, correct })
    }

    /// The guest, for what the scenario does not need.
    pub fn runtime(&mut self) -> &mut Runtime<'m, B, Station> {
        &mut self.runtime
    }
}

impl<B: Backend> Node for Embedded<'_, B> {
    type Error = Error;

    fn summarize(&mut self, station: &str, celsius: &[f32]) -> Result<Result<Summary, BadBatch>, Error> {
        self.summarize.call(&mut self.runtime, (station, celsius))
    }

    fn correct(&mut self, sensor: u8, celsius: &[f32]) -> Result<Result<u32, BadBatch>, Error> {
        self.correct.call(&mut self.runtime, (sensor, celsius))
    }

    fn echo(&mut self, bytes: &[u8]) -> Result<impl AsRef<[u8]>, Error> {
        self.runtime.call_raw("echo", bytes)
    }

    fn station(&self) -> &Station {
        self.runtime.state()
    }
}

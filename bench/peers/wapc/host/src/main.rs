//! waPC as a candidate of `cargo xtask bench`.

use aingle_wasm_bench_protocol::{Failure, Peer, peer_cases, peer_guest, serve};
use aingle_wasm_bench_work::{SAMPLE, Sample};
use wapc::WapcHost;
use wasmtime_provider::WasmtimeEngineProviderBuilder;

struct Instance(WapcHost);

fn main() -> Result<(), Failure> {
    serve(peer_cases("wapc", instance))
}

fn instance() -> Result<Instance, Failure> {
    let engine = WasmtimeEngineProviderBuilder::new().module_bytes(&peer_guest()?).build()?;
    let reflect = |_: u64, _: &str, _: &str, _: &str, message: &[u8]| Ok(message.to_vec());
    Ok(Instance(WapcHost::new(Box::new(engine), Some(Box::new(reflect)))?))
}

impl Peer for Instance {
    fn echo(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.0.call("echo", bytes)?)
    }

    fn sum(&mut self, bytes: &[u8]) -> Result<u64, Failure> {
        Ok(u64::from_le_bytes(self.0.call("sum", bytes)?.try_into().map_err(|_| "no eight bytes")?))
    }

    fn adjust(&mut self, celsius: f32) -> Result<f32, Failure> {
        let sample = Sample { celsius, ..SAMPLE };
        let adjusted = self.0.call("adjust", &rmp_serde::to_vec(&sample)?)?;
        Ok(rmp_serde::from_slice::<Sample>(&adjusted)?.celsius)
    }

    fn mean(&mut self, readings: &[f32]) -> Result<f32, Failure> {
        Ok(rmp_serde::from_slice(&self.0.call("mean", &rmp_serde::to_vec(readings)?)?)?)
    }

    fn ask(&mut self, times: u32) -> Result<u32, Failure> {
        Ok(rmp_serde::from_slice(&self.0.call("ask", &rmp_serde::to_vec(&times)?)?)?)
    }
}

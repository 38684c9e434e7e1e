//! Extism as a candidate of `cargo xtask bench`.

use aingle_wasm_bench_protocol::{Failure, Peer, peer_cases, peer_guest, serve};
use aingle_wasm_bench_work::{SAMPLE, Sample};
use extism::{Manifest, PTR, Plugin, PluginBuilder, UserData, Wasm, host_fn};
use extism_convert::Msgpack;

host_fn!(reflect(_state: (); message: Vec<u8>) -> Vec<u8> { Ok(message) });

struct Instance(Plugin);

fn main() -> Result<(), Failure> {
    serve(peer_cases("extism", instance))
}

fn instance() -> Result<Instance, Failure> {
    let builder = PluginBuilder::new(Manifest::new([Wasm::data(peer_guest()?)]));
    let plugin = builder.with_function("reflect", [PTR], [PTR], UserData::<()>::default(), reflect).build();
    Ok(Instance(plugin?))
}

impl Peer for Instance {
    fn echo(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.0.call("echo", bytes)?)
    }

    fn sum(&mut self, bytes: &[u8]) -> Result<u64, Failure> {
        let sum: Vec<u8> = self.0.call("sum", bytes)?;
        Ok(u64::from_le_bytes(sum.try_into().map_err(|_| "no eight bytes")?))
    }

    fn adjust(&mut self, celsius: f32) -> Result<f32, Failure> {
        let sample = Sample { celsius, ..SAMPLE };
        let Msgpack(adjusted) = self.0.call::<_, Msgpack<Sample>>("adjust", Msgpack(sample))?;
        Ok(adjusted.celsius)
    }

    fn mean(&mut self, readings: &[f32]) -> Result<f32, Failure> {
        let Msgpack(mean) = self.0.call::<_, Msgpack<f32>>("mean", Msgpack(readings))?;
        Ok(mean)
    }

    fn ask(&mut self, times: u32) -> Result<u32, Failure> {
        let Msgpack(answered) = self.0.call::<_, Msgpack<u32>>("ask", Msgpack(times))?;
        Ok(answered)
    }
}

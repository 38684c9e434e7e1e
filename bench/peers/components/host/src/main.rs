//! Wasmtime's component model as a candidate of `cargo xtask bench`.

use aingle_wasm_bench_protocol::{Failure, peer_cases, peer_guest, serve};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};

wasmtime::component::bindgen!({ path: "../wit" });

struct Host;

impl bench::peer::host::Host for Host {
    fn reflect(&mut self, message: Vec<u8>) -> Vec<u8> {
        message
    }
}

struct Instance {
    store: Store<Host>,
    peer: Peer,
}

fn main() -> Result<(), Failure> {
    serve(peer_cases("components", instance))
}

fn instance() -> Result<Instance, Failure> {
    let component = wit_component::ComponentEncoder::default().module(&peer_guest()?)?.encode()?;
    let engine = Engine::default();
    let component = Component::new(&engine, component)?;
    let mut linker = Linker::new(&engine);
    Peer::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    let mut store = Store::new(&engine, Host);
    let peer = Peer::instantiate(&mut store, &component, &linker)?;
    Ok(Instance { store, peer })
}

impl aingle_wasm_bench_protocol::Peer for Instance {
    fn echo(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.peer.call_echo(&mut self.store, bytes)?)
    }

    fn sum(&mut self, bytes: &[u8]) -> Result<u64, Failure> {
        Ok(self.peer.call_sum(&mut self.store, bytes)?)
    }

    fn adjust(&mut self, celsius: f32) -> Result<f32, Failure> {
        let sample = Sample { sensor: 300, at: 1_700_000_000_000, celsius, valid: true };
        Ok(self.peer.call_adjust(&mut self.store, sample)?.celsius)
    }

    fn mean(&mut self, readings: &[f32]) -> Result<f32, Failure> {
        Ok(self.peer.call_mean(&mut self.store, readings)?)
    }

    fn ask(&mut self, times: u32) -> Result<u32, Failure> {
        Ok(self.peer.call_ask(&mut self.store, times)?)
    }
}

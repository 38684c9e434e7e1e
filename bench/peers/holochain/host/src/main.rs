//! Holochain's wasmer as a candidate of `cargo xtask bench`.

use aingle_wasm_bench_protocol::{Failure, Peer, peer_cases, peer_guest, serve};
use aingle_wasm_bench_work::{SAMPLE, Sample};
use holochain_wasmer_host::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;
use std::fmt::Debug;
use std::sync::Arc;
use wasmer::{
    AsStoreMut as _, Function, FunctionEnv, FunctionEnvMut, Instance, Module, RuntimeError, Store, imports,
};

struct Guest {
    store: Store,
    instance: Arc<Instance>,
}

fn main() -> Result<(), Failure> {
    serve(peer_cases("holochain", instance))
}

fn instance() -> Result<Guest, Failure> {
    let mut store = Store::default();
    let module = Module::new(&store, peer_guest()?)?;
    let env = FunctionEnv::new(&mut store, Env::default());
    let reflect = Function::new_typed_with_env(&mut store, &env, reflect);
    let imports = imports! { "env" => { "__hc__reflect_1" => reflect } };
    let instance = Instance::new(&mut store, &module, &imports)?;
    let memory = instance.exports.get_memory("memory")?.clone();
    let allocate = instance.exports.get_typed_function(&store, "__hc__allocate_1")?;
    let deallocate = instance.exports.get_typed_function(&store, "__hc__deallocate_1")?;
    let data = env.as_mut(&mut store);
    (data.memory, data.allocate, data.deallocate) = (Some(memory), Some(allocate), Some(deallocate));
    Ok(Guest { store, instance: Arc::new(instance) })
}

fn reflect(mut env: FunctionEnvMut<'_, Env>, ptr: i32, len: i32) -> Result<u64, RuntimeError> {
    let (env, mut store) = env.data_and_store_mut();
    let message: ByteBuf = env.consume_bytes_from_guest(&mut store, ptr as u32, len as u32)?;
    env.move_data_to_guest(&mut store, Ok::<_, WasmError>(message))
}

impl Guest {
    fn call<I, O>(&mut self, export: &str, input: I) -> Result<O, Failure>
    where
        I: Serialize + Debug,
        O: DeserializeOwned + Debug,
    {
        let instance = Arc::clone(&self.instance);
        Ok(guest::call(&mut self.store.as_store_mut(), instance, export, input)?)
    }
}

impl Peer for Guest {
    fn echo(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.call::<_, ByteBuf>("echo", serde_bytes::Bytes::new(bytes))?.into_vec())
    }

    fn sum(&mut self, bytes: &[u8]) -> Result<u64, Failure> {
        self.call("sum", serde_bytes::Bytes::new(bytes))
    }

    fn adjust(&mut self, celsius: f32) -> Result<f32, Failure> {
        let sample = Sample { celsius, ..SAMPLE };
        Ok(self.call::<_, Sample>("adjust", sample)?.celsius)
    }

    fn mean(&mut self, readings: &[f32]) -> Result<f32, Failure> {
        self.call("mean", readings)
    }

    fn ask(&mut self, times: u32) -> Result<u32, Failure> {
        self.call("ask", times)
    }
}

//! Wasmer by hand, and the envelope's first prototype on it: what the SDK is compared with.

use crate::{BARE, Guests, raw};
use aingle_wasm_bench_protocol::{Case, Failure, batches, in_batches, time};
use aingle_wasm_bench_work::prototype::{unwrap, wrap};
use aingle_wasm_bench_work::{MESSAGE, SIZES, payload};
use std::time::Instant;
use wasmer::{
    Function, FunctionEnv, FunctionEnvMut, Instance, Memory, MemoryAccessError, Module, Store, TypedFunction,
    imports,
};

const PROTOTYPE: &str = "prototype";

/// An instance of the guest without the SDK.
pub(crate) struct Bare {
    pub(crate) store: Store,
    instance: Instance,
    memory: Memory,
    allocate: TypedFunction<u32, u32>,
}

pub(crate) type Entry = TypedFunction<(u32, u32), u64>;

impl Bare {
    pub(crate) fn new(mut store: Store, module: &Module) -> Result<Self, Failure> {
        // With an environment, which it needs to reach the guest's memory.
        let env = FunctionEnv::new(&mut store, None);
        let reflect = Function::new_typed_with_env(&mut store, &env, reflect);
        let imports = imports! { "env" => { "reflect" => reflect } };
        let instance = Instance::new(&mut store, module, &imports)?;
        let memory = instance.exports.get_memory("memory")?.clone();
        *env.as_mut(&mut store) = Some(memory.clone());
        let allocate = instance.exports.get_typed_function(&store, "allocate")?;
        Ok(Self { store, instance, memory, allocate })
    }

    fn of(wasm: &[u8]) -> Result<Self, Failure> {
        let store = Store::default();
        let module = Module::new(&store, wasm)?;
        Self::new(store, &module)
    }

    pub(crate) fn entry(&self, name: &str) -> Result<Entry, Failure> {
        Ok(self.instance.exports.get_typed_function(&self.store, name)?)
    }

    pub(crate) fn call(&mut self, entry: &Entry, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        let len = bytes.len() as u32;
        let ptr = self.allocate.call(&mut self.store, len)?;
        raw::memory(&self.memory, &mut self.store)[ptr as usize..][..bytes.len()].copy_from_slice(bytes);
        let packed = entry.call(&mut self.store, ptr, len)?;
        let memory = raw::memory(&self.memory, &mut self.store);
        Ok(memory[(packed >> 32) as usize..][..packed as u32 as usize].to_vec())
    }
}

/// The host function, by Wasmer's own way to guest memory: reads its request, and writes the same behind it.
fn reflect(
    mut env: FunctionEnvMut<'_, Option<Memory>>,
    ptr: u32,
    len: u32,
) -> Result<u64, MemoryAccessError> {
    let (memory, store) = env.data_and_store_mut();
    let Some(memory) = memory else { return Ok(0) };
    let view = memory.view(&store);
    let mut message = vec![0; len as usize];
    view.read(u64::from(ptr), &mut message)?;
    view.write(u64::from(ptr) + u64::from(len), &message)?;
    Ok(u64::from(len))
}

pub(crate) fn cases(guests: Guests) -> Vec<Case> {
    let wasm = guests.bare;
    let mut cases = vec![nothing(wasm), host_calls(wasm)];
    for (size, len) in SIZES {
        for export in ["echo", "sum"] {
            cases.push(call(format!("{export}-{size}"), wasm, export, len));
        }
        cases.push(prototype(format!("echo-{size}"), wasm, len));
    }
    cases
}

/// A crossing, and nothing else.
fn nothing(wasm: &'static [u8]) -> Case {
    time(BARE, "nothing", move || {
        let mut bare = Bare::of(wasm)?;
        let nothing = bare.entry("nothing")?;
        Ok(move || {
            nothing.call(&mut bare.store, 0, 0)?;
            Ok(())
        })
    })
}

/// A crossing outwards: the request's bytes read from guest memory, as many written there.
fn host_calls(wasm: &'static [u8]) -> Case {
    batches(BARE, "host-call", move || {
        let mut bare = Bare::of(wasm)?;
        let ask = bare.entry("ask")?;
        if ask.call(&mut bare.store, 2, 0)? != 2 * MESSAGE as u64 {
            return Err("the host answered with other lengths".into());
        }
        Ok(move |count| {
            let began = Instant::now();
            for times in in_batches(count) {
                ask.call(&mut bare.store, times, 0)?;
            }
            Ok(began.elapsed())
        })
    })
}

fn call(work: String, wasm: &'static [u8], export: &'static str, len: usize) -> Case {
    time(BARE, work, move || {
        let mut bare = Bare::of(wasm)?;
        let entry = bare.entry(export)?;
        let bytes: Vec<u8> = payload(len).collect();
        Ok(move || {
            std::hint::black_box(bare.call(&entry, &bytes)?);
            Ok(())
        })
    })
}

/// An envelope with `crc32fast` on both sides.
fn prototype(work: String, wasm: &'static [u8], len: usize) -> Case {
    time(PROTOTYPE, work, move || {
        let mut bare = Bare::of(wasm)?;
        let entry = bare.entry("echo_envelope")?;
        let bytes: Vec<u8> = payload(len).collect();
        Ok(move || {
            let reply = bare.call(&entry, &wrap(&bytes))?;
            std::hint::black_box(unwrap(&reply).ok_or("the prototype's reply is damaged")?.to_vec());
            Ok(())
        })
    })
}

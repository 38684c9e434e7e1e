//! What both hosts offer, in the same words.

use crate::{Failure, World, limited, register_world};
use aingle_wasm_codec::Data;
use aingle_wasm_host::{EngineConfig, HostError, WasmEngine, WasmInstance};
use aingle_wasm_host_core::{Args, Config, EngineInstance, Error, Module};
use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
use aingle_wasm_host_embedded::{Backend, Runtime};
use aingle_wasm_types::metering::{DEFAULT_DEPTH, DEPTH_BYTES};
use serde::de::DeserializeOwned;

/// The fuel of a call, on every engine.
pub const FUEL: u64 = 50_000_000;
/// The most memory that a guest gets, in bytes.
pub const MEMORY: u32 = 16 * 1024 * 1024;

/// An instance on some engine.
pub trait Subject {
    /// Calls an export with bytes.
    fn raw(&mut self, name: &str, request: &[u8]) -> Result<Vec<u8>, Failure>;

    /// Calls an export through a typed handle.
    fn typed<A: Args, R: DeserializeOwned + Data>(&mut self, name: &str, args: A) -> Result<R, Failure>;

    /// Sends a notification.
    fn note(&mut self, name: &str, request: &[u8]) -> Result<(), Failure>;

    /// What the host functions have seen.
    fn world(&self) -> &World;

    /// Whether the instance may not be called again.
    fn poisoned(&self) -> bool;

    /// The fuel that the last call used.
    fn fuel(&mut self) -> Option<u64>;

    /// The depth that the guest's last crossing left, where it can be seen.
    fn depth(&mut self) -> Option<i32>;
}

impl Subject for WasmInstance<World> {
    fn raw(&mut self, name: &str, request: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.call_raw(name, request)?)
    }

    fn typed<A: Args, R: DeserializeOwned + Data>(&mut self, name: &str, args: A) -> Result<R, Failure> {
        let func = self.func::<A, R>(name)?;
        Ok(func.call(self, args)?)
    }

    fn note(&mut self, name: &str, request: &[u8]) -> Result<(), Failure> {
        Ok(self.notify(name, request)?)
    }

    fn world(&self) -> &World {
        self.state()
    }

    fn poisoned(&self) -> bool {
        self.is_poisoned()
    }

    fn fuel(&mut self) -> Option<u64> {
        self.fuel_used()
    }

    fn depth(&mut self) -> Option<i32> {
        None
    }
}

impl<B: Backend> Subject for Runtime<'_, B, World> {
    fn raw(&mut self, name: &str, request: &[u8]) -> Result<Vec<u8>, Failure> {
        let reply = self.call_raw(name, request).map(<[u8]>::to_vec);
        reply.map_err(|error| Failure::of(error, self.error_body()))
    }

    fn typed<A: Args, R: DeserializeOwned + Data>(&mut self, name: &str, args: A) -> Result<R, Failure> {
        let result = self.func::<A, R>(name).and_then(|func| func.call(self, args));
        result.map_err(|error| Failure::of(error, self.error_body()))
    }

    fn note(&mut self, name: &str, request: &[u8]) -> Result<(), Failure> {
        self.notify(name, request).map_err(|error| Failure::of(error, self.error_body()))
    }

    fn world(&self) -> &World {
        self.state()
    }

    fn poisoned(&self) -> bool {
        self.is_poisoned()
    }

    fn fuel(&mut self) -> Option<u64> {
        self.fuel_used()
    }

    fn depth(&mut self) -> Option<i32> {
        Some(self.engine_mut().counters().depth)
    }
}

/// Makes instances on every engine, all with the same limits and the same protocol.
pub struct Engines {
    /// Which checksum payloads have, and whether they are compressed.
    pub protocol: Config,
    /// The fuel of a call.
    pub fuel: u64,
    /// How deep calls may nest.
    pub depth: u32,
    /// Whether wasmi takes only what the smaller engines do.
    pub portable_only: bool,
}

impl Default for Engines {
    fn default() -> Self {
        Self { protocol: Config::default(), fuel: FUEL, depth: DEFAULT_DEPTH, portable_only: true }
    }
}

impl Engines {
    /// On Wasmer.
    pub fn wasmer(&self, wasm: &[u8]) -> Result<WasmInstance<World>, HostError> {
        let config = EngineConfig {
            metering_limit: self.fuel,
            depth_limit: self.depth,
            memory_limit: u64::from(MEMORY),
            integrity: self.protocol.integrity,
            lz4_threshold: self.protocol.lz4_threshold,
            max_payload: self.protocol.max_payload,
            max_decoded: self.protocol.max_decoded,
            max_items: self.protocol.max_items,
            older_response_buffer: self.protocol.older_response_buffer,
            ..Default::default()
        };
        let engine = WasmEngine::new(config)?;
        let mut instance = WasmInstance::with_state(&engine, &engine.compile(wasm)?, World::default())?;
        register_world!(instance);
        Ok(instance)
    }

    /// On wasm3.
    pub fn wasm3<'m>(&self, wasm: &'m [u8]) -> Result<Runtime<'m, Wasm3, World>, Error> {
        let (fuel, depth_limit, stack_size) = (Some(self.fuel), self.depth, self.stack(wasm));
        let (memory_limit, trust_carried_limits) = (MEMORY, true);
        let config = Wasm3Config {
            memory_limit,
            fuel,
            trust_carried_limits,
            depth_limit,
            stack_size,
            ..Default::default()
        };
        self.embedded(Wasm3::new(config), wasm)
    }

    /// On spacewasm.
    pub fn spacewasm<'m>(&self, wasm: &'m [u8]) -> Result<Runtime<'m, Spacewasm, World>, Error> {
        let (fuel, depth_limit, stack_size) = (Some(self.fuel), self.depth, self.stack(wasm) as usize);
        let (memory_limit, trust_carried_limits) = (MEMORY, true);
        let config = SpacewasmConfig {
            memory_limit,
            fuel,
            trust_carried_limits,
            depth_limit,
            stack_size,
            ..Default::default()
        };
        self.embedded(Spacewasm::new(config), wasm)
    }

    /// On wasmi.
    pub fn wasmi<'m>(&self, wasm: &'m [u8]) -> Result<Runtime<'m, Wasmi, World>, Error> {
        let (fuel, depth_limit, stack_size) = (Some(self.fuel), self.depth, self.stack(wasm) as usize);
        let (memory_limit, trust_carried_limits, portable_only) = (MEMORY, true, self.portable_only);
        let config = WasmiConfig {
            memory_limit,
            fuel,
            trust_carried_limits,
            depth_limit,
            stack_size,
            portable_only,
            ..Default::default()
        };
        self.embedded(Wasmi::new(config), wasm)
    }

    /// The least stack that the depth limit may be given: if it is enough here, then everywhere.
    fn stack(&self, wasm: &[u8]) -> u32 {
        let limits = Module::parse(with_limits(wasm)).ok().and_then(|module| module.limits());
        (self.depth + limits.map_or(1, |limits| limits.fixed_depth)) * DEPTH_BYTES
    }

    fn embedded<'m, B: Backend>(&self, backend: B, wasm: &'m [u8]) -> Result<Runtime<'m, B, World>, Error> {
        // The limits were put in here, so they are trusted.
        let mut runtime = Runtime::with_config(backend, with_limits(wasm), World::default(), self.protocol)?;
        register_world!(runtime);
        Ok(runtime)
    }
}

/// A module that can have no limits is left as it is, for an engine to refuse: all that are made here require them.
fn with_limits(wasm: &[u8]) -> &[u8] {
    limited(wasm).unwrap_or(wasm)
}

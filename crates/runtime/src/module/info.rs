//! What is told of a module.

use crate::telemetry::Used;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

/// What is told of a module that is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModuleInfo {
    /// The name under which it was loaded.
    pub name: String,
    /// How often a module was put in its place by `replace_module`, plus one.
    pub version: u64,
    /// The size of the `.wasm` file, in bytes.
    pub size_bytes: usize,
    /// When it was loaded.
    pub loaded_at: SystemTime,
    /// The functions that can be called, sorted by name.
    pub exports: Vec<FunctionInfo>,
    /// The host functions that it calls, in words.
    pub imports: Vec<String>,
    /// The most that a guest's memory may become, in bytes.
    pub max_memory_bytes: u64,
    /// The largest memory of a guest that was seen after a call, in bytes.
    pub peak_memory_bytes: u64,
    /// How many calls have ended, failed ones included. Calls that were refused before they ran do not count.
    pub calls: u64,
    /// How many of them failed.
    pub failed: u64,
    /// The fuel that they used together, as far as it is known.
    pub fuel_used: u64,
    /// How many calls run at this moment.
    pub in_flight: usize,
    /// How many calls wait for a place to run.
    pub waiting: usize,
    /// How many instances are kept for the next calls.
    pub idle_instances: usize,
}

/// A function that can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionInfo {
    /// Its name.
    pub name: String,
    /// It in words: `mean(station: str, readings: [f32]) -> f32`.
    pub signature: String,
    /// How it is called.
    pub kind: FunctionKind,
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FunctionKind {
    /// With JSON, by `execute`. The module describes its types, or is a component, which has them.
    Typed,
    /// With bytes, by `execute_bytes`.
    Bytes,
    /// With JSON, by `execute`. Its types are WebAssembly's numbers.
    Plain,
    /// With an array of texts, by `execute`. It is a program of WASI, which is run from its start to its end.
    Command,
}

/// What is counted of a module.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) calls: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) fuel: AtomicU64,
    pub(crate) in_flight: AtomicUsize,
    pub(crate) waiting: AtomicUsize,
    pub(crate) peak_memory: AtomicU64,
    /// How long calls take of late, on their threads, in nanoseconds.
    typical: AtomicU64,
    /// How much fuel they use of late.
    typical_fuel: AtomicU64,
}

impl Counters {
    /// A call took this long on its thread.
    pub(crate) fn took(&self, time: Duration) {
        follow(&self.typical, u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Returns how long calls take of late, on their threads.
    pub(crate) fn typical(&self) -> Duration {
        Duration::from_nanos(self.typical.load(Relaxed))
    }

    /// Returns how much fuel calls use of late; 0 before the first.
    pub(crate) fn typical_fuel(&self) -> u64 {
        self.typical_fuel.load(Relaxed)
    }

    pub(crate) fn ended(&self, failed: bool, used: Used) {
        self.calls.fetch_add(1, Relaxed);
        self.failed.fetch_add(u64::from(failed), Relaxed);
        if let Some(fuel) = used.fuel {
            self.fuel.fetch_add(fuel, Relaxed);
            follow(&self.typical_fuel, fuel);
        }
        self.peak_memory.fetch_max(used.memory.unwrap_or(0), Relaxed);
    }
}

/// Moves an average towards a new value.
fn follow(average: &AtomicU64, value: u64) {
    // One of several at once may get lost.
    let before = average.load(Relaxed);
    average.store(before - before / 8 + value.div_ceil(8), Relaxed);
}

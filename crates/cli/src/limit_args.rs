//! The limits of calls that a program serves.

use crate::numbers::{fuel, milliseconds, size, some_milliseconds};
use aingle_wasm_runtime::WasmConfig;
use clap::Args;
use std::num::NonZeroUsize;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct LimitArgs {
    /// What each call may use, in units of fuel
    #[arg(long, env = "AINGLE_WASM_FUEL", value_name = "N", default_value = "100000000000", value_parser = fuel)]
    pub fuel: u64,
    /// How large the memory of an instance may be or become
    #[arg(long, env = "AINGLE_WASM_MEMORY", value_name = "SIZE", default_value = "64MiB", value_parser = size)]
    pub memory: u32,
    /// How long each call may take
    #[arg(long, env = "AINGLE_WASM_TIMEOUT", value_name = "TIME", default_value = "30s", value_parser = some_milliseconds)]
    pub timeout: u32,
    /// How many calls run at once, each in an instance of its own [default: two for each processor]
    #[arg(long, value_name = "N")]
    pub concurrency: Option<NonZeroUsize>,
    /// How many calls may wait; more are refused
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub queue: usize,
}

impl LimitArgs {
    /// Returns the time that each call has.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout.into())
    }

    /// Returns the limits of the runtime, its queue excepted.
    pub fn config(&self) -> WasmConfig {
        let defaults = WasmConfig::default();
        WasmConfig {
            max_memory_bytes: self.memory.into(),
            max_execution_time: self.timeout(),
            fuel_limit: Some(self.fuel),
            max_concurrency: self.concurrency.map_or(defaults.max_concurrency, NonZeroUsize::get),
            ..defaults
        }
    }
}

/// How a program that serves leaves.
#[derive(Debug, Args)]
pub struct DrainArgs {
    /// How long calls in flight have when the program is told to end
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = milliseconds)]
    pub drain: u32,
}

impl DrainArgs {
    /// Returns the time.
    pub fn time(&self) -> Duration {
        Duration::from_millis(self.drain.into())
    }
}

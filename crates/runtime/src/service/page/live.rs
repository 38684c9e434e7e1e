//! What the page shows as it is now.

use crate::module::ModuleInfo;
use crate::recent::Seen;
use crate::runtime::WasmRuntime;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Returns numbers of the runtime and of its modules, and the calls that ended after so many others.
pub(super) fn live(runtime: &WasmRuntime, after: u64) -> Value {
    let (stats, since) = (runtime.stats(), runtime.recent().since(after));
    json!({
        "threads": stats.threads,
        "abandoned_threads": stats.abandoned_threads,
        "abandoned_loads": stats.abandoned_loads,
        "modules": runtime.list_modules().iter().map(module).collect::<Vec<_>>(),
        "calls": since.calls.iter().map(call).collect::<Vec<_>>(),
        "ended": since.ended,
        "missed": since.missed,
    })
}

fn module(module: &ModuleInfo) -> Value {
    json!({
        "name": module.name,
        "version": module.version,
        "loaded_at_ms": millis(module.loaded_at),
        "size_bytes": module.size_bytes,
        "functions": module.exports.len(),
        "imports": module.imports,
        "calls": module.calls,
        "failed": module.failed,
        "fuel_used": module.fuel_used,
        "in_flight": module.in_flight,
        "waiting": module.waiting,
        "idle_instances": module.idle_instances,
        "max_memory_bytes": module.max_memory_bytes,
        "peak_memory_bytes": module.peak_memory_bytes,
    })
}

fn call(call: &Seen) -> Value {
    json!({
        "at_ms": millis(call.at),
        "module": call.module,
        "function": call.function,
        "outcome": call.outcome,
        "error": call.error,
        "took_us": micros(call.took),
        "queue_us": micros(call.queued),
        "fuel": call.used.fuel,
        "memory_bytes": call.used.memory,
    })
}

fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

//! Runs calls on the JSON runtime.

use aingle_wasm_fleet::nats::{Call, Exports, Failure, Form, Refusal, Serve, Served, Unanswered};
use aingle_wasm_module::Module;
use aingle_wasm_runtime::{ErrorCode, ErrorKind, FunctionKind, WasmRuntime};
use aingle_wasm_types::description::Kind;
use serde_json::Value;
use std::collections::HashMap;
use std::future::IntoFuture;
use std::time::Duration;

/// Runs calls on the JSON runtime, where each module has its hash for a name.
pub struct Serving {
    pub runtime: WasmRuntime,
    /// The longest that a call may run.
    pub limit: Duration,
}

impl Serve for Serving {
    async fn serve(&self, mut call: Call) -> Served {
        let (module, payload) = (call.module.to_string(), std::mem::take(&mut call.payload));
        let limit = self.limit.min(call.left);
        if call.form != Form::Json {
            let made = self.runtime.call_bytes(&module, &call.function, payload);
            return served(made, limit, &call, |bytes| bytes).await;
        }
        match serde_json::from_slice::<Value>(&payload) {
            Ok(arguments) => {
                let made = self.runtime.call(&module, &call.function, arguments);
                served(made, limit, &call, |value| value.to_string().into_bytes()).await
            }
            Err(error) => {
                let refusal = Refusal::Arguments { why: error.to_string() };
                Served { fuel: 0, result: Err(Unanswered::Refused(refusal)) }
            }
        }
    }
}

/// Makes a call within the fuel and the time that it has.
async fn served<T: Send + 'static>(
    made: aingle_wasm_runtime::Call<T>,
    limit: Duration,
    call: &Call,
    written: fn(T) -> Vec<u8>,
) -> Served {
    let made = made.timeout(limit);
    let made = match call.fuel {
        Some(fuel) => made.fuel(fuel),
        None => made,
    };
    let handle = made.handle();
    let result = made.into_future().await;
    let result = result.map(written).map_err(|error| unanswered(error.into_kind(), call));
    Served { fuel: handle.fuel_used().unwrap_or(0), result }
}

fn unanswered(kind: ErrorKind, call: &Call) -> Unanswered {
    let said = kind.to_string();
    match kind {
        ErrorKind::Guest { value, .. } if call.form == Form::Json => {
            Unanswered::Error { code: ErrorCode::Application, body: value.to_string().into_bytes() }
        }
        ErrorKind::Guest { code, body, .. } => Unanswered::Error { code, body },
        ErrorKind::UnknownFunction { name, .. } => Unanswered::Refused(Refusal::UnknownFunction { name }),
        ErrorKind::Bytes { .. } | ErrorKind::Numbers { .. } | ErrorKind::Arguments(_) => {
            Unanswered::Refused(Refusal::Arguments { why: said })
        }
        ErrorKind::QueueFull { limit } => Unanswered::Refused(Refusal::Overload { limit }),
        ErrorKind::OutOfFuel { limit, used } => Unanswered::Failed(Failure::OutOfFuel { limit, used }),
        ErrorKind::OutOfMemory { limit, asked } => Unanswered::Failed(Failure::OutOfMemory { limit, asked }),
        ErrorKind::CallDepth { limit } => Unanswered::Failed(Failure::CallDepth { limit }),
        ErrorKind::Timeout { limit, .. } => {
            let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
            Unanswered::Failed(Failure::Timeout { limit_ms })
        }
        ErrorKind::Trap(_) | ErrorKind::Panic { .. } | ErrorKind::HostFunction { .. } => {
            Unanswered::Failed(Failure::Trap { message: said })
        }
        _ => Unanswered::Failed(Failure::Other { message: said }),
    }
}

/// Returns the functions of a module that the runtime has loaded under a name.
pub fn exports(runtime: &WasmRuntime, name: &str, wasm: &[u8]) -> Exports {
    let module = Module::parse(wasm).ok();
    let records = module.iter().flat_map(|module| module.records().flatten());
    let mut hashes = HashMap::new();
    for record in records.filter(|record| record.kind == Kind::Export) {
        hashes.entry(record.name).or_insert(record.hash);
    }
    let modules = runtime.list_modules();
    let functions = modules.iter().filter(|module| module.name == name).flat_map(|module| &module.exports);
    let functions = functions.map(|function| {
        let hash = hashes.get(function.name.as_str()).filter(|_| function.kind == FunctionKind::Typed);
        (function.name.clone(), hash.copied())
    });
    functions.collect()
}

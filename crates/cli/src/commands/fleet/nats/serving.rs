//! Runs calls on the JSON runtime.

use aingle_wasm_fleet::nats::{Call, Exports, Failure, Form, Refusal, Serve, Served, Unanswered};
use aingle_wasm_module::Module;
use aingle_wasm_runtime::{CallHandle, ErrorCode, ErrorKind, FunctionKind, RuntimeError, WasmRuntime};
use aingle_wasm_types::description::Kind;
use serde_json::Value;
use std::future::IntoFuture;
use std::time::Duration;

/// Runs calls on the JSON runtime, where each module has its hash for a name.
pub struct Serving {
    pub runtime: WasmRuntime,
    /// The longest that a call may run.
    pub limit: Duration,
}

impl Serve for Serving {
    async fn serve(&self, call: Call) -> Served {
        let module = call.module.to_string();
        let limit = self.limit.min(call.left);
        if call.form == Form::Json {
            let arguments = match serde_json::from_slice::<Value>(&call.payload) {
                Ok(arguments) => arguments,
                Err(error) => return refused(Refusal::Arguments { why: error.to_string() }),
            };
            let made = self.runtime.call(&module, &call.function, arguments);
            let made = with_fuel(made, call.fuel).timeout(limit);
            let handle = made.handle();
            let result = made.into_future().await.map(|value| value.to_string().into_bytes());
            return served(result, &handle, &call);
        }
        let made = self.runtime.call_bytes(&module, &call.function, call.payload.clone());
        let made = with_fuel(made, call.fuel).timeout(limit);
        let handle = made.handle();
        let result = made.into_future().await;
        served(result, &handle, &call)
    }
}

fn with_fuel<T: Send + 'static>(
    call: aingle_wasm_runtime::Call<T>,
    fuel: Option<u64>,
) -> aingle_wasm_runtime::Call<T> {
    match fuel {
        Some(fuel) => call.fuel(fuel),
        None => call,
    }
}

fn refused(refusal: Refusal) -> Served {
    Served { fuel: 0, result: Err(Unanswered::Refused(refusal)) }
}

fn served(result: Result<Vec<u8>, RuntimeError>, handle: &CallHandle, call: &Call) -> Served {
    let result = result.map_err(|error| unanswered(error.into_kind(), call));
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
    let modules = runtime.list_modules();
    let functions = modules.iter().filter(|module| module.name == name).flat_map(|module| &module.exports);
    let hash = |function: &str| {
        let module = Module::parse(wasm).ok()?;
        let mut records = module.records().flatten();
        records
            .find(|record| record.kind == Kind::Export && record.name == function)
            .map(|record| record.hash)
    };
    let functions = functions.map(|function| {
        let typed = function.kind == FunctionKind::Typed;
        (function.name.clone(), if typed { hash(&function.name) } else { None })
    });
    functions.collect()
}

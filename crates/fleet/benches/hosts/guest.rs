//! A guest in the JSON runtime, behind a host and behind a responder.

use aingle_wasm_codec::Data;
use aingle_wasm_codec::schema::signature_hash;
use aingle_wasm_codec::value;
use aingle_wasm_fleet::nats::{
    Call, Client, Exports, Failure, ModuleHash, RemoteArgs, Serve, Served, Unanswered,
};
use aingle_wasm_runtime::{WasmConfig, WasmRuntime};
use futures_util::StreamExt;
use std::future::IntoFuture;

/// The example guest, without its import.
#[derive(Clone)]
pub struct Guest {
    runtime: WasmRuntime,
    hash: ModuleHash,
}

impl Guest {
    pub async fn load() -> Self {
        let text = include_str!("../../../../examples/guest-wat/guest.wat");
        let import = r#"(import "env" "lookup" (func $lookup (param i32 i32) (result i64)))"#;
        let own = "(func $lookup (param i32 i32) (result i64) (i64.const 0)) (@custom \"aingle.abi\"";
        let text = text.replace(import, "").replace(r#"(@custom "aingle.abi""#, own);
        let wasm = wat::parse_str(text).expect("a module");
        let config = WasmConfig { fuel_limit: Some(1_000_000), ..WasmConfig::default() };
        let runtime = WasmRuntime::new(config).expect("a runtime");
        runtime.load_module("guest", &wasm).await.expect("loaded");
        Self { runtime, hash: ModuleHash::of(&wasm) }
    }

    pub fn hash(&self) -> ModuleHash {
        self.hash
    }

    pub fn exports(&self) -> Exports {
        let hash = signature_hash(<(i32, i32) as RemoteArgs>::TYPES, <i32 as Data>::TYPE);
        [("sum".to_owned(), Some(hash))].into()
    }
}

impl Serve for Guest {
    async fn serve(&self, call: Call) -> Served {
        let made = self.runtime.call_bytes("guest", &call.function, call.payload);
        let made = made.timeout(call.left);
        let handle = made.handle();
        let result = made.into_future().await;
        let failed = |error: aingle_wasm_runtime::RuntimeError| {
            Unanswered::Failed(Failure::Other { message: error.to_string() })
        };
        Served { fuel: handle.fuel_used().unwrap_or(0), result: result.map_err(failed) }
    }
}

/// What one writes by hand: a task for each request, which calls and answers.
pub async fn respond(client: Client, guest: Guest) {
    let mut requests = client.queue_subscribe("bench.sum", "hosts".into()).await.expect("a subscription");
    while let Some(request) = requests.next().await {
        let (client, runtime) = (client.clone(), guest.runtime.clone());
        tokio::spawn(async move {
            let reply = runtime.execute_bytes("guest", "sum", request.payload).await.expect("a reply");
            client.publish(request.reply.expect("a request"), reply.into()).await.expect("sent");
        });
    }
}

pub async fn bare(client: &Client) {
    let mut bytes = vec![0; 10];
    let len = value::encode_into(&(5_i32, -3_i32), &mut bytes).expect("a value");
    bytes.truncate(len);
    let reply = client.request("bench.sum", bytes.into()).await.expect("a reply");
    let sum: i32 = value::decode(&reply.payload).expect("a value");
    assert_eq!(sum, 2);
}

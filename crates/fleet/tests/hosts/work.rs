//! What the hosts of the tests do, in place of an engine.
#![allow(dead_code, reason = "the benchmark uses a part of it")]

use aingle_wasm_codec::schema::signature_hash;
use aingle_wasm_codec::{Data, value};
use aingle_wasm_fleet::nats::{
    Call, Client, Exports, Failure, Form, Host, HostConfig, ModuleHash, RemoteArgs, Serve, Served, Unanswered,
};
use aingle_wasm_types::ErrorCode;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The module of the tests, of which nobody needs more than the hash.
pub fn module() -> ModuleHash {
    ModuleHash::of(b"the module of the tests")
}

/// Runs the functions of [`exports`]. The fuel of each is the number of bytes of its payload, and 100.
#[derive(Default, Clone)]
pub struct Work {
    /// A line for each run, before anything else is done.
    pub ledger: Option<Arc<File>>,
}

impl Work {
    pub fn with_ledger(path: &Path) -> Self {
        let file = OpenOptions::new().create(true).append(true).open(path).expect("a ledger");
        Self { ledger: Some(Arc::new(file)) }
    }
}

/// Waits until so many calls have begun.
pub async fn until_begun(ledger: &Path, count: usize) {
    for _ in 0..3_000 {
        if std::fs::read_to_string(ledger).unwrap_or_default().lines().count() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{count} calls do not begin");
}

/// The functions: `add(u32, u32) -> u64`, `half(u32) -> Result<u32, u8>`, `nap(u32) -> u32` sleeps so many
/// milliseconds, `pid() -> u32`, `echo` of bytes, `cries`, which fails with its bytes, `told`, which returns what the host was told, `stays`, which takes a minute, and `zeros`, as many as the
/// two bytes of its payload say.
pub fn exports() -> Exports {
    let typed = [
        ("add", hash::<(u32, u32), u64>()),
        ("half", hash::<(u32,), Result<u32, u8>>()),
        ("nap", hash::<(u32,), u32>()),
        ("pid", hash::<(), u32>()),
    ];
    let typed = typed.into_iter().map(|(name, hash)| (name.to_owned(), Some(hash)));
    typed
        .chain([
            ("echo".to_owned(), None),
            ("zeros".to_owned(), None),
            ("cries".to_owned(), None),
            ("told".to_owned(), None),
            ("stays".to_owned(), None),
        ])
        .collect()
}

fn hash<A: RemoteArgs, R: Data>() -> u64 {
    signature_hash(A::TYPES, R::TYPE)
}

impl Serve for Work {
    async fn serve(&self, call: Call) -> Served {
        if let Some(mut ledger) = self.ledger.as_deref() {
            // One write, so that lines of several hosts do not mix.
            ledger.write_all(format!("{} {}\n", call.id, call.function).as_bytes()).expect("a line");
        }
        let fuel = 100 + call.payload.len() as u64;
        let _leaving = (call.function == "stays").then(|| Leaving(self.ledger.clone()));
        Served { fuel, result: run(&call).await }
    }
}

/// Adds a line to the ledger when the call that has it ends.
struct Leaving(Option<Arc<File>>);

impl Drop for Leaving {
    fn drop(&mut self) {
        if let Some(mut ledger) = self.0.as_deref() {
            let _ = ledger.write_all(b"ended\n");
        }
    }
}

async fn run(call: &Call) -> Result<Vec<u8>, Unanswered> {
    if call.form == Form::Json {
        return Ok(call.payload.clone());
    }
    match call.function.as_str() {
        "add" => {
            let (a, b): (u32, u32) = value::decode(&call.payload).expect("arguments");
            Ok(encoded(&(u64::from(a) + u64::from(b))))
        }
        "half" => {
            let (number,): (u32,) = value::decode(&call.payload).expect("arguments");
            if number.is_multiple_of(2) {
                return Ok(encoded(&Ok::<u32, u8>(number / 2)));
            }
            let body = encoded(&Err::<u32, u8>(1));
            Err(Unanswered::Error { code: ErrorCode::ApplicationTyped, body })
        }
        "nap" => {
            let (millis,): (u32,) = value::decode(&call.payload).expect("arguments");
            tokio::time::sleep(Duration::from_millis(millis.into())).await;
            Ok(encoded(&millis))
        }
        "stays" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(Vec::new())
        }
        "pid" => Ok(encoded(&std::process::id())),
        "cries" => {
            let message = String::from_utf8(call.payload.clone()).expect("text");
            Err(Unanswered::Failed(Failure::Other { message }))
        }
        "told" => Ok(format!("{:?} {:?} {}", call.fuel, call.trace, call.caller).into_bytes()),
        "zeros" => {
            let len = call.payload.clone().try_into().map(u16::from_le_bytes);
            Ok(vec![0; usize::from(len.expect("two bytes"))])
        }
        _ => Ok(call.payload.clone()),
    }
}

fn encoded(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = vec![0; value::encoded_len(value).expect("a value")];
    value::encode_into(value, &mut bytes).expect("a value");
    bytes
}

/// Starts a host that serves the module.
pub async fn host(client: Client, config: HostConfig, work: Work) -> Host<Work> {
    let mut host = Host::start(client, config, work).await.expect("a host");
    host.serve_module(module(), exports()).await.expect("served");
    host
}

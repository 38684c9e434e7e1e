//! A description that another derive makes is not looked at.

use aingle_wasm_host_core::{EngineInstance, Guest, HostFunctions};
use aingle_wasm_guest::prelude::*;

#[derive(Serialize, Deserialize, Schema)]
struct Foreign {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nick: Option<u8>,
}

#[export]
fn argument(x: Foreign) {
    drop(x);
}

#[export]
fn result() -> Vec<Foreign> {
    Vec::new()
}

host_externs! {
    fn asked(x: &Foreign) -> Option<Foreign>;
}

fn handle<E: EngineInstance>(guest: &mut Guest<E>) {
    let _ = guest.func::<(Foreign,), u8>("argument");
    let _ = guest.func::<(), Foreign>("result");
}

fn register(functions: &mut HostFunctions<()>) {
    let _ = functions.register("asked", |_: &mut (), x: Foreign| drop(x));
    let _ = functions.register("asked", |_: &mut ()| Foreign { nick: None });
}

fn main() {}

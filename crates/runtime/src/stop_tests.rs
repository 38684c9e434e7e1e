//! How a call and those who may stop it meet.

use crate::stop::{Guest, Reason, Stop};
use aingle_wasm_host::{EngineConfig, PlainInstance, WasmEngine};

#[test]
fn an_instance_that_a_call_gets_too_late_is_cancelled() {
    let engine = WasmEngine::new(EngineConfig::default()).unwrap();
    let module = engine.compile(&wat::parse_str("(module)").unwrap()).unwrap();
    let handle = PlainInstance::new(&engine, &module).unwrap().cancel_handle();
    let stop = Stop::default();
    stop.stop(Reason::Dropped);
    stop.stop(Reason::Cancelled);
    assert_eq!(stop.reason(), Some(Reason::Dropped), "the first reason counts");
    stop.begin(Guest::Host(handle.clone()));
    assert!(handle.is_cancelled());
}

//! A program of preview 1 that was made a component by an adapter.

use crate::common::{run, script_wasm};
use crate::escapes::area;
use aingle_wasm_wasi::{Dir, Grants, Limits, Needs, Program, What, recognise};
use wasi_preview1_component_adapter_provider as adapter;
use wit_component::ComponentEncoder;

fn program() -> Program {
    let name = adapter::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;
    let component = ComponentEncoder::default()
        .module(script_wasm())
        .and_then(|encoder| encoder.adapter(name, adapter::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER))
        .and_then(|encoder| encoder.encode())
        .expect("a component");
    assert_eq!(recognise(&component), What::Component);
    Program::compile(&component, &Limits::default()).expect("a program")
}

#[test]
fn an_adapted_program_has_the_grants_of_a_component() {
    let area = area();
    let program = program();
    let missing = program.missing(&Grants::default());
    assert!(!missing.is_empty() && missing.iter().all(|missing| matches!(missing.needs, Needs::Dir(_))));
    let grants = Grants {
        dirs: vec![Dir::read_only(area.path().join("granted"), "/granted")],
        env: vec![("A".into(), "1".into())],
        ..Grants::default()
    };
    let words = ["open|3|inside", "read|4", "open|3|../secret", "unlink|3|inside", "env", "exit|7"];
    let ran = run(&program, &words, grants);
    assert_eq!(ran.stdout, "4\n\"inside\"\nperm\nperm\nA=1\n");
    assert_eq!(ran.status(), 1, "components say 0 or 1");
}

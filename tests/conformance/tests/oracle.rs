//! The engines are each other's oracle: the same random calls everywhere, the same bytes, the same kinds of
//! error, the same fuel.

use aingle_wasm_tests::{Engines, Failure, Subject, guest};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Call {
    Raw(&'static str, Vec<u8>),
    Note(&'static str, Vec<u8>),
    Add(i32, i32),
    Ask(u32, u32),
    Bytes(u32),
}

fn call() -> impl Strategy<Value = Call> {
    let names = || {
        // Typed exports get bytes that are no arguments, and hostile ones everything.
        prop::sample::select(vec![
            "echo",
            "refuse",
            "relay",
            "my_function",
            "add",
            "mirror",
            "many",
            "borrowed",
            "forge",
            "lie",
        ])
    };
    prop_oneof![
        4 => (names(), vec(any::<u8>(), 0..600)).prop_map(|(name, bytes)| Call::Raw(name, bytes)),
        1 => (names(), vec(any::<u8>(), 0..60)).prop_map(|(name, bytes)| Call::Note(name, bytes)),
        1 => any::<(i32, i32)>().prop_map(|(a, b)| Call::Add(a, b)),
        1 => any::<(u32, u32)>().prop_map(|(a, b)| Call::Ask(a, b)),
        1 => (0..20_000_u32).prop_map(Call::Bytes),
    ]
}

type Outcome = (Result<Vec<u8>, Failure>, Option<u64>);

/// What all calls gave, on one instance, and the fuel of each.
fn run(subject: &mut impl Subject, calls: &[Call]) -> Vec<Outcome> {
    calls.iter().map(|call| (one(subject, call), subject.fuel())).collect()
}

fn one(subject: &mut impl Subject, call: &Call) -> Result<Vec<u8>, Failure> {
    let words = |value: &dyn std::fmt::Debug| format!("{value:?}").into_bytes();
    match call {
        Call::Raw(name, bytes) => subject.raw(name, bytes),
        Call::Note(name, bytes) => subject.note(name, bytes).map(|()| Vec::new()),
        Call::Add(a, b) => subject.typed::<_, Result<i32, String>>("add", (*a, *b)).map(|sum| words(&sum)),
        Call::Ask(a, b) => subject
            .typed::<_, Result<u32, Option<conformance_guest::Overflow>>>("ask", (*a, *b))
            .map(|sum| words(&sum)),
        Call::Bytes(len) => subject.typed::<_, Vec<u8>>("bytes", (*len,)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_engine_gives_the_same_bytes_the_same_errors_and_the_same_fuel(calls in vec(call(), 1..12)) {
        let wasm = guest("conformance_guest");
        let engines = Engines::default();
        let wasmer = run(&mut engines.wasmer(wasm).unwrap(), &calls);
        prop_assert_eq!(&wasmer, &run(&mut engines.wasm3(wasm).unwrap(), &calls), "wasm3");
        prop_assert_eq!(&wasmer, &run(&mut engines.spacewasm(wasm).unwrap(), &calls), "spacewasm");
        prop_assert_eq!(&wasmer, &run(&mut engines.wasmi(wasm).unwrap(), &calls), "wasmi");
    }
}

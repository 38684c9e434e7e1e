//! What a reply may cost the host.

mod common;

use aingle_wasm_codec::{Checksum, Format, encode};
use aingle_wasm_host::Kind;
use aingle_wasm_host::prelude::*;
use aingle_wasm_types::Flags;
use aingle_wasm_types::limits::MAX_MESSAGE;
use common::*;

/// `give` replies with its request, which is a whole envelope; `fail` panics with a message of 1 MiB.
fn guest() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (memory (export "memory") 64)
            ;; The control block: no request buffer; the message of a panic, of a MiB that is there; sums and LZ4 are known.
            (data (i32.const 80) "\00\00\10\00\00\00\10\00\06")
            (func (export "__aingle_abi_2") (result i32) (i32.const 64))
            (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 65540))
            (func (export "fail") (param i32 i32) (result i64) unreachable)
            (func (export "give") (param i32 i32) (result i64)
                (i64.or
                    (i64.shl (i64.extend_i32_u (i32.add (local.get 0) (i32.const 12))) (i64.const 32))
                    (i64.extend_i32_u (i32.sub (local.get 1) (i32.const 12))))))"#,
    )
    .unwrap()
}

fn instance_of(config: EngineConfig) -> WasmInstance {
    let engine = engine_with(config);
    WasmInstance::new(&engine, &engine.compile(&guest()).unwrap()).unwrap()
}

/// A reply that lies in memory already costs the guest a few instructions, and the host a copy.
#[test]
fn a_reply_is_priced_by_its_length() {
    // One that is written as most are, and one that is not.
    [Checksum::Sum, Checksum::Crc32].into_iter().for_each(is_priced);
}

fn is_priced(checksum: Checksum) {
    let price = ((1 << 20) - (64 << 10)) / 16;
    let call = |metering_limit, len: usize| {
        let reply = encode(&vec![7; len], Flags::NONE, Format { checksum, ..Format::default() }).unwrap();
        let mut instance = instance_of(EngineConfig { metering_limit, ..EngineConfig::default() });
        let result = instance.call_raw("give", &reply);
        (result.map(|reply| reply.len()).map_err(HostError::into_kind), instance.fuel_used().unwrap())
    };
    let (result, free) = call(1_000, 64 << 10);
    assert_eq!(result, Ok(64 << 10));
    assert!(free < 100, "{free}");
    assert_eq!(call(1_000_000, 1 << 20), (Ok(1 << 20), free + price));
    assert_eq!(call(free + price, 1 << 20), (Ok(1 << 20), free + price));
    let limit = free + price - 1;
    assert_eq!(call(limit, 1 << 20).0, Err(HostErrorKind::OutOfFuel { limit, used: free + price }));
}

/// A reply of some KiB that becomes a MiB costs the host the MiB.
#[cfg(feature = "lz4")]
#[test]
fn a_compressed_reply_is_priced_by_what_it_becomes() {
    use aingle_wasm_codec::lz4;
    let price = ((1 << 20) - (64 << 10)) / 16;
    let long = vec![7; 1 << 20];
    let mut payload = vec![0; lz4::max_compressed_len(long.len())];
    let len = lz4::compress_into(&long, &mut payload).unwrap();
    assert!(len < 64 << 10);
    let checksum = Checksum::Sum;
    let reply = encode(&payload[..len], Flags::LZ4, Format { checksum, ..Format::default() }).unwrap();
    let call = |metering_limit| {
        let config = EngineConfig { metering_limit, lz4_threshold: 1 << 20, ..EngineConfig::default() };
        let mut instance = instance_of(config);
        let result = instance.call_raw("give", &reply);
        (result.map(|reply| reply.len()).map_err(HostError::into_kind), instance.fuel_used().unwrap())
    };
    let (result, used) = call(1_000_000);
    assert_eq!(result, Ok(1 << 20));
    assert!((price..price + 100).contains(&used), "{used}");
    assert_eq!(call(used).0, Ok(1 << 20));
    assert_eq!(call(used - 1).0, Err(HostErrorKind::OutOfFuel { limit: used - 1, used }));
}

/// A reply of three bytes can be a hundred thousand items, which take the host's time and not the guest's.
#[test]
fn what_a_typed_reply_becomes_is_priced() {
    let wasm = common::guest(&described(Kind::Export, "echo", "([()])", "[()]"));
    let call = |metering_limit, items: usize| {
        let engine = engine_with(EngineConfig { metering_limit, ..EngineConfig::default() });
        let mut instance = WasmInstance::new(&engine, &engine.compile(&wasm).unwrap()).unwrap();
        let echo = instance.func::<(Vec<()>,), Vec<()>>("echo").unwrap();
        let result = echo.call(&mut instance, (vec![(); items],));
        assert_eq!(result.is_err(), instance.is_poisoned());
        (result.map(|items| items.len()).map_err(HostError::into_kind), instance.fuel_used().unwrap())
    };
    let (result, free) = call(1_000, 1_170);
    assert_eq!(result, Ok(1_170));
    let price = 112 * 100_000 - (128 << 10);
    assert_eq!(call(12_000_000, 100_000), (Ok(100_000), free + price));
    assert_eq!(call(free + price, 100_000), (Ok(100_000), free + price));
    let limit = free + price - 1;
    assert_eq!(call(limit, 100_000).0, Err(HostErrorKind::OutOfFuel { limit, used: limit + 1 }));
}

/// So can arguments of a host function. They are not read beyond what the call has, however often the guest tries.
#[test]
fn what_arguments_of_a_host_function_become_is_priced() {
    let wasm = caller(
        &(described(Kind::Export, "ask", "([()])", "u32")
            + &described(Kind::Import, "answer", "([()])", "u32")),
    );
    let call = |metering_limit, items: usize| {
        let engine = engine_with(EngineConfig { metering_limit, ..EngineConfig::default() });
        let module = engine.compile(&wasm).unwrap();
        let mut instance = WasmInstance::with_state(&engine, &module, 0).unwrap();
        let answer = |ran: &mut u32, items: Vec<()>| {
            *ran += 1;
            items.len() as u32
        };
        instance.register("answer", answer).unwrap();
        let ask = instance.func::<(Vec<()>,), u32>("ask").unwrap();
        let result = ask.call(&mut instance, (vec![(); items],)).map_err(HostError::into_kind);
        (result, *instance.state(), instance.fuel_used().unwrap_or_default())
    };
    let (result, ran, free) = call(100_000, 9);
    assert_eq!((result, ran), (Ok(9), 1));
    let price = 112 * 100_000 - 1_024;
    assert_eq!(call(12_000_000, 100_000), (Ok(100_000), 1, free + price));
    // What is left when the arguments are read is not known there: they are, and the call ends for it.
    let limit = free + price - 1;
    let out = Err(HostErrorKind::OutOfFuel { limit, used: free + price });
    assert_eq!(call(limit, 100_000), (out, 1, free + price));
    // More than the whole call has.
    let (result, ran, _) = call(price - 1, 100_000);
    assert!(matches!(result, Err(HostErrorKind::OutOfFuel { .. })), "{result:?}");
    assert_eq!(ran, 0);
    // What a guest owes without limits is nobody's.
    let unmetered = call(u64::MAX, 100_000);
    assert_eq!((unmetered.0, unmetered.1), (Ok(100_000), 1));
}

/// A message of a MiB is not copied, tripled and sent back.
#[test]
fn a_panic_message_is_cut_and_says_so() {
    let mut instance = instance_of(EngineConfig::default());
    let error = instance.call_raw("fail", b"").unwrap_err();
    let HostErrorKind::Panic { message } = error.kind() else { panic!("{error}") };
    assert!(message.len() < MAX_MESSAGE + 100 && message.ends_with("… (1048576 bytes)"), "{}", message.len());
    let request = encode(b"", Flags::EXPECTS_RESPONSE, Format::default()).unwrap();
    let answer = instance_of(EngineConfig::default()).call_envelope("fail", &request);
    assert!(answer.len() < MAX_MESSAGE + 300, "{}", answer.len());
}

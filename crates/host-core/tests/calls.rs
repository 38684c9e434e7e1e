//! Calls of a guest that does what the ABI's page says.

mod mock;

use aingle_wasm_codec::postcard_schema::schema::NamedType;
use aingle_wasm_codec::{Cause, Data, Format, Schema, ValueError, encode, value};
use aingle_wasm_host_core::{
    Config, EngineInstance, Error, Func, Guest, Host, HostFunctions, Integrity, Trap,
};
use aingle_wasm_types::description::Kind;
use aingle_wasm_types::{ErrorCode, Flags, Name, control_block, names};
use mock::{Answer, CONTROL_BLOCK, Mock, REQUEST_BUFFER_PAYLOAD, World, guest, literal};
use proptest::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

fn answers(world: &mut World<()>, name: &str, payload: &[u8]) -> Answer {
    match name {
        "echo" => Answer::Reply(payload.to_vec()),
        "features" => Answer::Reply(world.memory[CONTROL_BLOCK as usize..][..control_block::LEN].to_vec()),
        "fail" => Answer::Error(ErrorCode::Application, b"no such station".to_vec()),
        "sum" => {
            let (a, b): (i32, i32) = value::decode(payload).unwrap();
            Answer::Reply(bytes_of(&(a + b)))
        }
        "half" => match value::decode::<(u32,)>(payload).unwrap().0 {
            odd if odd % 2 == 1 => Answer::Error(ErrorCode::ApplicationTyped, bytes_of(&Err::<u32, _>(odd))),
            even => Answer::Reply(bytes_of(&Ok::<_, u32>(even / 2))),
        },
        "panic" => Answer::Panic("index out of range at src/lib.rs:7:3"),
        "trap" => Answer::Trap(Trap::OutOfFuel { limit: 100, used: 104 }),
        _ => unreachable!("{name}"),
    }
}

fn bytes_of<T: serde::Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = vec![0; value::encoded_len(value).unwrap()];
    value::encode_into(value, &mut bytes).unwrap();
    bytes
}

fn module() -> Vec<u8> {
    guest(&["echo", "features", "fail", "sum", "half", "panic", "trap"], &[])
        .typed(Kind::Export, "sum", "(i32, i32)", "i32")
        .typed(Kind::Export, "half", "(u32)", "Result<u32, u32>")
        .raw(Kind::Export, "echo")
        .wasm()
}

fn guest_with(config: Config) -> Guest<Mock> {
    Guest::new(Mock::new(module(), literal(answers)), config).unwrap()
}

fn ready() -> Guest<Mock> {
    guest_with(Config::default())
}

/// Row A7: every size from nothing to 64 MiB, the request buffer's edge among them.
#[test]
fn a07_bytes_of_every_size_come_back() {
    let mut guest = ready();
    let edge = REQUEST_BUFFER_PAYLOAD;
    for len in [0, 1, 11, 12, edge - 1, edge, edge + 1, 65_535, 65_536, 1 << 20, 64 << 20] {
        let bytes: Vec<u8> = (0..len).map(|i| (i * 31 % 251) as u8).collect();
        let allocated = guest.engine().count(names::ALLOCATE);
        assert!(guest.call_raw("echo", &bytes).unwrap() == bytes, "{len} bytes");
        let allocated = guest.engine().count(names::ALLOCATE) - allocated;
        assert_eq!(allocated, usize::from(len > edge), "{len} bytes: one crossing when it fits");
    }
}

/// Lesson 1: nothing of the guest is written to but what it offered, and payloads are aligned.
#[test]
fn lesson_01_only_request_buffer_and_allocations_are_written() {
    let mut guest = ready();
    guest.call_raw("echo", &[]).unwrap();
    let before = guest.engine().world.memory.clone();
    guest.call_raw("echo", &[0xee; REQUEST_BUFFER_PAYLOAD]).unwrap();
    let after = &guest.engine().world.memory;
    let buffer = mock::REQUEST_BUFFER.0 as usize..(mock::REQUEST_BUFFER.0 + mock::REQUEST_BUFFER.1) as usize;
    for (at, (old, new)) in before.iter().zip(after).enumerate().take(4096) {
        assert!(old == new || buffer.contains(&at), "byte {at} was overwritten");
    }
}

/// Row A12 and lesson 10: the arena is where it was after every call, also after errors.
#[test]
fn a12_lesson_10_memory_stays_flat() {
    let mut guest = ready();
    let flat = |guest: &mut Guest<Mock>| {
        guest.call_raw("echo", &[7; 5000]).unwrap();
        guest.call_raw("echo", &[7; 50]).unwrap();
        assert!(matches!(guest.call_raw("fail", b""), Err(Error::Guest { .. })));
        guest.notify("echo", &[7; 5000]).unwrap();
        guest.engine().world.peak
    };
    let peak = flat(&mut guest);
    for _ in 0..1000 {
        assert_eq!(flat(&mut guest), peak);
    }
}

#[test]
fn a09_typed_calls_and_results() {
    let mut guest = ready();
    let sum = guest.func::<(i32, i32), i32>("sum").unwrap();
    assert_eq!(sum.call(&mut guest, (40, 2)), Ok(42));
    let half = guest.func::<(u32,), Result<u32, u32>>("half").unwrap();
    assert_eq!(half.call(&mut guest, (8,)), Ok(Ok(4)));
    assert_eq!(half.call(&mut guest, (7,)), Ok(Err(7)), "the inner error is the function's");
    assert!(guest.error_body().is_empty());
    assert!(!guest.is_poisoned());
}

/// Row A9: a wrong type or a missing export is an error when the handle is taken.
#[test]
fn a09_mismatches_are_errors_at_the_handle() {
    let mut guest = ready();
    let wrong = guest.func::<(i32, u32), i32>("sum").map(|_| ());
    let (expected, found) = (Func::<(i32, u32), i32>::HASH, Func::<(i32, i32), i32>::HASH);
    assert_eq!(wrong, Err(Error::Schema { name: Name::new("sum"), expected, found }));
    let text = format!("the host's have the hash {expected:#018x}, the guest's {found:#018x}");
    assert!(wrong.unwrap_err().to_string().ends_with(&text));
    let missing = guest.func::<(), ()>("nothing").map(|_| ());
    assert_eq!(missing, Err(Error::MissingExport(Name::new("nothing"))));
    let raw = guest.func::<(), ()>("echo").map(|_| ());
    assert_eq!(raw, Err(Error::Raw(Name::new("echo"))));
    let text = "`echo` is a raw export, which takes and returns bytes: call it with `call_raw`";
    assert_eq!(raw.unwrap_err().to_string(), text);
    let silent = guest.func::<(), ()>("fail").map(|_| ());
    assert_eq!(silent, Err(Error::Undescribed(Name::new("fail"))));
    let reserved = guest.func::<(), ()>(names::ALLOCATE).map(|_| ());
    assert_eq!(reserved, Err(Error::ExportSignature(Name::new(names::ALLOCATE))));
    assert_eq!(guest.call_raw(names::ABI, b""), Err(Error::ExportSignature(Name::new(names::ABI))));
    assert_eq!(sum(&mut guest), Ok(42), "a refused handle harms nothing");
}

fn sum(guest: &mut Guest<Mock>) -> Result<i32, Error> {
    guest.func::<(i32, i32), i32>("sum")?.call(guest, (40, 2))
}

#[test]
fn handles_serve_every_instance_of_their_module_and_no_other() {
    let (mut one, mut two) = (ready(), ready());
    let sum = one.func::<(i32, i32), i32>("sum").unwrap();
    assert_eq!(sum.call(&mut two, (1, 2)), Ok(3));
    let other = guest(&["sum"], &[]).typed(Kind::Export, "sum", "(i32, i32)", "i32").wasm();
    let mut foreign = Guest::new(Mock::new(other, literal(answers)), Config::default()).unwrap();
    assert_eq!(sum.call(&mut foreign, (1, 2)), Err(Error::ForeignHandle(Name::new("sum"))));
    assert!(!foreign.is_poisoned());
}

/// Also where the guest answers it all the same.
#[test]
fn a_notification_leaves_no_reply() {
    fn always(_: &mut World<()>, _: &str, _: &[u8]) -> Answer {
        Answer::Bytes(encode(b"unasked", Flags::NONE, Format::default()).unwrap())
    }
    let mut guest = Guest::new(Mock::new(module(), literal(always)), Config::default()).unwrap();
    assert_eq!(guest.notify("echo", b"one way"), Ok(()));
    assert!(guest.reply().is_empty());
}

#[test]
fn a_handle_of_another_module_starts_nothing() {
    let sum = ready().func::<(i32, i32), i32>("sum").unwrap();
    let other = guest(&["echo"], &[]).raw(Kind::Export, "echo").wasm();
    let mut foreign = Guest::new(Mock::new(other, literal(answers)), Config::default()).unwrap();
    assert_eq!(foreign.call_raw("echo", b"kept"), Ok(&b"kept"[..]));
    assert_eq!(sum.call(&mut foreign, (1, 2)), Err(Error::ForeignHandle(Name::new("sum"))));
    assert_eq!(foreign.reply(), b"kept");
}

/// Lesson 11: the guest's words arrive, whatever their length, and do not outlive the next call.
#[test]
fn lesson_11_errors_keep_their_code_and_body() {
    let mut guest = ready();
    let refused = guest.call_raw("fail", b"").map(<[u8]>::to_vec);
    assert_eq!(refused, Err(Error::Guest { code: ErrorCode::Application, len: 15 }));
    assert_eq!(guest.error_body(), b"no such station");
    assert_eq!(guest.notify("fail", b""), Err(Error::Guest { code: ErrorCode::Application, len: 15 }));
    assert!(guest.call_raw("nothing", b"").is_err());
    assert!(guest.error_body().is_empty(), "the words of an earlier error");
    guest.call_raw("echo", b"").unwrap();
    assert!(guest.error_body().is_empty());
}

/// Lesson 2: errors longer than any buffer of the guest's.
#[test]
fn lesson_02_long_errors_are_whole() {
    let body: Vec<u8> = (0..100_000_u32).map(|i| i as u8).collect();
    let said = body.clone();
    let run = literal(move |_, _, _| Answer::Error(ErrorCode::Application, said.clone()));
    let mut guest = Guest::new(Mock::new(module(), run), Config::default()).unwrap();
    let refused = guest.call_raw("fail", b"").map(|_| ());
    assert_eq!(refused, Err(Error::Guest { code: ErrorCode::Application, len: 100_000 }));
    assert_eq!(guest.error_body(), body);
}

#[test]
fn a14_a_panic_brings_its_message_and_poisons() {
    let mut guest = ready();
    let message = b"index out of range at src/lib.rs:7:3";
    let panicked = guest.call_raw("panic", b"").map(|_| ());
    assert_eq!(panicked, Err(Error::Panic { len: message.len() as u32 }));
    assert_eq!(guest.error_body(), message);
    assert!(guest.is_poisoned());
    assert_eq!(guest.call_raw("echo", b""), Err(Error::Poisoned));
    assert_eq!(guest.notify("echo", b""), Err(Error::Poisoned));
    assert_eq!(guest.call_in_place("echo", 1, |_| ()), Err(Error::Poisoned));
    assert_eq!(sum(&mut guest), Err(Error::Poisoned));
    assert_eq!(guest.engine().count("echo"), 0, "a poisoned guest is not entered");
}

/// Lesson 13.
#[test]
fn lesson_13_an_interrupted_guest_is_poisoned() {
    let mut guest = ready();
    let stopped = guest.call_raw("trap", b"").map(|_| ());
    assert_eq!(stopped, Err(Error::Trap(Trap::OutOfFuel { limit: 100, used: 104 })));
    assert!(guest.is_poisoned() && !stopped.unwrap_err().instance_usable());
    assert_eq!(guest.call_raw("echo", b""), Err(Error::Poisoned));
    assert!(Error::Poisoned.retryable());
}

#[test]
fn a10_notifications_expect_nothing_and_get_nothing() {
    let mut guest = ready();
    assert_eq!(guest.notify("echo", b"tick"), Ok(()));
    assert_eq!(guest.engine().count("echo"), 1);
    let mute =
        literal(|_: &mut World<()>, _: &str, _: &[u8]| Answer::Packed(aingle_wasm_types::Packed::NONE));
    let mut mute = Guest::new(Mock::new(module(), mute), Config::default()).unwrap();
    assert_eq!(mute.notify("echo", b"tick"), Ok(()));
    assert_eq!(mute.call_raw("echo", b""), Err(Error::NoReply));
    assert!(mute.is_poisoned());
}

#[test]
fn requests_are_written_and_replies_read_in_place() {
    let mut guest = ready();
    for len in [0, 100, 5000] {
        let reply = guest.call_in_place("echo", len, |buffer| buffer.fill(9)).unwrap();
        assert_eq!(reply, vec![9; len]);
    }
}

/// Lesson 7: limits stand before memory is asked for.
#[test]
fn lesson_07_payloads_beyond_the_limit_are_refused_both_ways() {
    let mut config = Config::default();
    config.max_payload = 500;
    let mut guest = guest_with(config);
    let refused = Err(Error::TooLarge { limit: 500, found: 501 });
    assert_eq!(guest.call_raw("echo", &[0; 501]), refused);
    assert_eq!(guest.notify("echo", &[0; 501]), refused.map(|_: &[u8]| ()));
    assert_eq!(guest.engine().count(names::ALLOCATE), 0);
    assert_eq!(guest.call_raw("echo", &[0; 500]).map(<[u8]>::len), Ok(500));
    assert!(!guest.is_poisoned());

    let run = literal(|_: &mut World<()>, _: &str, _: &[u8]| Answer::Reply(vec![0; 501]));
    let mut guest = Guest::new(Mock::new(module(), run), config).unwrap();
    assert_eq!(guest.call_raw("echo", b""), Err(Error::TooLarge { limit: 500, found: 501 }));
    assert!(!guest.is_poisoned(), "the reply is whole, only too large");
}

#[test]
fn typed_arguments_beyond_the_limit_are_refused_in_the_request_buffer_and_out_of_it() {
    let wasm = guest(&["echo"], &[]).typed(Kind::Export, "echo", "([u8])", "[u8]").wasm();
    for (limit, len) in [(10, 500_usize), (10, 5000)] {
        let mut config = Config::default();
        config.max_payload = limit;
        let mut guest = Guest::new(Mock::new(wasm.clone(), literal(answers)), config).unwrap();
        let echo = guest.func::<(Vec<u8>,), Vec<u8>>("echo").unwrap();
        let refused = echo.call(&mut guest, (vec![1; len],));
        assert_eq!(refused, Err(Error::TooLarge { limit: 10, found: len as u64 + 2 }));
        assert_eq!(guest.engine().count("echo"), 0);
    }
}

#[test]
fn a_guest_without_room_says_so_and_lives() {
    let mut guest = ready();
    guest.engine_mut().world.limit = 65_536;
    let refused = guest.call_raw("echo", &[0; 100_000]).map(|_| ());
    assert_eq!(refused, Err(Error::GuestOutOfMemory { needed: 100_012 }));
    assert!(!guest.is_poisoned() && refused.unwrap_err().retryable());
    assert_eq!(guest.call_raw("echo", b"still here"), Ok(&b"still here"[..]));
}

#[test]
fn a_reply_of_another_type_is_an_error_and_no_poison() {
    let run = literal(|_: &mut World<()>, _: &str, _: &[u8]| Answer::Reply(vec![1, 2, 3]));
    let mut guest = Guest::new(Mock::new(module(), run), Config::default()).unwrap();
    let found = ValueError::TrailingBytes { found: 2 };
    assert_eq!(sum(&mut guest), Err(Error::Value(found)));
    assert!(!guest.is_poisoned());
}

/// A map that does not know its length, which postcard cannot write.
struct Endless;

impl serde::Serialize for Endless {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        serializer.serialize_map(None)?.end()
    }
}

impl Data for Endless {
    const TYPE: &'static NamedType = i32::SCHEMA;
}

#[test]
fn an_argument_that_cannot_be_written_is_named_with_the_cause() {
    let mut guest = ready();
    let sum = guest.func::<(i32, Endless), i32>("sum").unwrap();
    let error = sum.call(&mut guest, (1, Endless)).unwrap_err();
    let cause = ValueError::Unwritable(Cause::UnknownLength);
    assert_eq!(error, Error::Argument { position: 2, error: cause });
    let words = "argument 2: the value cannot be written: a sequence or a map has no known length";
    assert_eq!(error.to_string(), words);
    assert!(!guest.is_poisoned());
}

/// Lesson 11: an error envelope is never an `Ok`, whatever its body says.
#[test]
fn lesson_11_an_error_with_an_ok_inside_is_no_success() {
    let run = literal(|_: &mut World<()>, _: &str, _: &[u8]| {
        Answer::Error(ErrorCode::ApplicationTyped, bytes_of(&Ok::<u32, u32>(4)))
    });
    let mut guest = Guest::new(Mock::new(module(), run), Config::default()).unwrap();
    let half = guest.func::<(u32,), Result<u32, u32>>("half").unwrap();
    assert_eq!(half.call(&mut guest, (8,)), Err(Error::Value(ValueError::Malformed(Cause::Mark))));
}

/// The checksum of a request, by the configuration and what the guest says that it can.
#[test]
fn a10_the_checksum_is_agreed_on() {
    const TRUSTED: u32 = control_block::FEATURE_TRUSTED;
    const SUM: u32 = control_block::FEATURE_SUM;
    let agreed = [
        (Integrity::Auto, 0, Flags::NONE),
        (Integrity::Auto, SUM, Flags::SUM),
        (Integrity::Auto, SUM | TRUSTED, Flags::TRUSTED),
        (Integrity::Checked, 0, Flags::NONE),
        (Integrity::Checked, TRUSTED, Flags::NONE),
        (Integrity::Checked, SUM | TRUSTED, Flags::SUM),
        (Integrity::Trusted, 0, Flags::NONE),
        (Integrity::Trusted, SUM, Flags::SUM),
        (Integrity::Trusted, TRUSTED, Flags::TRUSTED),
        (Integrity::Trusted, SUM | TRUSTED, Flags::TRUSTED),
    ];
    let agreed = agreed.map(|(integrity, features, flag)| (integrity, true, features, flag));
    let elsewhere = [
        (Integrity::Auto, false, TRUSTED, Flags::NONE),
        (Integrity::Auto, false, SUM | TRUSTED, Flags::SUM),
        (Integrity::Trusted, false, SUM | TRUSTED, Flags::TRUSTED),
    ];
    for (integrity, owns_memory, features, flag) in agreed.into_iter().chain(elsewhere) {
        let mut answer = literal(answers);
        let run: mock::Run<()> = Box::new(move |world, name, a, b| {
            if !name.starts_with("__") {
                let flags = world.memory[a as usize + 3];
                assert_eq!(flags & 0x30, flag.bits(), "{integrity:?}, {owns_memory}, features {features}");
            }
            let returned = answer(world, name, a, b);
            world.set_block_word(control_block::GUEST_FEATURES, features);
            returned
        });
        let mut config = Config::default();
        config.integrity = integrity;
        let mut mock = Mock::new(module(), run);
        mock.owns_memory = owns_memory;
        let mut guest = Guest::new(mock, config).unwrap();
        assert_eq!(guest.call_raw("echo", b"hello"), Ok(&b"hello"[..]));
    }
}

#[test]
fn the_host_writes_its_words_before_the_first_call() {
    let mut mock = Mock::new(module(), literal(answers));
    mock.memory_end = Some(3072);
    let mut config = Config::default();
    config.lz4_threshold = 2048;
    let mut guest = Guest::new(mock, config).unwrap();
    guest.start().unwrap();
    assert_eq!(guest.engine().world.block_word(control_block::MEMORY_END), 3072);
    let threshold = if cfg!(feature = "lz4") { 2048 } else { 0 };
    assert_eq!(guest.engine().world.block_word(control_block::LZ4_THRESHOLD), threshold);
    guest.start().unwrap();
    assert_eq!(guest.engine().count(names::ABI), 1, "asked once");
}

#[test]
fn every_call_has_its_whole_fuel() {
    let mut guest = ready();
    guest.start().unwrap();
    let before = guest.engine().refuels;
    guest.call_raw("echo", b"").unwrap();
    guest.call_raw("echo", &[0; 5000]).unwrap();
    assert_eq!(guest.engine().refuels, before + 2);
    assert_eq!(guest.fuel_used(), None);
    assert!(!guest.engine_mut().memory().is_empty());
}

/// The limits of typed values bite on both sides: replies, and arguments of host functions.
#[test]
fn typed_values_are_bounded_by_the_configuration() {
    let wasm = guest(&["texts", "units", "refused"], &["host"])
        .typed(Kind::Export, "texts", "()", "[str]")
        .typed(Kind::Export, "units", "()", "[()]")
        .typed(Kind::Export, "refused", "()", "Result<(), [str]>")
        .typed(Kind::Import, "host", "([str])", "()")
        .wasm();
    let said = Rc::new(RefCell::new(Vec::new()));
    let keeps = said.clone();
    let run = literal(move |world: &mut World<()>, name: &str, _: &[u8]| match name {
        "texts" => Answer::Reply([&[0xe8, 7][..], &[0; 1000]].concat()),
        "units" => Answer::Reply(vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
        _ => {
            let zeros = [&[0xe8, 7][..], &[0; 1000]].concat();
            keeps.borrow_mut().push(world.call_host("host", &zeros, Format::default()));
            Answer::Error(ErrorCode::ApplicationTyped, [&[1, 0xe8, 7][..], &[0; 1000]].concat())
        }
    });
    let mut config = Config::default();
    (config.max_decoded, config.max_items) = (10_000, 5_000);
    let mut functions = HostFunctions::new();
    functions.register("host", |(): &mut (), texts: Vec<String>| drop(texts)).unwrap();
    let mut guest = Guest::new(Mock::with_host(wasm, run, Host::new((), functions)), config).unwrap();
    let too_large = Error::Value(ValueError::DecodedTooLarge { limit: 10_000 });
    let texts: Func<(), Vec<String>> = guest.func("texts").unwrap();
    assert_eq!(texts.call(&mut guest, ()), Err(too_large));
    let units: Func<(), Vec<()>> = guest.func("units").unwrap();
    assert_eq!(units.call(&mut guest, ()), Err(Error::Value(ValueError::TooManyItems { limit: 5_000 })));
    let refused: Func<(), Result<(), Vec<String>>> = guest.func("refused").unwrap();
    assert_eq!(refused.call(&mut guest, ()), Err(too_large));
    assert!(!guest.is_poisoned());
    let words = b"arguments: the value takes too much memory: limit 10000 bytes".to_vec();
    assert_eq!(said.take(), [Err((ErrorCode::TooLarge as u16, words))]);
}

#[cfg(feature = "lz4")]
mod lz4 {
    use super::*;
    use aingle_wasm_codec::{DecodeError, Format, encode, lz4};
    use aingle_wasm_types::Flags;

    fn compressed(bytes: &[u8]) -> Vec<u8> {
        let mut payload = vec![0; lz4::max_compressed_len(bytes.len())];
        let len = lz4::compress_into(bytes, &mut payload).expect("it shrinks");
        payload.truncate(len);
        payload
    }

    fn replying(bytes: Vec<u8>) -> Guest<Mock> {
        let run = literal(move |_: &mut World<()>, _: &str, _: &[u8]| Answer::Bytes(bytes.clone()));
        let mut config = Config::default();
        config.max_payload = 100_000;
        config.lz4_threshold = 1000;
        Guest::new(Mock::new(module(), run), config).unwrap()
    }

    /// A guest compresses what its host asked for, and nothing else: 5 units of fuel would cost the host 255 MiB.
    #[test]
    fn lz4_that_was_not_agreed_on_is_refused() {
        let reply = encode(&compressed(&[3; 5000]), Flags::LZ4, Format::default()).unwrap();
        let refused = Error::Reply(DecodeError::UnsupportedFlags { found: 1, refused: 3 });
        for (threshold, knows, expected) in [
            (1000, true, Ok(())),
            (0, true, Err(refused)),
            (1000, false, Err(refused)),
            (0, false, Err(refused)),
        ] {
            let bytes = reply.clone();
            let mut good = literal(move |_: &mut World<()>, _: &str, _: &[u8]| Answer::Bytes(bytes.clone()));
            let run: mock::Run<()> = Box::new(move |world, name, a, b| {
                let result = good(world, name, a, b);
                if !knows {
                    world.set_block_word(control_block::GUEST_FEATURES, control_block::FEATURE_SUM);
                }
                result
            });
            let mut config = Config::default();
            config.lz4_threshold = threshold;
            let mut guest = Guest::new(Mock::new(module(), run), config).unwrap();
            let result = guest.call_raw("echo", b"").map(|reply| assert_eq!(reply, [3; 5000]));
            assert_eq!(result, expected, "{threshold}, {knows}");
            assert_eq!(guest.is_poisoned(), expected.is_err());
        }
    }

    #[test]
    fn a10_payloads_above_the_threshold_travel_compressed() {
        let mut guest = literal(answers);
        let run: mock::Run<()> = Box::new(move |world, name, a, b| {
            if name == "echo" {
                let flags = world.memory[a as usize + 3];
                let travels = if flags & 1 != 0 { "compressed" } else { "plain" };
                assert_eq!(travels, if b < 200 { "compressed" } else { "plain" });
            }
            guest(world, name, a, b)
        });
        let mut config = Config::default();
        config.lz4_threshold = 1000;
        let mut guest = Guest::new(Mock::new(module(), run), config).unwrap();
        assert_eq!(guest.call_raw("echo", &[5; 999]), Ok(&[5; 999][..]), "below: 999 bytes plain");
        assert_eq!(guest.call_raw("echo", &[5; 1000]), Ok(&[5; 1000][..]), "at: compressed");
    }

    #[test]
    fn a10_compressed_replies_are_opened_within_the_limit() {
        let format = Format::default();
        let reply = |bytes: &[u8]| encode(&compressed(bytes), Flags::LZ4, format).unwrap();
        assert_eq!(replying(reply(&[3; 100_000])).call_raw("echo", b""), Ok(&[3; 100_000][..]));
        let mut guest = replying(reply(&[3; 100_001]));
        let refused = guest.call_raw("echo", b"").map(|_| ());
        assert_eq!(refused, Err(Error::TooLarge { limit: 100_000, found: 100_001 }));
        assert!(!guest.is_poisoned());
        let mut guest = replying(encode(&[0, 1, 0, 0, 7], Flags::LZ4, format).unwrap());
        let bomb = DecodeError::DecodedTooLarge { limit: 255, declared: 256 };
        assert_eq!(guest.call_raw("echo", b""), Err(Error::Reply(bomb)));
        assert!(guest.is_poisoned());
    }

    /// A reply that was decompressed is the caller's, or lives until the next call, and no longer.
    #[test]
    fn large_replies_are_not_kept() {
        let reply = encode(&compressed(&[3; 100_000]), Flags::LZ4, Format::default()).unwrap();
        let mut guest = replying(reply);
        assert_eq!(guest.call_owned("echo", b""), Ok(vec![3; 100_000]));
        assert_eq!(guest.reply(), b"", "given to the caller");
        assert_eq!(guest.call_raw("echo", b"").map(<[u8]>::len), Ok(100_000));
        assert_eq!(guest.reply().len(), 100_000);
        guest.give_back();
        assert_eq!(guest.reply(), b"");
        assert_eq!(guest.call_raw("echo", b"").map(<[u8]>::len), Ok(100_000), "and the guest lives");
        assert!(guest.reset(()));
        assert_eq!(guest.reply(), b"");
    }

    #[test]
    fn a_compressed_error_is_refused_and_not_misread() {
        // Without the refusal this would read as a bad request: the decoded size is 3.
        let bytes = encode(&[3, 0, 0, 0, 0x30, 1, 2, 3], Flags::LZ4.with(Flags::ERROR), Format::default());
        let mut guest = replying(bytes.unwrap());
        let found = (Flags::LZ4.with(Flags::ERROR)).bits();
        let error = DecodeError::UnsupportedFlags { found, refused: Flags::LZ4.bits() };
        assert_eq!(guest.call_raw("echo", b""), Err(Error::Reply(error)));
    }
}

/// A reply that is compressed reaches a host that cannot read it.
#[cfg(not(feature = "lz4"))]
#[test]
fn a10_a_host_without_lz4_refuses_compressed_replies() {
    use aingle_wasm_codec::{DecodeError, Format, encode};
    use aingle_wasm_types::Flags;
    let reply = encode(&[1, 0, 0, 0, 0x10, 9], Flags::LZ4, Format::default()).unwrap();
    let run = literal(move |_: &mut World<()>, _: &str, _: &[u8]| Answer::Bytes(reply.clone()));
    let mut guest = Guest::new(Mock::new(module(), run), Config::default()).unwrap();
    let refused = guest.call_raw("echo", b"").map(|_| ());
    assert!(
        matches!(refused, Err(Error::Reply(DecodeError::UnsupportedFlags { found: 1, .. }))),
        "{refused:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_sequence_of_calls_gives_every_reply(payloads in prop::collection::vec(
        prop::collection::vec(any::<u8>(), 0..3000), 1..20), checked: bool, threshold in 0_u32..2000
    ) {
        let mut config = Config::default();
        config.integrity = if checked { Integrity::Checked } else { Integrity::Auto };
        config.lz4_threshold = threshold;
        let mut guest = guest_with(config);
        for payload in &payloads {
            prop_assert_eq!(guest.call_raw("echo", payload).unwrap(), &payload[..]);
            let reply = guest.call_in_place("echo", payload.len(), |buffer| buffer.copy_from_slice(payload));
            prop_assert_eq!(reply.unwrap(), &payload[..]);
        }
    }
}

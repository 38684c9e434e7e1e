//! Host functions: what the guest calls, in both directions, and what it gets when anything fails.

mod mock;

use aingle_wasm_codec::postcard_schema::schema::{DataModelType, NamedType};
use aingle_wasm_codec::{Checksum, Data, Format, encode, value};
use aingle_wasm_host_core::{
    Args, Config, Error, Guest, Host, HostFault, HostFunctions, Integrity, Level, RegistrationError,
};
use aingle_wasm_types::description::Kind;
use aingle_wasm_types::limits::{MAX_ARGS, MAX_MESSAGE};
use aingle_wasm_types::{ErrorCode, Flags, Header, Name, Packed, Version, control_block, names};
use mock::{
    Answer, Build, CONTROL_BLOCK, Mock, RESPONSE_BUFFER, World, checked, guest, literal, refused_in_memory,
};
use proptest::prelude::*;
use serde::ser::SerializeMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// What the host functions of these tests work on.
#[derive(Default, Debug, PartialEq)]
struct State {
    ticks: u32,
    lines: Vec<(Level, String)>,
}

fn functions() -> HostFunctions<State> {
    let mut functions = HostFunctions::new();
    functions
        .register_raw("echo", |_, request, response| {
            response.write(request);
            Ok(())
        })
        .unwrap();
    functions
        .register_raw("tick", |state: &mut State, _, response| {
            state.ticks += 1;
            response.write(b"tock");
            Ok(())
        })
        .unwrap();
    functions
        .register_raw("fail", |_, request, response| match request {
            b"fault" => {
                response.write(b"half an answer");
                Err(HostFault::new("the bus is down"))
            }
            b"bad" => Err(HostFault::bad_request("no such register")),
            _ => {
                response.write(b"half an answer");
                response.write_error(request);
                Ok(())
            }
        })
        .unwrap();
    functions
        .register("half", |state: &mut State, of: u32| {
            state.ticks += 1;
            if of.is_multiple_of(2) { Ok(of / 2) } else { Err(vec![of; 40]) }
        })
        .unwrap();
    functions.register("unwritable", |_: &mut State| Unwritable).unwrap();
    functions
        .register("checked", |_: &mut State, ok: bool| Checked(if ok { Ok(1) } else { Err(300) }))
        .unwrap();
    functions.register("many", |_: &mut State, count: u32| vec![7_u8; count as usize]).unwrap();
    functions.register("swelling", |_: &mut State| Swelling::default()).unwrap();
    functions.on_log(|state, level, text| state.lines.push((level, text.into())));
    functions
}

/// A result that is a byte longer each time it is written, against the promise.
#[derive(Default)]
struct Swelling(Cell<usize>);

impl serde::Serialize for Swelling {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.set(self.0.get() + 1);
        serializer.collect_seq(std::iter::repeat_n(7_u8, RESPONSE_BUFFER.1 as usize + self.0.get()))
    }
}

impl Data for Swelling {
    const TYPE: &'static NamedType = <[u8]>::TYPE;
}

/// A result that cannot be written, although it says what would be.
struct Unwritable;

impl serde::Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(None)?.end()
    }
}

impl Data for Unwritable {
    const TYPE: &'static NamedType = u8::TYPE;
}

/// A newtype of a `Result`.
#[derive(serde::Serialize)]
struct Checked(Result<u8, u16>);

impl Data for Checked {
    const TYPE: &'static NamedType =
        &NamedType { name: "Checked", ty: &DataModelType::NewtypeStruct(<Result<u8, u16>>::TYPE) };
}

const IMPORTS: [&str; 10] =
    ["echo", "tick", "fail", "half", "unwritable", "checked", "many", "swelling", names::FETCH, names::LOG];

/// A guest with the entry point `run` and all imports, which describes the typed ones.
fn module() -> Build {
    guest(&["run"], &IMPORTS)
        .typed(Kind::Import, "half", "(u32)", "Result<u32, [u32]>")
        .typed(Kind::Import, "unwritable", "()", "u8")
        .typed(Kind::Import, "checked", "(bool)", "Result<u8, u16>")
        .typed(Kind::Import, "many", "(u32)", "[u8]")
        .typed(Kind::Import, "swelling", "()", "[u8]")
}

/// A guest whose entry point `run` is this closure, once.
fn running(run: impl FnMut(&mut World<State>, &[u8]) -> Vec<u8> + 'static) -> Guest<Mock<State>> {
    let wasm = module().wasm();
    let mut run = run;
    let run = literal(move |world, _, payload| Answer::Reply(run(world, payload)));
    let mock = Mock::with_host(wasm, run, Host::new(State::default(), functions()));
    Guest::new(mock, checked()).unwrap()
}

/// What the guest saw of calling one host function with these bytes.
fn answer_of(name: &'static str, request: &[u8]) -> Result<Vec<u8>, (u16, Vec<u8>)> {
    let seen = Rc::new(RefCell::new(None));
    let kept = seen.clone();
    let mut guest = running(move |world, payload| {
        *kept.borrow_mut() = Some(world.call_host(name, payload, Format::default()));
        Vec::new()
    });
    guest.call_raw("run", request).unwrap();
    seen.take().unwrap()
}

fn code(code: ErrorCode, body: impl Into<Vec<u8>>) -> Result<Vec<u8>, (u16, Vec<u8>)> {
    Err((code as u16, body.into()))
}

#[test]
fn a_result_that_cannot_be_written_has_a_code_of_its_own() {
    let text = "result: the value cannot be written: a sequence or a map has no known length";
    assert_eq!(answer_of("unwritable", b""), code(ErrorCode::BadResult, text));
}

#[test]
fn a_newtype_of_a_result_answers_as_one() {
    assert_eq!(answer_of("checked", &[1]), Ok(vec![0, 1]));
    assert_eq!(answer_of("checked", &[0]), code(ErrorCode::ApplicationTyped, [1, 0xac, 2]));
}

/// Row A6: data of any size, both ways; what does not fit the response buffer is fetched.
#[test]
fn a06_lesson_02_bytes_of_every_size_reach_the_host_and_return() {
    let edge = RESPONSE_BUFFER.1 as usize - Header::LEN;
    for len in [0, 1, edge - 1, edge, edge + 1, 4096, 65_536, 3 << 20] {
        let bytes: Vec<u8> = (0..len).map(|i| (i * 7 % 251) as u8).collect();
        assert!(answer_of("echo", &bytes) == Ok(bytes), "{len} bytes");
    }
}

#[test]
fn a06_what_fits_the_response_buffer_comes_in_the_same_crossing() {
    let edge = RESPONSE_BUFFER.1 as usize - Header::LEN;
    let mut guest = running(move |world, _| {
        for (len, fits) in [(0, true), (edge, true), (edge + 1, false)] {
            let request = encode(&vec![1; len], Flags::EXPECTS_RESPONSE, Format::default()).unwrap();
            let request = world.put(&request);
            let response = world.import("echo", request.ptr, request.len);
            let (ptr, whole) = (if fits { RESPONSE_BUFFER.0 } else { 0 }, (len + Header::LEN) as u32);
            assert_eq!(response, Packed { ptr, len: whole });
        }
        Vec::new()
    });
    guest.call_raw("run", b"").unwrap();
}

/// Lessons 11 and 14: every failure is a value for the guest, and the host's words arrive whole.
#[test]
fn lesson_11_14_failures_are_returned_into_the_guest() {
    assert_eq!(answer_of("fail", b"fault"), code(ErrorCode::HostFailed, "the bus is down"));
    assert_eq!(answer_of("fail", b"bad"), code(ErrorCode::BadRequest, "no such register"));
    assert_eq!(answer_of("fail", b"own"), code(ErrorCode::Application, "own"));
    let long = vec![b'!'; 5000];
    assert_eq!(answer_of("fail", &long), code(ErrorCode::Application, long));
}

#[test]
fn a06_typed_functions_answer_with_values_and_errors() {
    let args = |of: u32| {
        let mut bytes = vec![0; 8];
        let len = value::encode_into(&(of,), &mut bytes).unwrap();
        bytes.truncate(len);
        bytes
    };
    let ok = answer_of("half", &args(8)).unwrap();
    assert_eq!(value::decode::<Result<u32, Vec<u32>>>(&ok), Ok(Ok(4)));
    for of in [7, 4_000_000_001] {
        let (number, body) = answer_of("half", &args(of)).unwrap_err();
        assert_eq!(number, ErrorCode::ApplicationTyped as u16);
        assert_eq!(value::decode::<Result<u32, Vec<u32>>>(&body), Ok(Err(vec![of; 40])));
    }
    let (number, text) = answer_of("half", b"").unwrap_err();
    assert_eq!(number, ErrorCode::BadRequest as u16);
    assert!(text.starts_with(b"arguments: "));
    let (number, _) = answer_of("half", &[1, 2, 3]).unwrap_err();
    assert_eq!(number, ErrorCode::BadRequest as u16);
}

#[test]
fn state_is_the_hosts_and_outlives_the_call() {
    let mut guest = running(|world, _| world.call_host("tick", b"", Format::default()).unwrap());
    for ticks in 1..=3 {
        assert_eq!(guest.call_raw("run", b""), Ok(&b"tock"[..]));
        assert_eq!(guest.state().ticks, ticks);
    }
    guest.state_mut().ticks = 0;
    assert_eq!(guest.into_engine().world.host.state.ticks, 0);
}

/// Row A10: a notification runs, and returns 0 whatever becomes of it.
#[test]
fn a10_notifications_to_the_host_return_nothing() {
    let mut guest = running(|world, _| {
        for (name, payload) in
            [("tick", &b""[..]), ("fail", b"fault"), ("half", b"garbage"), ("echo", &[7; 5000])]
        {
            let request = world.put(&encode(payload, Flags::NONE, Format::default()).unwrap());
            assert_eq!(world.import(name, request.ptr, request.len), Packed::NONE, "{name}");
            assert_eq!(world.host.pending_len(), 0, "{name}");
        }
        for flag in [Flags::LZ4, Flags::ENCRYPTED, Flags::ERROR] {
            let request = world.put(&encode(b"", flag, Format::default()).unwrap());
            assert_eq!(world.import("tick", request.ptr, request.len), Packed::NONE);
        }
        Vec::new()
    });
    guest.call_raw("run", b"").unwrap();
    assert_eq!(guest.state().ticks, 1, "refused flags do not reach the function");
}

#[test]
fn log_lines_reach_the_host_and_garbage_does_not() {
    let mut guest = running(|world, _| {
        for line in [&b"\x01low"[..], b"\x05all", b"\x03\xffnot utf-8", b"", b"\x00none", b"\x06none"] {
            let request = world.put(&encode(line, Flags::NONE, Format::default()).unwrap());
            assert_eq!(world.import(names::LOG, request.ptr, request.len), Packed::NONE);
        }
        Vec::new()
    });
    guest.call_raw("run", b"").unwrap();
    let lines = [(Level::Error, "low"), (Level::Trace, "all"), (Level::Info, "\u{fffd}not utf-8")];
    let lines = lines.map(|(level, text)| (level, text.to_string()));
    assert_eq!(guest.state().lines, lines);
}

/// A response that waits survives wrong fetches and is handed out once.
#[test]
fn fetch_wants_the_exact_length_and_a_place_in_memory() {
    let mut guest = running(|world, _| {
        assert_eq!(world.import(names::FETCH, 64, 0), Packed::NONE, "nothing waits");
        let request = encode(&[7; 500], Flags::EXPECTS_RESPONSE, Format::default()).unwrap();
        let request = world.put(&request);
        let waits = world.import("echo", request.ptr, request.len);
        assert_eq!(waits, Packed { ptr: 0, len: 512 });
        let ptr = world.allocate(600);
        let end = world.memory.len() as u32;
        for (ptr, len) in
            [(ptr, 511), (ptr, 513), (ptr, 0), (ptr, u32::MAX), (end - 511, 512), (u32::MAX, 512)]
        {
            assert_eq!(world.import(names::FETCH, ptr, len), Packed::NONE, "{ptr:#x} {len}");
        }
        assert_eq!(world.import(names::FETCH, ptr, 512), Packed { ptr, len: 512 });
        assert_eq!(world.import(names::FETCH, ptr, 512), Packed::NONE, "handed out once");
        Vec::new()
    });
    guest.call_raw("run", b"").unwrap();
}

#[test]
fn a_response_that_is_not_fetched_is_dropped_at_the_next_host_call() {
    let mut guest = running(|world, _| {
        let request = world.put(&encode(&[7; 500], Flags::EXPECTS_RESPONSE, Format::default()).unwrap());
        assert_eq!(world.import("echo", request.ptr, request.len).ptr, 0);
        assert_eq!(world.call_host("tick", b"", Format::default()), Ok(b"tock".to_vec()));
        assert_eq!(world.import(names::FETCH, request.ptr, 512), Packed::NONE);
        Vec::new()
    });
    guest.call_raw("run", b"").unwrap();
}

/// Requests that cannot be read: each is answered, none traps, none reaches a function.
#[test]
fn lesson_14_garbage_requests_are_answered() {
    let bad = |response: Result<Vec<u8>, (u16, Vec<u8>)>| response.unwrap_err().0;
    let mut guest = running(move |world, _| {
        for (ptr, len) in [(u32::MAX, 12), (65_530, 12), (4, u32::MAX), (4, 0), (64, 12), (64, 11)] {
            let waits = world.import("tick", ptr, len);
            assert_eq!(bad(fetched(world, waits)), ErrorCode::BadRequest as u16);
        }
        for bytes in refused_in_memory() {
            let request = world.put(&bytes);
            let waits = world.import("tick", request.ptr, request.len);
            assert_eq!(bad(fetched(world, waits)), ErrorCode::BadRequest as u16, "{bytes:x?}");
        }
        for flag in [Flags::LZ4, Flags::ENCRYPTED, Flags::ERROR] {
            let flags = flag.with(Flags::EXPECTS_RESPONSE);
            let request = world.put(&encode(b"", flags, Format::default()).unwrap());
            let waits = world.import("tick", request.ptr, request.len);
            assert_eq!(bad(fetched(world, waits)), ErrorCode::Unsupported as u16);
        }
        Vec::new()
    });
    guest.call_raw("run", b"").unwrap();
    assert_eq!(guest.state().ticks, 0);
}

fn fetched(world: &mut World<State>, waits: Packed) -> Result<Vec<u8>, (u16, Vec<u8>)> {
    assert_eq!(waits.ptr, 0);
    let ptr = world.allocate(waits.len);
    let response = world.import(names::FETCH, ptr, waits.len);
    let envelope = aingle_wasm_codec::Envelope::decode(world.bytes(response), Checksum::Sum).unwrap();
    assert!(envelope.flags().contains(Flags::ERROR));
    let (code, body) = ErrorCode::split(envelope.payload()).unwrap();
    Err((code as u16, body.to_vec()))
}

#[test]
fn an_import_that_is_not_linked_is_answered() {
    let mut guest = running(|world, _| {
        let request = world.put(&encode(b"", Flags::EXPECTS_RESPONSE, Format::default()).unwrap());
        let waits = world.host.dispatch(&mut world.memory, 99, request.ptr, request.len);
        let unknown = fetched(world, Packed::from_u64(waits)).unwrap_err();
        assert_eq!(unknown, (ErrorCode::UnknownFunction as u16, b"not linked".to_vec()));
        Vec::new()
    });
    guest.call_raw("run", b"").unwrap();
}

/// Hostile response buffers: outside memory, too short, over the request, over the control block.
#[test]
fn response_buffers_that_lie_are_not_written_to_and_requests_are_read_before_they_are_overwritten() {
    let mut guest = running(|world, _| {
        for (ptr, len) in [(u32::MAX, 100), (65_530, 100), (2052, u32::MAX), (2052, 11), (0, 0)] {
            world.set_block_word(control_block::RESPONSE_PTR, ptr);
            world.set_block_word(control_block::RESPONSE_LEN, len);
            assert_eq!(world.call_host("echo", b"hello", Format::default()), Ok(b"hello".to_vec()));
            assert_eq!(world.call_host("echo", b"", Format::default()), Ok(Vec::new()));
        }
        let request = world.put(&encode(b"over myself", Flags::EXPECTS_RESPONSE, Format::default()).unwrap());
        for shift in 0..request.len {
            world.memory.copy_within(request.range_in(1 << 20).unwrap(), 30_000);
            world.set_block_word(control_block::RESPONSE_PTR, 30_000 + shift);
            world.set_block_word(control_block::RESPONSE_LEN, 64);
            let response = world.import("echo", 30_000, request.len);
            assert_eq!(response.ptr, 30_000 + shift);
            assert_eq!(&world.bytes(response)[Header::LEN..], b"over myself", "shift {shift}");
        }
        world.set_block_word(control_block::RESPONSE_PTR, mock::CONTROL_BLOCK);
        world.set_block_word(control_block::RESPONSE_LEN, 48);
        let response = world.import("echo", request.ptr, request.len);
        assert_eq!(response.ptr, mock::CONTROL_BLOCK);
        Vec::new()
    });
    guest.call_raw("run", b"").unwrap();
}

/// What a guest or a host function says is cut before it is kept, and says that it was.
#[test]
fn long_texts_are_cut_on_their_way() {
    let wasm = guest(&["run"], &["fail", names::FETCH, names::LOG]).wasm();
    let run = literal(|world: &mut World<Vec<usize>>, _, _| {
        let line = [&[2][..], &[b'x'; 100_000]].concat();
        let line = world.put(&encode(&line, Flags::NONE, Format::default()).unwrap());
        world.import(names::LOG, line.ptr, line.len);
        let (_, text) = world.call_host("fail", b"", Format::default()).unwrap_err();
        Answer::Reply(text)
    });
    let mut functions = HostFunctions::new();
    let fail = |_: &mut Vec<usize>, _: &[u8], _: &mut aingle_wasm_host_core::Response<'_>| {
        Err(HostFault::new("y".repeat(100_000)))
    };
    functions.register_raw("fail", fail).unwrap();
    functions.on_log(|lines, _, line| {
        assert!(line.ends_with("x… (100000 bytes)"), "{}", &line[line.len() - 40..]);
        lines.push(line.len());
    });
    let mock = Mock::with_host(wasm, run, Host::new(Vec::new(), functions));
    let mut guest = Guest::new(mock, Config::default()).unwrap();
    let text = String::from_utf8(guest.call_raw("run", b"").unwrap().to_vec()).unwrap();
    assert!(text.ends_with("y… (100000 bytes)") && text.len() < MAX_MESSAGE + 100, "{}", text.len());
    assert_eq!(guest.state()[..], [65_536 + "… (100000 bytes)".len()]);
}

/// `(0, length)` says that a response waits, so none is ever written to address 0.
#[test]
fn a_response_buffer_at_address_0_is_not_used() {
    let mut guest = running(|world, _| {
        for (ptr, expected) in [(0, Packed { ptr: 0, len: 17 }), (1, Packed { ptr: 1, len: 17 })] {
            world.set_block_word(control_block::RESPONSE_PTR, ptr);
            world.set_block_word(control_block::RESPONSE_LEN, 60);
            let request = world.put(&encode(b"hello", Flags::EXPECTS_RESPONSE, Format::default()).unwrap());
            let before = world.memory[..CONTROL_BLOCK as usize].to_vec();
            assert_eq!(world.import("echo", request.ptr, request.len), expected);
            assert_eq!(world.host.pending_len(), if ptr == 0 { 17 } else { 0 });
            assert_eq!(world.memory[..CONTROL_BLOCK as usize] == before, ptr == 0);
        }
        Vec::new()
    });
    guest.call_raw("run", b"").unwrap();
}

/// A value that is another each time it is written is no answer that is cut short.
#[test]
fn a_result_that_changes_while_it_is_written_is_an_error() {
    let (number, _) = answer_of("swelling", b"").unwrap_err();
    assert_eq!(number, ErrorCode::BadResult as u16);
}

/// Lesson 7: both directions of a host call are bounded by the configuration.
#[test]
fn lesson_07_requests_and_responses_beyond_the_limit_are_errors() {
    let wasm = module().wasm();
    let run = literal(|world: &mut World<State>, _, _| {
        let text = |error: (u16, Vec<u8>)| (error.0, String::from_utf8(error.1).unwrap());
        for checksum in [Checksum::Crc32, Checksum::Sum] {
            let format = Format { checksum, ..Format::default() };
            let large = world.call_host("echo", &[0; 101], format).unwrap_err();
            let words = "request too large: limit 100 bytes, found 101".to_string();
            assert_eq!(text(large), (ErrorCode::TooLarge as u16, words));
            let large = world.call_host("fail", &[b'x'; 99], format).unwrap_err();
            let words = "response too large: limit 100 bytes, found 103".to_string();
            assert_eq!(text(large), (ErrorCode::TooLarge as u16, words));
            assert_eq!(world.call_host("echo", &[0; 100], format), Ok(vec![0; 100]));
            // A million bytes, behind three for their number.
            let large = world.call_host("many", &[0xc0, 0x84, 0x3d], format).unwrap_err();
            let words = "response too large: limit 100 bytes, found 1000003".to_string();
            assert_eq!(text(large), (ErrorCode::TooLarge as u16, words));
        }
        Answer::Reply(Vec::new())
    });
    let mut config = Config::default();
    config.max_payload = 100;
    let mock = Mock::with_host(wasm, run, Host::new(State::default(), functions()));
    Guest::new(mock, config).unwrap().call_raw("run", b"").unwrap();
}

/// A response is written in the version of its request.
#[test]
fn responses_follow_the_version_of_the_request() {
    let mut guest = running(|world, _| {
        let v1 = Format { version: Version::V1, ..Format::default() };
        assert_eq!(world.call_host("echo", b"hello", v1), Ok(b"hello".to_vec()));
        let request = world.put(&encode(b"own words", Flags::EXPECTS_RESPONSE, v1).unwrap());
        let response = world.import("fail", request.ptr, request.len);
        let wanted = encode(b"own words", Flags::ERROR, v1).unwrap();
        assert_eq!(world.bytes(response), wanted, "version 1 has no error codes");
        Vec::new()
    });
    guest.call_raw("run", b"").unwrap();
}

#[test]
fn a06_imports_are_checked_when_the_guest_starts() {
    let start = |build: mock::Build, functions: HostFunctions<State>| {
        let run = literal(|_: &mut World<State>, _, _| Answer::Reply(Vec::new()));
        let mock = Mock::with_host(build.wasm(), run, Host::new(State::default(), functions));
        Guest::new(mock, Config::default()).unwrap().start()
    };
    let typed = |args: &str, result: &str| guest(&[], &["half"]).typed(Kind::Import, "half", args, result);
    let missing = Err(Error::MissingImport(Name::new("half")));
    assert_eq!(start(guest(&[], &["half"]), HostFunctions::new()), missing);
    assert_eq!(start(typed("(u32)", "Result<u32, [u32]>"), functions()), Ok(()));
    for (args, result) in [("(u64)", "Result<u32, [u32]>"), ("(u32)", "u32"), ("()", "Result<u32, [u32]>")] {
        let refused = start(typed(args, result), functions());
        let is_schema = matches!(refused, Err(Error::Schema { name, .. }) if name.as_str() == "half");
        assert!(is_schema, "{args} -> {result}: {refused:?}");
    }
    let raw = guest(&[], &["echo"]).typed(Kind::Import, "echo", "([u8])", "[u8]");
    assert_eq!(start(raw, functions()), Ok(()), "a raw function reads typed bytes by itself");
}

/// What is missing can be registered, and the guest then starts: nothing was poisoned.
#[test]
fn a_guest_that_could_not_be_linked_can_be_once_it_is() {
    let run = literal(|world: &mut World<()>, _, _| {
        Answer::Reply(world.call_host("late", b"", Format::default()).unwrap())
    });
    let mock = Mock::new(guest(&["run"], &["late", names::FETCH]).wasm(), run);
    let mut guest = Guest::new(mock, Config::default()).unwrap();
    assert_eq!(guest.call_raw("run", b""), Err(Error::MissingImport(Name::new("late"))));
    assert!(!guest.is_started());
    let functions = guest.engine_mut().world.host.functions_mut().unwrap();
    let late = |_: &mut (), _: &[u8], response: &mut aingle_wasm_host_core::Response<'_>| {
        response.write(b"here");
        Ok(())
    };
    functions.register_raw("late", late).unwrap();
    assert_eq!(guest.call_raw("run", b""), Ok(&b"here"[..]));
}

#[test]
fn names_that_cannot_be_registered() {
    let mut functions = functions();
    let long = "a_name_of_thirty_two_bytes______";
    for (name, reason, text) in [
        ("echo", RegistrationError::Taken, "another function has this name"),
        (
            "__aingle_fetch",
            RegistrationError::Reserved,
            "names that begin with `__aingle_` belong to the ABI",
        ),
        ("__aingle_mine", RegistrationError::Reserved, "names that begin with `__aingle_` belong to the ABI"),
        (
            long,
            RegistrationError::TooLong { limit: 31, found: 32 },
            "the name is too long: limit 31 bytes, found 32",
        ),
    ] {
        let refused = functions.register(name, |_: &mut State| ()).unwrap_err();
        assert_eq!(refused, Error::Registration { name: Name::new(name), reason });
        assert!(refused.to_string().ends_with(text), "{refused}");
    }
    assert_eq!(functions.register(&long[..31], |_: &mut State| ()), Ok(()));
}

#[test]
fn a_host_function_takes_as_many_arguments_as_the_macro_lets_it() {
    type A = u8;
    let most = |_: &mut State, a: A, _: A, _: A, _: A, _: A, _: A, _: A, _: A, _: A, _: A, _: A, _: A| a;
    assert_eq!(functions().register("most", most), Ok(()));
    type Most = (A, A, A, A, A, A, A, A, A, A, A, A);
    assert_eq!(<Most as Args>::TYPES.len(), MAX_ARGS);
}

#[test]
fn functions_can_be_shared_and_then_not_be_added_to() {
    struct Shared(Arc<HostFunctions<State>>);
    impl AsRef<HostFunctions<State>> for Shared {
        fn as_ref(&self) -> &HostFunctions<State> {
            &self.0
        }
    }
    let functions = Arc::new(functions());
    for _ in 0..2 {
        let host = Host::shared(State::default(), Shared(functions.clone()));
        let run = literal(|world: &mut World<State>, _, _| {
            Answer::Reply(world.call_host("tick", b"", Format::default()).unwrap())
        });
        let mock = Mock::with_host(module().wasm(), run, host);
        let mut guest = Guest::new(mock, Config::default()).unwrap();
        assert!(guest.engine_mut().world.host.functions_mut().is_none());
        assert_eq!(guest.call_raw("run", b""), Ok(&b"tock"[..]));
        assert_eq!(guest.state().ticks, 1, "each guest has a state of its own");
    }
}

/// Row A10: trusted memory between guest and host functions, and back to checked.
#[test]
fn a10_host_calls_follow_the_agreed_integrity() {
    let trusted = Format { checksum: Checksum::None, ..Format::default() };
    for (integrity, taken) in [(Integrity::Trusted, true), (Integrity::Checked, false)] {
        let run = literal(move |world: &mut World<State>, _, _| {
            let request = world.put(&encode(b"hi", Flags::EXPECTS_RESPONSE, trusted).unwrap());
            let response = world.import("echo", request.ptr, request.len);
            assert_eq!(response.ptr != 0, taken);
            Answer::Reply(world.call_host("echo", b"checked", Format::default()).unwrap())
        });
        let mut config = Config::default();
        config.integrity = integrity;
        let mock = Mock::with_host(module().wasm(), run, Host::new(State::default(), functions()));
        assert_eq!(Guest::new(mock, config).unwrap().call_raw("run", b""), Ok(&b"checked"[..]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    /// Whatever numbers and bytes a guest calls with, the host answers and keeps to the response buffer.
    #[test]
    fn dispatch_never_panics_and_writes_only_into_the_response_buffer(
        memory in prop::collection::vec(any::<u8>(), 0..400), ptr in any::<u32>(), len in any::<u32>(), near: bool,
        import in 0_u32..8, payload in prop::collection::vec(any::<u8>(), 0..200), expects: bool
    ) {
        let mut guest = running(|_, _| Vec::new());
        guest.start().unwrap();
        let world = &mut guest.engine_mut().world;
        world.memory[30_000..][..memory.len()].copy_from_slice(&memory);
        let flags = if expects { Flags::EXPECTS_RESPONSE } else { Flags::NONE };
        let request = encode(&payload, flags, Format::default()).unwrap();
        world.memory[40_000..][..request.len()].copy_from_slice(&request);
        let (ptr, len) = if near { (40_000, request.len() as u32) } else { (ptr, len) };
        let before = world.memory.clone();
        let returned = Packed::from_u64(world.host.dispatch(&mut world.memory, import, ptr, len));
        let buffer = RESPONSE_BUFFER.0 as usize..(RESPONSE_BUFFER.0 + RESPONSE_BUFFER.1) as usize;
        for (at, (old, new)) in before.iter().zip(&world.memory).enumerate() {
            prop_assert!(old == new || buffer.contains(&at), "byte {} was overwritten", at);
        }
        prop_assert!(returned.ptr == 0 || returned.range_in(world.memory.len()).is_some());
        prop_assert!(returned.ptr != 0 || returned.len as usize == world.host.pending_len());
    }
}

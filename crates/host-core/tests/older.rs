//! Older guests: no control block, version 1 envelopes, an arena that only the host empties.

mod mock;

use aingle_wasm_codec::{Checksum, Envelope, Format, encode};
use aingle_wasm_host_core::{Config, Error, Guest, Host, HostFault, HostFunctions, Signature, Trap};
use aingle_wasm_types::{ErrorCode, Flags, Packed, Version, names};
use mock::{Build, Mock, Run, World};

const V1: Format = Format { version: Version::V1, checksum: Checksum::Crc32 };

fn module(abi: &[(&str, Signature)]) -> Build {
    let entries = [("echo", Signature::Entry), ("mute", Signature::Entry), ("fail", Signature::Entry)];
    let exports = abi.iter().chain(&entries).map(|(name, ty)| (name.to_string(), *ty)).collect();
    let import = ("env".to_string(), "host".to_string(), Signature::Entry);
    Build { exports, imports: vec![import], description: Vec::new() }
}

const AINGLE: [(&str, Signature); 3] = [
    (names::ALLOCATE, Signature::Allocate),
    (names::DEALLOCATE, Signature::Deallocate),
    (names::RESET_ARENA, Signature::Unit),
];
const HOLOCHAIN: [(&str, Signature); 2] =
    [(names::HC_ALLOCATE, Signature::Allocate), (names::HC_DEALLOCATE, Signature::Deallocate)];

/// Never empties anything by itself. Its replies are in `format`.
fn older(format: Format) -> Run<()> {
    older_of(format)
}

fn older_of<S: 'static>(format: Format) -> Run<S> {
    Box::new(move |world: &mut World<S>, name, a, b| match name {
        names::ALLOCATE | names::HC_ALLOCATE => Ok(world.allocate(a).into()),
        names::RESET_ARENA => {
            world.reset();
            Ok(0)
        }
        names::DEALLOCATE | names::HC_DEALLOCATE => {
            let freed = world.bytes(Packed { ptr: a, len: b });
            assert!(Envelope::decode(freed, Checksum::Crc32).is_ok(), "not the reply");
            world.reset();
            Ok(0)
        }
        "mute" => Ok(0),
        _ => {
            let request = world.bytes(Packed { ptr: a, len: b }).to_vec();
            let envelope = Envelope::decode(&request, Checksum::Crc32).expect("a request");
            assert_eq!(envelope.header().version, Version::V1);
            let flags = if name == "fail" { Flags::ERROR } else { Flags::NONE };
            Ok(world.put(&encode(envelope.payload(), flags, format).unwrap()).to_u64())
        }
    })
}

fn functions() -> HostFunctions<()> {
    let mut functions = HostFunctions::new();
    functions.register_raw("host", |_, _, _| Err(HostFault::new("down"))).unwrap();
    functions
}

fn guest(abi: &[(&str, Signature)], run: Run<()>) -> Guest<Mock> {
    let mock = Mock::with_host(module(abi).wasm(), run, Host::new((), functions()));
    Guest::new(mock, Config::default()).unwrap()
}

#[test]
fn older_guests_are_called_in_version_1_through_their_allocator() {
    for abi in [&AINGLE[..], &HOLOCHAIN, &AINGLE[..1]] {
        let mut guest = guest(abi, older(V1));
        for len in [0, 5, 100, 70_000] {
            let bytes = vec![3; len];
            assert_eq!(guest.call_raw("echo", &bytes), Ok(&bytes[..]));
        }
    }
}

/// Lesson 10 and row A12: the host empties the arena before each call but the first.
#[test]
fn lesson_10_the_arena_of_older_guests_is_emptied() {
    for (abi, free) in [(&AINGLE[..], names::RESET_ARENA), (&HOLOCHAIN, names::HC_DEALLOCATE)] {
        let mut guest = guest(abi, older(V1));
        guest.call_raw("echo", &[1; 5000]).unwrap();
        assert_eq!(guest.engine().count(free), 0);
        let peak = guest.engine().world.peak;
        for _ in 0..1000 {
            guest.call_raw("echo", &[1; 5000]).unwrap();
            assert!(matches!(guest.call_raw("fail", &[1; 5000]), Err(Error::Guest { .. })));
        }
        assert_eq!(guest.engine().world.peak, peak, "{free}");
        assert_eq!(guest.engine().count(free), 2000);
    }
}

/// A notification leaves no reply, and its request is in the arena all the same.
#[test]
fn lesson_10_notifications_do_not_fill_the_arena() {
    let mut guest = guest(&AINGLE, older(V1));
    guest.notify("mute", &[1; 5000]).unwrap();
    let peak = guest.engine().world.peak;
    for _ in 0..1000 {
        guest.notify("mute", &[1; 5000]).unwrap();
    }
    assert_eq!(guest.engine().world.peak, peak);
}

#[test]
fn lesson_11_errors_of_version_1_are_their_body() {
    let mut guest = guest(&AINGLE, older(V1));
    let refused = guest.call_raw("fail", b"why").map(|_| ());
    assert_eq!(refused, Err(Error::Guest { code: ErrorCode::Application, len: 3 }));
    assert_eq!(guest.error_body(), b"why");
    assert!(!guest.is_poisoned());
}

#[test]
fn a_reply_of_another_version_is_refused() {
    let mut guest = guest(&AINGLE, older(Format::default()));
    assert!(matches!(guest.call_raw("echo", b""), Err(Error::Reply(_))));
    assert!(guest.is_poisoned());
}

#[test]
fn a_trap_while_the_arena_is_emptied_poisons() {
    let mut good = older(V1);
    let mut guest = guest(
        &AINGLE,
        Box::new(move |world, name, a, b| match name {
            names::RESET_ARENA => Err(Trap::Unreachable),
            _ => good(world, name, a, b),
        }),
    );
    guest.call_raw("echo", b"").unwrap();
    assert_eq!(guest.call_raw("echo", b""), Err(Error::Trap(Trap::Unreachable)));
    assert!(guest.is_poisoned());
}

/// A host function never runs code of the guest: responses go where its allocator said before the call, one behind the
/// other, and each is of version 1.
#[test]
fn responses_are_placed_in_the_response_buffer_that_the_guest_gave_before_the_call() {
    let mut good = older(V1);
    let run: Run<()> = Box::new(move |world, name, a, b| {
        if name != "echo" {
            return good(world, name, a, b);
        }
        let request = world.put(&encode(b"", Flags::EXPECTS_RESPONSE, V1).unwrap());
        let calls = [
            (request.ptr, request.len, &b"down"[..]),
            (u32::MAX, 9, b"request out of bounds"),
            (request.ptr, 3, b"request: envelope too short: expected at least 12 bytes, found 3"),
        ];
        let placed = calls.map(|(ptr, len, _)| world.import("host", ptr, len));
        for (placed, (_, _, words)) in placed.into_iter().zip(calls) {
            let envelope = Envelope::decode(world.bytes(placed), Checksum::Crc32).unwrap();
            assert_eq!(envelope.header().version, Version::V1);
            assert_eq!((envelope.flags(), envelope.payload()), (Flags::ERROR, words));
        }
        assert_eq!(world.host.pending_len(), 0);
        good(world, name, a, b)
    });
    let mut guest = guest(&AINGLE, run);
    for call in 1..=3 {
        guest.call_raw("echo", b"").unwrap();
        assert_eq!(
            guest.engine().count(names::ALLOCATE),
            2 * call,
            "room for the responses, and for the request"
        );
    }
}

/// What the host functions of an older guest answer when there is no room: the import returns 0, and the log says so.
#[test]
fn a_response_without_a_buffer_is_dropped_and_logged() {
    fn asked(abi: &[(&str, Signature)], older_response_buffer: u32, request: usize) -> (u64, Vec<String>) {
        let mut good = older_of::<Vec<String>>(V1);
        let run: Run<Vec<String>> = Box::new(move |world, name, a, b| {
            if name == "echo" {
                let request = world.put(&encode(&vec![1; request], Flags::EXPECTS_RESPONSE, V1).unwrap());
                let answer = world.import("host", request.ptr, request.len);
                let answer = encode(&answer.to_u64().to_le_bytes(), Flags::NONE, V1).unwrap();
                return Ok(world.put(&answer).to_u64());
            }
            good(world, name, a, b)
        });
        let mut functions = HostFunctions::new();
        let echo =
            |_: &mut Vec<String>, request: &[u8], response: &mut aingle_wasm_host_core::Response<'_>| {
                response.write(request);
                Ok(())
            };
        functions.register_raw("host", echo).unwrap();
        functions.on_log(|lines: &mut Vec<String>, _, line| lines.push(line.into()));
        let mut config = Config::default();
        config.older_response_buffer = older_response_buffer;
        let mock = Mock::with_host(module(abi).wasm(), run, Host::new(Vec::new(), functions));
        let mut guest = Guest::new(mock, config).unwrap();
        let answer = u64::from_le_bytes(guest.call_raw("echo", b"").unwrap().try_into().unwrap());
        (answer, guest.state().clone())
    }
    let (answer, lines) = asked(&AINGLE, 112, 100);
    assert_eq!((Packed::from_u64(answer).len, lines), (112, Vec::new()));
    let dropped = |len: usize, left: usize| {
        vec![format!("response dropped: {len} bytes, the older guest has room for {left}")]
    };
    assert_eq!(asked(&AINGLE, 112, 101), (0, dropped(113, 112)));
    assert_eq!(asked(&AINGLE, 0, 1), (0, dropped(13, 0)));
    // More than the allocator has is no room, and no error.
    assert_eq!(asked(&AINGLE, u32::MAX, 1), (0, dropped(13, 0)));
    // Without an arena nobody would give the response buffer back.
    assert_eq!(asked(&HOLOCHAIN, 1000, 1), (0, dropped(13, 0)));
}

/// The buffer of the call before belongs to the guest again: neither what runs before there is another, nor a call that has none
/// answers there.
#[test]
fn a_response_buffer_is_for_one_call() {
    fn ask<S>(world: &mut World<S>) -> u64 {
        let request = world.put(&encode(b"", Flags::EXPECTS_RESPONSE, V1).unwrap());
        world.import("host", request.ptr, request.len).to_u64()
    }
    let (mut good, mut buffers) = (older(V1), 0);
    let run: Run<()> = Box::new(move |world, name, a, b| match name {
        names::ALLOCATE if a == 200 => {
            buffers += 1;
            assert_eq!(ask(world), 0, "in the allocator");
            if buffers == 3 { Ok(0) } else { good(world, name, a, b) }
        }
        names::RESET_ARENA => {
            assert_eq!(ask(world), 0, "while the arena is emptied");
            good(world, name, a, b)
        }
        "echo" => {
            let answer = ask(world);
            let answer = encode(&answer.to_le_bytes(), Flags::NONE, V1).unwrap();
            Ok(world.put(&answer).to_u64())
        }
        _ => good(world, name, a, b),
    });
    let mut config = Config::default();
    config.older_response_buffer = 200;
    let mock = Mock::with_host(module(&AINGLE).wasm(), run, Host::new((), functions()));
    let mut guest = Guest::new(mock, config).unwrap();
    for has_room in [true, true, false, true] {
        let answer = u64::from_le_bytes(guest.call_raw("echo", b"").unwrap().try_into().unwrap());
        assert_eq!(answer != 0, has_room);
    }
}

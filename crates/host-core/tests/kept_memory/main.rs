//! What is still allocated when a call is over that needed much memory. In a program of its own, because all tests of one
//! share their allocator.

#[path = "../mock/mod.rs"]
mod mock;
mod sys;

use aingle_wasm_codec::{Format, encode};
use aingle_wasm_host_core::{Config, Guest, Host, HostFault, HostFunctions, Response, Signature};
use aingle_wasm_types::limits::KEPT_BUFFER;
use aingle_wasm_types::{Flags, Version, names};
use mock::{Answer, Build, Mock, World, literal};

const LARGE: usize = 1 << 20;

fn functions() -> HostFunctions<()> {
    let mut functions = HostFunctions::new();
    let large = |_: &mut (), _: &[u8], response: &mut Response<'_>| {
        response.write(&[7; LARGE]);
        Ok(())
    };
    let fails = |_: &mut (), _: &[u8], response: &mut Response<'_>| {
        response.write(&[7; LARGE]);
        Err(HostFault::new("no"))
    };
    functions.register_raw("large", large).unwrap();
    functions.register_raw("fails", fails).unwrap();
    functions.register_raw("small", |_, _, _| Ok(())).unwrap();
    functions
}

/// A guest whose memory is as large as it will be.
fn guest_of(build: &Build, run: mock::Run<()>, config: Config) -> Guest<Mock> {
    let mut mock = Mock::with_host(build.wasm(), run, Host::new((), functions()));
    mock.world.memory.resize(16 << 20, 0);
    Guest::new(mock, config).unwrap()
}

/// What is still allocated that was not before.
fn left(guest: &mut Guest<Mock>, calls: impl FnOnce(&mut Guest<Mock>)) -> usize {
    guest.start().unwrap();
    let before = sys::live();
    calls(guest);
    sys::live().saturating_sub(before)
}

/// What is left behind of host calls that a guest makes, and then of the call itself.
fn of_host_calls(run: fn(&mut World<()>)) -> usize {
    let build = mock::guest(&["run"], &["large", "fails", "small", names::FETCH]);
    let run = literal(move |world: &mut World<()>, _: &str, _: &[u8]| {
        run(world);
        Answer::Reply(Vec::new())
    });
    let mut guest = guest_of(&build, run, Config::default());
    left(&mut guest, |guest| assert!(guest.call_raw("run", b"").is_ok()))
}

/// Calls a host function and takes no notice of what it answers.
fn asks(world: &mut World<()>, name: &str, flags: Flags) {
    let request = world.put(&encode(b"", flags, Format::default()).unwrap());
    world.import(name, request.ptr, request.len);
}

fn small_is_left_of_host_calls() {
    let fetched = of_host_calls(|world| drop(world.call_host("large", b"", Format::default()).unwrap()));
    assert!(fetched <= KEPT_BUFFER, "a response that was fetched: {fetched}");
    let dropped = of_host_calls(|world| {
        asks(world, "large", Flags::EXPECTS_RESPONSE);
        asks(world, "small", Flags::EXPECTS_RESPONSE);
    });
    assert!(dropped <= KEPT_BUFFER, "a response that was not fetched before the next host call: {dropped}");
    let notified = of_host_calls(|world| asks(world, "large", Flags::NONE));
    assert!(notified <= KEPT_BUFFER, "what nobody waits for: {notified}");
    let failed = of_host_calls(|world| asks(world, "fails", Flags::EXPECTS_RESPONSE));
    assert!(failed <= KEPT_BUFFER, "the response before an error: {failed}");
}

fn what_was_not_fetched_is_given_back() {
    let build = mock::guest(&["run"], &["large", names::FETCH]);
    let ask = || {
        literal(|world: &mut World<()>, _: &str, _: &[u8]| {
            asks(world, "large", Flags::EXPECTS_RESPONSE);
            Answer::Reply(Vec::new())
        })
    };
    let mut guest = guest_of(&build, ask(), Config::default());
    let waits = left(&mut guest, |guest| assert!(guest.call_raw("run", b"").is_ok()));
    assert!(waits >= LARGE, "{waits}");
    let given_back = |give_back: fn(&mut Guest<Mock>)| {
        let mut guest = guest_of(&build, ask(), Config::default());
        left(&mut guest, |guest| {
            guest.call_raw("run", b"").unwrap();
            give_back(guest);
        })
    };
    let left = given_back(Guest::give_back);
    assert!(left <= KEPT_BUFFER, "{left}");
    let left = given_back(|guest| assert!(guest.reset(())));
    assert!(left <= KEPT_BUFFER, "rewound: {left}");
}

fn small_is_left_of_an_older_guests_host_calls() {
    let format = Format { version: Version::V1, ..Format::default() };
    let run: mock::Run<()> = Box::new(move |world: &mut World<()>, name, a, _| match name {
        names::ALLOCATE => Ok(world.allocate(a).into()),
        names::RESET_ARENA => {
            world.reset();
            Ok(0)
        }
        _ => {
            let request = world.put(&encode(b"", Flags::EXPECTS_RESPONSE, format).unwrap());
            assert_eq!(world.import("large", request.ptr, request.len).to_u64(), 0, "there is no room");
            Ok(world.put(&encode(b"", Flags::NONE, format).unwrap()).to_u64())
        }
    });
    let exports = [
        (names::ALLOCATE, Signature::Allocate),
        (names::RESET_ARENA, Signature::Unit),
        ("run", Signature::Entry),
    ];
    let exports = exports.map(|(name, signature)| (name.to_string(), signature)).to_vec();
    let imports = vec![("env".to_string(), "large".to_string(), Signature::Entry)];
    let mut guest = guest_of(&Build { exports, imports, description: Vec::new() }, run, Config::default());
    let left = left(&mut guest, |guest| assert!(guest.call_raw("run", b"").is_ok()));
    assert!(left <= KEPT_BUFFER, "{left}");
}

#[cfg(feature = "lz4")]
mod lz4 {
    use super::*;
    use aingle_wasm_codec::lz4;
    use aingle_wasm_host_core::Error;

    /// Bytes that compression makes no shorter.
    fn noise() -> Vec<u8> {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        (0..LARGE).map(|_| next()).collect()
    }

    fn guest(room: bool) -> Guest<Mock> {
        let mut payload = vec![0; lz4::max_compressed_len(LARGE)];
        let len = lz4::compress_into(&[3; LARGE], &mut payload).unwrap();
        let large = encode(&payload[..len], Flags::LZ4, Format::default()).unwrap();
        let mut good = literal(move |_: &mut World<()>, name: &str, _: &[u8]| match name {
            "large" => Answer::Bytes(large.clone()),
            _ => Answer::Reply(Vec::new()),
        });
        let run: mock::Run<()> = Box::new(move |world, name, a, b| match name {
            names::ALLOCATE if !room => Ok(0),
            _ => good(world, name, a, b),
        });
        let mut config = Config::default();
        config.lz4_threshold = 1000;
        guest_of(&mock::guest(&["large", "small"], &[]), run, config)
    }

    fn small_is_left(what: &str, room: bool, calls: impl FnOnce(&mut Guest<Mock>)) {
        let left = left(&mut guest(room), calls);
        assert!(left <= KEPT_BUFFER, "{what}: {left}");
    }

    pub fn small_is_left_of_requests() {
        let (even, noise) = (vec![3; LARGE], noise());
        small_is_left("compressed", true, |guest| assert!(guest.call_raw("small", &even).is_ok()));
        small_is_left("a notification", true, |guest| guest.notify("small", &even).unwrap());
        small_is_left("not made shorter", true, |guest| assert!(guest.call_raw("small", &noise).is_ok()));
        // Compressed it is still longer than the request buffer.
        let rough = [&noise[..LARGE / 2], &even[LARGE / 2..]].concat();
        small_is_left("without room", false, |guest| {
            assert!(matches!(guest.call_raw("small", &rough), Err(Error::GuestOutOfMemory { .. })));
        });
    }

    pub fn a_decompressed_reply_is_given_back() {
        let kept =
            left(&mut guest(true), |guest| assert_eq!(guest.call_raw("large", b"").unwrap().len(), LARGE));
        assert!(kept >= LARGE, "until the next call: {kept}");
        small_is_left("the next call", true, |guest| {
            guest.call_raw("large", b"").unwrap();
            guest.call_raw("small", b"").unwrap();
        });
        small_is_left("the caller's", true, |guest| drop(guest.call_owned("large", b"").unwrap()));
        small_is_left("given back", true, |guest| {
            guest.call_raw("large", b"").unwrap();
            guest.give_back();
        });
        small_is_left("rewound", true, |guest| {
            guest.call_raw("large", b"").unwrap();
            assert!(guest.reset(()));
        });
    }
}

#[test]
fn what_a_call_needed_much_memory_for_is_given_back() {
    small_is_left_of_host_calls();
    what_was_not_fetched_is_given_back();
    small_is_left_of_an_older_guests_host_calls();
    #[cfg(feature = "lz4")]
    lz4::small_is_left_of_requests();
    #[cfg(feature = "lz4")]
    lz4::a_decompressed_reply_is_given_back();
}

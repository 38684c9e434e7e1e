//! The promises of the SDK that hold on every engine, one test each.

use aingle_wasm_host::Integrity;
use aingle_wasm_host_core::Level;
use aingle_wasm_tests::{Engines, Failure, Subject, guest, on_every_engine};
use aingle_wasm_types::ErrorCode;
use conformance_guest as native;
use conformance_guest::{Choice, Everything, Overflow};

fn conformance() -> &'static [u8] {
    guest("conformance_guest")
}

fn everything() -> Everything {
    Everything {
        numbers: (i8::MIN, u16::MAX, -1, u64::MAX, i128::MIN),
        floats: [-0.0, f64::MIN_POSITIVE],
        text: "wetter 🌦".into(),
        bytes: (0..=255).collect(),
        maybe: Some(false),
        choice: Choice::Named { x: i64::MIN },
    }
}

#[test]
fn a06_guests_call_hosts_with_data_of_any_size_in_both_directions() {
    fn check(subject: &mut impl Subject) -> (Vec<usize>, u64, u32) {
        let sizes = [0, 1, 255, 256, 5_000, 70_000, 1_000_000];
        let lengths = sizes.map(|len| {
            let sent: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let back = subject.raw("relay", &sent).expect("relayed");
            assert_eq!(back, sent);
            back.len()
        });
        let fetched = subject.typed::<(u32, u32), u64>("fetch", (50, 3_000)).expect("fetched");
        (lengths.to_vec(), fetched, subject.world().count)
    }
    let (lengths, fetched, counted) = on_every_engine!(conformance(), check);
    assert_eq!(lengths, [0, 1, 255, 256, 5_000, 70_000, 1_000_000]);
    assert_eq!((fetched, counted), (150_000, 50), "and every notification arrived");
}

#[test]
fn a06_host_errors_reach_the_guest_as_values() {
    fn check(subject: &mut impl Subject) -> [Result<u32, Option<Overflow>>; 2] {
        [(1, 2), (u32::MAX, 1)].map(|args: (u32, u32)| subject.typed("ask", args).expect("asked"))
    }
    assert_eq!(on_every_engine!(conformance(), check), [Ok(3), Err(Some(Overflow { a: u32::MAX, b: 1 }))]);
}

/// Lesson 14: a failure of the host is a value in the guest, and the guest goes on.
#[test]
fn lesson_14_host_failures_do_not_skip_the_guests_cleanup() {
    fn check(subject: &mut impl Subject) -> String {
        let said = subject.typed("broken", ()).expect("the guest went on");
        assert!(!subject.poisoned());
        said
    }
    assert_eq!(on_every_engine!(conformance(), check), "host function failed: the cable is loose");
}

#[test]
fn a07_bytes_of_any_size_come_back() {
    fn check(subject: &mut impl Subject) {
        for len in [0, 1, 15, 16, 499, 500, 501, 4_096, 65_535, 65_536, 1_000_001] {
            let sent: Vec<u8> = (0..len).map(|i| (i * 7) as u8).collect();
            assert_eq!(subject.raw("echo", &sent).as_ref(), Ok(&sent), "{len} bytes");
        }
    }
    on_every_engine!(conformance(), check);
}

/// The largest size that was promised, on the host that it was promised for.
#[test]
fn a07_64_mib_come_back_on_the_server() {
    use aingle_wasm_host::prelude::*;
    let engine = WasmEngine::new(EngineConfig::default()).expect("an engine");
    let module = engine.compile(conformance()).expect("compiled");
    let mut instance =
        WasmInstance::with_state(&engine, &module, aingle_wasm_tests::World::default()).expect("new");
    fn register(instance: &mut WasmInstance<aingle_wasm_tests::World>) -> Result<(), HostError> {
        aingle_wasm_tests::register_world!(instance);
        Ok(())
    }
    register(&mut instance).expect("registered");
    let sent: Vec<u8> = (0..64_u32 << 20).map(|i| (i >> 8) as u8).collect();
    assert!(instance.call_raw("echo", &sent).expect("echoed") == sent);
}

#[test]
fn a08_functions_by_hand_work_as_the_older_readme_shows() {
    fn check(subject: &mut impl Subject) {
        for len in [0, 1, 300, 5_000, 300_000] {
            let sent = vec![b'y'; len];
            assert_eq!(subject.raw("my_function", &sent).as_ref(), Ok(&sent));
            let refused = [b"no".as_slice(), &sent].concat();
            let error = Failure::Guest(ErrorCode::Application, refused.clone());
            assert_eq!(subject.raw("my_function", &refused), Err(error), "an error of any size");
        }
        assert_eq!(
            subject.raw("my_reverse", b"abc"),
            Ok(b"cba".to_vec()),
            "the input is taken as a `Vec<u8>`"
        );
    }
    on_every_engine!(conformance(), check);
}

#[test]
fn a09_typed_calls_give_what_the_function_gives_natively() {
    fn check(subject: &mut impl Subject) {
        let value = everything();
        assert_eq!(subject.typed::<(Everything,), Everything>("mirror", (value.clone(),)), Ok(value));
        assert_eq!(subject.typed::<(), ()>("nothing", ()), Ok(()));
        for (a, b) in [(1, 2), (i32::MAX, 1)] {
            assert_eq!(
                subject.typed::<(i32, i32), Result<i32, String>>("add", (a, b)),
                Ok(native::add(a, b))
            );
        }
        type Many<'a> = (u8, i16, u32, i64, f32, f64, bool, char, &'a str, &'a [u16]);
        let args = (1, -2, 3, -4, 0.5, -0.25, true, 'ß', "text", &[7, 8][..]);
        let expected = native::many(1, -2, 3, -4, 0.5, -0.25, true, 'ß', "text", &[7, 8]);
        assert_eq!(subject.typed::<Many<'_>, String>("many", args), Ok(expected));
        let words = ["a".to_string(), "b".to_string()];
        let args = ("öh", &[200_u8, 100][..], &words[..], &Choice::Unit);
        let borrowed =
            subject.typed::<(&str, &[u8], &[String], &Choice), (u32, u32, u32, bool)>("borrowed", args);
        assert_eq!(borrowed, Ok((3, 300, 2, true)));
        assert_eq!(subject.typed::<(), u8>("renamed", ()), Ok(7));
    }
    on_every_engine!(conformance(), check);
}

#[test]
fn a09_wrong_types_and_names_are_errors_at_the_handle() {
    fn check(subject: &mut impl Subject) -> [Failure; 5] {
        [
            subject.typed::<(i32, u32), Result<i32, String>>("add", (1, 2)).unwrap_err(),
            subject.typed::<(i32, i32), i32>("add", (1, 2)).unwrap_err(),
            subject.typed::<(i32,), i32>("add", (1,)).unwrap_err(),
            subject.typed::<(), ()>("subtract", ()).unwrap_err(),
            subject.raw("subtract", b"").unwrap_err(),
        ]
    }
    let schema = || Failure::Schema("add".into());
    let missing = || Failure::MissingExport("subtract".into());
    assert_eq!(on_every_engine!(conformance(), check), [schema(), schema(), schema(), missing(), missing()]);
}

#[test]
fn a10_errors_are_typed() {
    fn check(subject: &mut impl Subject) -> [Failure; 4] {
        [
            subject.raw("refuse", b"").unwrap_err(),
            subject.raw("refuse", &[9; 2_000]).unwrap_err(),
            // A typed export called with bytes that are not its arguments, and one that returns `Err`.
            subject.raw("add", &[1]).unwrap_err(),
            subject.raw("add", &[0xfe, 0xff, 0xff, 0xff, 0x0f, 2]).unwrap_err(),
        ]
    }
    let [empty, long, bad, refused] = on_every_engine!(conformance(), check);
    assert_eq!(empty, Failure::Guest(ErrorCode::Application, vec![]));
    assert_eq!(long, Failure::Guest(ErrorCode::Application, vec![9; 2_000]));
    let why = "argument 2: the bytes are not a value of this type: they end too early";
    assert_eq!(bad, Failure::Guest(ErrorCode::BadRequest, why.into()));
    assert!(matches!(refused, Failure::Guest(ErrorCode::ApplicationTyped, _)), "{refused:?}");
}

#[test]
fn a10_a_notification_has_no_reply_but_runs_and_fails_loudly() {
    fn check(subject: &mut impl Subject) -> (Vec<(Level, String)>, Failure) {
        // Postcard: the level, the length of the text, the text.
        subject.note("say", &[3, 2, b'h', b'i']).expect("said");
        let failure = subject.note("refuse", b"why").unwrap_err();
        (subject.world().lines.clone(), failure)
    }
    let (lines, failure) = on_every_engine!(conformance(), check);
    assert_eq!(lines, [(Level::Debug, "hi".to_string())]);
    assert_eq!(failure, Failure::Guest(ErrorCode::Application, b"why".to_vec()));
}

/// Lesson 11: a host function that fails on a notification is heard of, where the guest's log goes.
#[test]
fn lesson_11_a_failed_notification_becomes_a_line_of_the_log() {
    fn check(subject: &mut impl Subject) -> Vec<(Level, String)> {
        subject.typed::<(&str,), ()>("lose", ("it",)).expect("the guest goes on");
        subject.world().lines.clone()
    }
    let line = "host function `host_lost` failed: the cable is loose".to_string();
    assert_eq!(on_every_engine!(conformance(), check), [(Level::Error, line)]);
}

/// The same calls, compressed, with checksums and without: the bytes are the same.
#[test]
fn a10_lz4_and_checksums_change_nothing_but_the_way() {
    let text = b"the quick brown fox jumps over the lazy dog. ".repeat(500);
    for (integrity, lz4_threshold) in
        [(Integrity::Checked, 0), (Integrity::Trusted, 0), (Integrity::Checked, 64), (Integrity::Trusted, 64)]
    {
        let mut engines = Engines::default();
        engines.protocol.integrity = integrity;
        engines.protocol.lz4_threshold = lz4_threshold;
        let wasm = conformance();
        let by_hand = engines.wasmer(wasm).unwrap().raw("my_function", &text);
        assert!(by_hand.as_ref() == Ok(&text), "wasmer, by hand");
        assert!(engines.wasmer(wasm).unwrap().raw("echo", &text).as_ref() == Ok(&text), "wasmer");
        assert!(engines.wasm3(wasm).unwrap().raw("echo", &text).as_ref() == Ok(&text), "wasm3");
        assert!(engines.spacewasm(wasm).unwrap().raw("echo", &text).as_ref() == Ok(&text), "spacewasm");
        assert!(engines.wasmi(wasm).unwrap().raw("echo", &text).as_ref() == Ok(&text), "wasmi");
    }
}

/// A million calls on the server and on wasm3, of every kind: the guest's memory stays as it was.
#[test]
fn a12_memory_stays_flat_over_a_million_calls() {
    fn check(subject: &mut impl Subject, calls: u32) {
        let pages = |subject: &mut _| Subject::typed::<(), u32>(subject, "pages", ()).expect("counted");
        let round = |subject: &mut _, turn: u32| {
            let size = (turn % 200) as usize;
            let sent = vec![turn as u8; size];
            match turn % 5 {
                0 => drop(Subject::raw(subject, "echo", &sent)),
                1 => drop(Subject::raw(subject, "refuse", &sent)),
                2 => drop(Subject::raw(subject, "relay", &sent)),
                3 => drop(Subject::typed::<(u32, u32), Result<u32, Option<Overflow>>>(
                    subject,
                    "ask",
                    (turn, turn),
                )),
                _ => drop(Subject::raw(subject, "many", &sent)),
            }
        };
        (0..1_000).for_each(|turn| round(subject, turn));
        let before = pages(subject);
        (0..calls).for_each(|turn| round(subject, turn));
        assert_eq!(pages(subject), before);
    }
    let engines = Engines::default();
    check(&mut engines.wasmer(conformance()).expect("wasmer"), 1_000_000);
    // Debug builds of the interpreters are slow; what grows, grows in a few thousand calls too.
    check(&mut engines.wasm3(conformance()).expect("wasm3"), 100_000);
    check(&mut engines.spacewasm(conformance()).expect("spacewasm"), 5_000);
    check(&mut engines.wasmi(conformance()).expect("wasmi"), 5_000);
}

/// Rows A14, and lesson 16: message and place of a panic reach the host, without a build path.
#[test]
fn a14_a_panic_reaches_the_host_with_its_message_and_place() {
    fn check(subject: &mut impl Subject) -> (Vec<Failure>, bool) {
        let first = subject.typed::<(&str,), ()>("fail", ("the sensor is gone",)).unwrap_err();
        let second = subject.raw("echo", b"").unwrap_err();
        (vec![first, second], subject.poisoned())
    }
    let (failures, poisoned) = on_every_engine!(conformance(), check);
    let [Failure::Panic(message), Failure::Poisoned] = failures.as_slice() else { panic!("{failures:?}") };
    assert!(message.starts_with("the sensor is gone at "), "{message}");
    assert!(message.contains("src/hostile.rs:"), "{message}");
    assert!(!message.contains(env!("CARGO_MANIFEST_DIR").split('/').nth(1).unwrap_or("/")), "{message}");
    assert!(poisoned);
}

#[test]
fn a14_a_long_panic_message_arrives_whole() {
    fn check(subject: &mut impl Subject) -> usize {
        let long = "long ".repeat(1_000);
        match subject.typed::<(&str,), ()>("fail", (&long,)) {
            Err(Failure::Panic(message)) if message.starts_with(&long) => message.len(),
            other => panic!("{other:?}"),
        }
    }
    assert!(on_every_engine!(conformance(), check) > 5_000);
}

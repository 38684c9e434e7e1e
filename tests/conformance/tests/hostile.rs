//! Guests that do what they should not: each is a typed error on each engine, the host lives, and a
//! fresh instance answers.

use aingle_wasm_host::{EngineConfig, HostErrorKind, Integrity, WasmEngine, WasmInstance};
use aingle_wasm_host_core::Trap;
use aingle_wasm_tests::{Engines, FUEL, Failure, Subject, World, guest, on_every_engine, register_world};

fn conformance() -> &'static [u8] {
    guest("conformance_guest")
}

/// A reply from a place and of a length of the caller's choice.
fn lie(subject: &mut impl Subject, ptr: u32, len: u32) -> Failure {
    let place = [ptr.to_le_bytes(), len.to_le_bytes()].concat();
    let failure = subject.raw("lie", &place).expect_err("a lie");
    assert!(subject.poisoned());
    assert_eq!(subject.raw("echo", b""), Err(Failure::Poisoned));
    failure
}

/// Lessons 6 and 7: pointers at and above 2^31, and lengths up to 4 GiB, are checked before anything
/// is allocated.
#[test]
fn lesson_06_and_07_replies_outside_memory_are_refused() {
    const PLACES: [(u32, u32); 6] = [
        (0x8000_0000, 16),
        (u32::MAX, 1),
        (u32::MAX, u32::MAX),
        (16, u32::MAX),
        (0x7fff_ffff, 0x8000_0001),
        (0, u32::MAX),
    ];
    for (ptr, len) in PLACES {
        let failure = on_every_engine!(conformance(), |subject: &mut _| lie(subject, ptr, len));
        assert_eq!(failure, Failure::OutOfBounds(ptr, len));
    }
}

#[test]
fn a_reply_too_short_for_a_header_is_refused() {
    let failure = on_every_engine!(conformance(), |subject: &mut _| lie(subject, 64, 11));
    assert!(matches!(failure, Failure::Reply(_)), "{failure:?}");
}

#[test]
fn no_reply_is_an_error() {
    fn check(subject: &mut impl Subject) -> Failure {
        subject.raw("silence", b"").unwrap_err()
    }
    assert_eq!(on_every_engine!(conformance(), check), Failure::NoReply);
}

/// Lesson 8, and row A11, with checksums: a reply of which a bit was changed is refused.
#[test]
fn a11_forged_replies_are_refused() {
    let mut engines = Engines::default();
    engines.protocol.integrity = Integrity::Checked;
    let good = aingle_wasm_codec::encode(b"hello", Default::default(), Default::default()).expect("encoded");
    let forge = |envelope: &[u8]| {
        on_every_engine!(&engines, conformance(), |subject: &mut _| Subject::raw(subject, "forge", envelope))
    };
    assert_eq!(forge(&good).as_deref(), Ok(b"hello".as_slice()), "the forgery works when it is none");
    for bit in [0, 9, 17, 25, 31, 33, 60, 65, 95, 97, 8 * good.len() - 1] {
        let mut flipped = good.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let refused = forge(&flipped);
        assert!(matches!(refused, Err(Failure::Reply(_))), "bit {bit}: {refused:?}");
    }
    assert!(matches!(forge(&good[..good.len() - 1]), Err(Failure::Reply(_))), "truncated");
    assert!(matches!(forge(&[good.as_slice(), b"x"].concat()), Err(Failure::Reply(_))), "trailing");
}

/// Row A4 and lessons 5 and 31: on every engine, wasm3 too, by the same unit.
#[test]
fn a04_a_guest_that_loops_for_ever_is_stopped() {
    fn check(subject: &mut impl Subject) -> Option<u64> {
        assert_eq!(subject.typed::<(), u32>("spin", ()), Err(Failure::OutOfFuel));
        assert!(subject.poisoned());
        subject.fuel()
    }
    let used = on_every_engine!(conformance(), check);
    assert!(used.is_some_and(|used| used > FUEL), "{used:?}");
}

#[test]
fn endless_recursion_is_stopped() {
    fn check(subject: &mut impl Subject) -> (Failure, Option<u64>) {
        (subject.typed::<(u64,), u64>("recurse", (0,)).unwrap_err(), subject.fuel())
    }
    // At the same call, with the same fuel used, and by the limit: no engine's stack decides.
    assert_eq!(on_every_engine!(conformance(), check).0, Failure::CallDepth);
}

#[test]
fn a_guest_that_takes_all_memory_fails_and_says_so() {
    fn check(subject: &mut impl Subject) -> bool {
        let failure = subject.typed::<(), u64>("hoard", ()).unwrap_err();
        assert!(subject.poisoned());
        failure == Failure::OutOfMemory(16 * 1024) || failure == Failure::OutOfFuel
    }
    assert!(on_every_engine!(conformance(), check));
}

#[test]
fn traps_have_their_kind() {
    fn abort(subject: &mut impl Subject) -> Failure {
        subject.typed::<(), ()>("abort", ()).unwrap_err()
    }
    fn wander(subject: &mut impl Subject) -> Failure {
        subject.typed::<(u32,), u8>("wander", (0xffff_fff0,)).unwrap_err()
    }
    assert_eq!(on_every_engine!(conformance(), abort), Failure::Trap(Trap::Unreachable));
    assert_eq!(on_every_engine!(conformance(), wander), Failure::Trap(Trap::MemoryOutOfBounds));
}

/// A request larger than the guest can take: an error before the call, and the next call is fine.
#[test]
fn a_request_that_does_not_fit_leaves_the_guest_usable() {
    fn check(subject: &mut impl Subject) -> (Failure, Vec<u8>) {
        let failure = subject.raw("echo", &vec![0; 20 << 20]).unwrap_err();
        (failure, subject.raw("echo", b"still here").expect("usable"))
    }
    let (failure, reply) = on_every_engine!(conformance(), check);
    assert_eq!((failure, reply.as_slice()), (Failure::GuestOutOfMemory, b"still here".as_slice()));
}

#[test]
fn what_is_no_module_is_refused() {
    let engines = Engines::default();
    let whole = conformance();
    let newer = renamed(whole, b"__aingle_abi_2", b"__aingle_abi_3");
    let cases: [(&str, &[u8], Failure); 5] = [
        ("empty", b"", Failure::Refused),
        ("text", b"not wasm at all", Failure::Refused),
        ("a component", b"\0asm\x0d\0\x01\0", Failure::Refused),
        ("truncated", &whole[..whole.len() / 2], Failure::Refused),
        ("another ABI", &newer, Failure::AbiVersion(2, 3)),
    ];
    for (name, wasm, expected) in cases {
        assert_eq!(engines.wasmer(wasm).err().map(Failure::from).as_ref(), Some(&expected), "wasmer, {name}");
        let embedded = [engines.wasm3(wasm).err(), engines.spacewasm(wasm).err(), engines.wasmi(wasm).err()];
        for (engine, error) in ["wasm3", "spacewasm", "wasmi"].iter().zip(embedded) {
            let failure = error.map(|error| Failure::of(error, &[]));
            assert_eq!(failure.as_ref(), Some(&expected), "{engine}, {name}");
        }
    }
}

fn renamed(wasm: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = wasm.windows(from.len()).position(|window| window == from).expect("the name is there");
    [&wasm[..at], to, &wasm[at + from.len()..]].concat()
}

/// Lesson 15: every engine and every option in one program, which this test is.
#[test]
fn lesson_15_all_engines_live_in_one_program() {
    let engines = Engines::default();
    let mut wasmer = engines.wasmer(conformance()).expect("wasmer");
    let mut wasm3 = engines.wasm3(conformance()).expect("wasm3");
    let mut spacewasm = engines.spacewasm(conformance()).expect("spacewasm");
    let mut wasmi = engines.wasmi(conformance()).expect("wasmi");
    for turn in [b"one", b"two"] {
        let replies = [
            wasmer.raw("echo", turn),
            wasm3.raw("echo", turn),
            spacewasm.raw("echo", turn),
            wasmi.raw("echo", turn),
        ];
        assert!(replies.iter().all(|reply| reply.as_deref() == Ok(turn.as_slice())));
    }
}

/// Lesson 31: wasm3 has no fuel of its own, and what requires fuel refuses a module that carries no limits.
#[test]
fn lesson_31_a_module_without_limits_is_refused_where_fuel_is_required() {
    use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
    use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
    use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
    use aingle_wasm_host_embedded::{Backend, Error, LoadError, Runtime};
    fn start<B: Backend>(backend: B) -> Result<Option<u64>, Error> {
        let mut runtime = Runtime::with_state(backend, conformance(), World::default())?;
        let register = |runtime: &mut Runtime<'_, B, World>| -> Result<(), Error> {
            register_world!(runtime);
            Ok(())
        };
        register(&mut runtime)?;
        runtime.call_raw("echo", b"").map(drop)?;
        Ok(runtime.fuel_used())
    }
    let refused = Err(Error::Load(LoadError::NoLimits));
    let fuel = Some(FUEL);
    assert_eq!(start(Wasm3::new(Wasm3Config { fuel, ..Default::default() })), refused);
    assert_eq!(start(Spacewasm::new(SpacewasmConfig { fuel, ..Default::default() })), refused);
    assert_eq!(start(Wasmi::new(WasmiConfig { fuel, ..Default::default() })), refused);

    const { assert!(!Wasm3::CAPABILITIES.engine_fuel) };
    assert_eq!(start(Wasm3::new(Wasm3Config::default())), Ok(None), "not a made-up figure");
    let engine_fuel = fuel;
    let config = SpacewasmConfig { fuel, engine_fuel, ..Default::default() };
    assert!(start(Spacewasm::new(config)).is_ok_and(|used| used > Some(0)), "the engine's own is the net");
    let config = WasmiConfig { fuel, engine_fuel, ..Default::default() };
    assert!(start(Wasmi::new(config)).is_ok_and(|used| used > Some(0)));
}

/// A section of limits is a claim. Without the counters, or with others than have to be there, the module
/// does not start.
#[test]
fn a_forged_section_without_counters_does_not_start() {
    use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
    use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
    use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
    use aingle_wasm_host_embedded::{Backend, Error, LoadError, Runtime};
    fn start<B: Backend>(backend: B, wasm: &[u8]) -> Result<(), Error> {
        Runtime::new(backend, wasm)?.start()
    }
    let forgeries = [
        "",
        r#"(global (export "__aingle_fuel") (mut i64) (i64.const 0))"#,
        r#"(global (export "__aingle_fuel") (mut i32) (i32.const 0))
           (global (export "__aingle_depth") (mut i64) (i64.const 0))"#,
        r#"(global (export "__aingle_fuel") (mut i64) (i64.const 0))
           (global (export "__aingle_depth") i32 (i32.const 0))"#,
    ];
    for globals in forgeries {
        let wasm = wat::parse_str(format!(
            r#"(module (@custom "aingle.meter" "\01\01\03\00\00\00\00\00\00\00\00\00\01\00\00\00") {globals}
                 (memory (export "memory") 1) (func (export "__aingle_abi_2") (result i32) (i32.const 0))
                 (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0)))"#
        ));
        let wasm = wasm.expect("a module that is written down here");
        let refused = Err(Error::Load(LoadError::Counters));
        // So do the interpreters: where they are told to, and where there is no fuel to be trusted with.
        for (fuel, trust_carried_limits) in [(Some(FUEL), true), (None, false)] {
            let wasm3 = Wasm3Config { fuel, trust_carried_limits, ..Default::default() };
            assert_eq!(start(Wasm3::new(wasm3), &wasm), refused, "{globals}");
            let spacewasm = SpacewasmConfig { fuel, trust_carried_limits, ..Default::default() };
            assert_eq!(start(Spacewasm::new(spacewasm), &wasm), refused, "{globals}");
            let wasmi = WasmiConfig { fuel, trust_carried_limits, ..Default::default() };
            assert_eq!(start(Wasmi::new(wasmi), &wasm), refused, "{globals}");
        }
        // Wasmer takes the module's word for its limits only where it is told to, and then looks, too.
        for (metering_limit, trust_carried_limits) in [(FUEL, true), (u64::MAX, false)] {
            let config = EngineConfig { metering_limit, trust_carried_limits, ..Default::default() };
            let engine = WasmEngine::new(config).expect("a configuration");
            let module = engine.compile(&wasm).expect("it is valid");
            let error = WasmInstance::new(&engine, &module).and_then(|mut instance| instance.start());
            let kind = error.expect_err("it has no counters").into_kind();
            assert_eq!(kind, HostErrorKind::Load(LoadError::Counters), "{globals}");
        }
        let engine = WasmEngine::new(EngineConfig::default()).expect("a configuration");
        assert!(engine.compile(&wasm).is_err(), "{globals}");
    }
}

/// Row "metering by-passed": a module with the section and the counters, whose code counts nothing. It is believed only
/// where the configuration says that modules are signed.
#[test]
fn a_forged_record_is_believed_on_no_engine() {
    use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
    use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
    use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
    use aingle_wasm_host_embedded::{Backend, Error, LoadError, Runtime, Trap};
    let wasm = wat::parse_str(
        r#"(module (@custom "aingle.meter" "\01\03\03\00\00\00\00\00\00\00\00\00\01\00\00\00")
             (global (export "__aingle_fuel") (mut i64) (i64.const 0))
             (global (export "__aingle_depth") (mut i32) (i32.const 0))
             (memory (export "memory") 1) (data (i32.const 64) "\04\04\00\00" "\e8\03\00\00" "\04\08\00\00" "\00\01\00\00")
             (func (export "__aingle_abi_2") (result i32) (i32.const 64))
             (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0))
             (func (export "turn") (param i32 i32) (result i64) (local $left i32)
               (local.set $left (i32.const 1000))
               (loop $again
                 (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
               unreachable))"#,
    )
    .expect("a module that is written down here");
    fn turn<B: Backend>(backend: B, wasm: &[u8]) -> (Result<(), Error>, Option<u64>) {
        match Runtime::new(backend, wasm) {
            Ok(mut runtime) => {
                let result = runtime.call_raw("turn", b"").map(drop);
                (result, runtime.fuel_used())
            }
            Err(error) => (Err(error), None),
        }
    }
    // A thousand iterations take more than ten units of any fuel that counts.
    let few = Some(10);
    let refused = (Err(Error::Load(LoadError::UntrustedLimits)), None);
    assert_eq!(turn(Wasm3::new(Wasm3Config { fuel: few, ..Default::default() }), &wasm), refused);
    assert_eq!(turn(Spacewasm::new(SpacewasmConfig { fuel: few, ..Default::default() }), &wasm), refused);
    assert_eq!(turn(Wasmi::new(WasmiConfig { fuel: few, ..Default::default() }), &wasm), refused);
    let engine = WasmEngine::new(EngineConfig { metering_limit: 10, ..Default::default() });
    assert!(engine.expect("a configuration").compile(&wasm).is_err());
    assert!(LoadError::UntrustedLimits.to_string().contains("trust_carried_limits"));

    // Trusted it runs, as far as it likes: that is what the field says.
    let trust_carried_limits = true;
    let trusted = (Err(Error::Trap(Trap::Unreachable)), Some(0));
    let wasm3 = Wasm3Config { fuel: few, trust_carried_limits, ..Default::default() };
    assert_eq!(turn(Wasm3::new(wasm3), &wasm), trusted);

    // The engines' own fuel needs no trust, and what the module says that it used is not told.
    let engine_fuel = Some(500);
    let spacewasm = turn(Spacewasm::new(SpacewasmConfig { engine_fuel, ..Default::default() }), &wasm);
    let stopped = Err(Error::Trap(Trap::OutOfFuel { limit: 500, used: 500 }));
    assert_eq!(spacewasm, (stopped, Some(500)));
    let (wasmi, used) = turn(Wasmi::new(WasmiConfig { engine_fuel, ..Default::default() }), &wasm);
    assert!(matches!(wasmi, Err(Error::Trap(Trap::OutOfFuel { limit: 500, .. }))), "{wasmi:?}");
    assert!(used.is_some_and(|used| (490..=500).contains(&used)), "{used:?}");
    let (_, used) = turn(Wasm3::new(Wasm3Config::default()), &wasm);
    assert_eq!(used, None, "wasm3 has no fuel of its own");
}

/// Row "metering by-passed": the counters are globals, too. A module at the limit of spacewasm's 16 bits is over it with
/// limits in it, where a number would be wrapped to that of another global.
#[test]
fn what_metering_adds_counts_for_the_limits_of_an_engine() {
    use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
    use aingle_wasm_host_embedded::{Backend, Error, Host, HostFunctions, LoadError};
    use aingle_wasm_tests::limited;
    let limit = Spacewasm::LIMITS.globals;
    let globals = "(global (mut i32) (i32.const 0))".repeat(limit as usize - 1);
    let wasm =
        wat::parse_str(format!("(module (memory (export \"memory\") 1) {globals} (func (export \"f\")))"));
    let wasm = wasm.expect("a module that is written down here");
    let load = |wasm: &[u8]| {
        let spacewasm = Spacewasm::new(SpacewasmConfig::default());
        spacewasm.load(wasm, Host::new((), HostFunctions::new())).err()
    };
    assert_eq!(load(&wasm), None);
    let refused = LoadError::EngineLimit { what: "globals", limit, found: limit + 1 };
    assert_eq!(load(limited(&wasm).expect("it can have limits")), Some(Error::Load(refused)));
}

#[test]
fn a_depth_limit_that_the_stack_cannot_take_is_refused_with_both_figures() {
    use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
    use aingle_wasm_host_embedded::{Error, LoadError, Runtime};
    use aingle_wasm_tests::limited;
    let wasm = wat::parse_str(
        r#"(module (memory (export "memory") 1) (func (export "__aingle_abi_2") (result i32) (i32.const 0))
             (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0)))"#,
    );
    let wasm = limited(&wasm.expect("a module that is written down here")).expect("it can have limits");
    // 4 KiB are 16 units, of which one is for functions that do not count.
    for (depth_limit, refused) in [(15, false), (16, true)] {
        let config = Wasm3Config { stack_size: 4096, depth_limit, ..Default::default() };
        let error = Runtime::new(Wasm3::new(config), wasm).err();
        let expected = Error::Load(LoadError::DepthLimit {
            limit: 16,
            fixed_depth: 1,
            needed: 4352,
            found: 4096,
            native: false,
        });
        assert_eq!(error, refused.then_some(expected), "{depth_limit}");
    }
}

//! Guests that lie: each lie is a typed error with its facts, and the host lives.

mod mock;

use aingle_wasm_codec::{Checksum, DecodeError, Envelope, Format, encode};
use aingle_wasm_host_core::{Config, Error, Guest, LoadError, ModuleError, Signature, Trap};
use aingle_wasm_types::{ErrorCode, Flags, HeaderError, Name, Packed, Version, control_block, names};
use aingle_wasm_vectors::{ERRORS, all};
use mock::{Answer, Build, CONTROL_BLOCK, Mock, Run, World, checked, guest, literal, refused_in_memory};
use proptest::prelude::*;

const PAGE: u64 = 65_536;

fn module() -> Vec<u8> {
    guest(&["echo"], &[]).wasm()
}

fn with(run: Run<()>) -> Guest<Mock> {
    Guest::new(Mock::new(module(), run), checked()).unwrap()
}

fn echo() -> Run<()> {
    literal(|_, _, payload| Answer::Reply(payload.to_vec()))
}

/// A guest of good behaviour whose control block is changed after each publication.
fn publishing(change: impl Fn(&mut World<()>) + 'static) -> Guest<Mock> {
    let mut good = echo();
    with(Box::new(move |world, name, a, b| {
        let returned = good(world, name, a, b);
        if name == names::ABI {
            change(world);
        }
        returned
    }))
}

/// A guest whose entry point returns these numbers, or these bytes.
fn answering(answer: impl Fn() -> Answer + 'static) -> Guest<Mock> {
    with(literal(move |_, _, _| answer()))
}

/// The call fails with this error, the instance is poisoned, and says so from then on.
fn poisons(mut guest: Guest<Mock>, request: &[u8], wanted: Error) {
    assert_eq!(guest.call_raw("echo", request).map(|_| ()), Err(wanted));
    assert!(!wanted.instance_usable(), "{wanted}");
    assert!(guest.is_poisoned(), "{wanted}");
    assert_eq!(guest.call_raw("echo", b""), Err(Error::Poisoned));
    assert!(!wanted.to_string().is_empty());
}

#[test]
fn lesson_07_a_reply_outside_memory() {
    let memory = PAGE;
    for (ptr, len) in [(70_000, 12), (65_530, 12), (4, u32::MAX), (u32::MAX, u32::MAX), (0x8000_0004, 12)] {
        let lie = answering(move || Answer::Packed(Packed { ptr, len }));
        poisons(lie, b"", Error::OutOfBounds { ptr, len, memory });
    }
}

/// Lesson 6: bit 31 of the pointer is no error mark, and the address is not extended by its sign.
#[test]
fn lesson_06_a_high_pointer_is_reported_as_it_is() {
    let lie = answering(|| Answer::Packed(Packed { ptr: 0xffff_fff4, len: 12 }));
    poisons(lie, b"", Error::OutOfBounds { ptr: 0xffff_fff4, len: 12, memory: PAGE });
}

#[test]
fn replies_that_are_no_envelopes() {
    let short = Error::Reply(DecodeError::Header(HeaderError::TooShort { expected: 12, found: 0 }));
    poisons(answering(|| Answer::Packed(Packed { ptr: 4, len: 0 })), b"", short);
    let magic = Error::Reply(DecodeError::Header(HeaderError::Magic { found: 0 }));
    poisons(answering(|| Answer::Packed(Packed { ptr: 0, len: 64 })), b"", magic);
    poisons(answering(|| Answer::Packed(Packed::NONE)), b"", Error::NoReply);
    for bytes in refused_in_memory() {
        let refused = Envelope::decode(&bytes, Checksum::Sum).expect_err("a refused vector");
        poisons(answering(move || Answer::Bytes(bytes.clone())), b"", Error::Reply(refused));
    }
}

/// Whole envelopes that are no replies to a version 2 request.
#[test]
fn replies_of_another_version_or_with_flags_of_a_request() {
    let v1 = Format { version: Version::V1, ..Format::default() };
    let (expected, found) = (Version::V2, Version::V1);
    let refused = Error::Reply(DecodeError::OtherVersion { expected, found });
    poisons(answering(move || Answer::Bytes(encode(b"x", Flags::NONE, v1).unwrap())), b"", refused);
    let wrong = [Flags::EXPECTS_RESPONSE, Flags::ENCRYPTED, Flags::EXPECTS_RESPONSE.with(Flags::ERROR)];
    for (flags, checksum) in
        wrong.into_iter().flat_map(|flags| [(flags, Checksum::Crc32), (flags, Checksum::Sum)])
    {
        let (payload, format) = (ErrorCode::HostFailed.to_prefix(), Format { checksum, ..Format::default() });
        let mut guest = answering(move || Answer::Bytes(encode(&payload, flags, format).unwrap()));
        let refused = guest.call_raw("echo", b"").map(|_| ()).unwrap_err();
        let is_flag = matches!(refused, Error::Reply(DecodeError::UnsupportedFlags { found, .. })
            if found & flags.bits() == flags.bits());
        assert!(is_flag && guest.is_poisoned(), "{checksum:?}: {refused}");
    }
}

#[test]
fn error_envelopes_that_hold_no_error() {
    for vector in all(ERRORS) {
        let bytes = encode(&vector.bytes("payload"), Flags::ERROR, Format::default()).unwrap();
        let refused = Error::Reply(DecodeError::ErrorPayload);
        poisons(answering(move || Answer::Bytes(bytes.clone())), b"", refused);
    }
}

#[test]
fn a_trusted_reply_where_the_host_asked_for_a_checksum() {
    let trusted = Format { checksum: Checksum::None, ..Format::default() };
    let bytes = encode(b"x", Flags::NONE, trusted).unwrap();
    let refused = Error::Reply(DecodeError::WeakChecksum { expected: Checksum::Sum, found: Checksum::None });
    poisons(answering(move || Answer::Bytes(bytes.clone())), b"", refused);
}

#[test]
fn a_reply_may_lie_over_its_request_and_over_the_control_block() {
    let mut guest = with(Box::new({
        let mut good = echo();
        move |world, name, a, b| match name {
            "echo" => {
                let reply = encode(b"over you", Flags::NONE, Format::default()).unwrap();
                world.memory[a as usize..][..reply.len()].copy_from_slice(&reply);
                Ok(Packed { ptr: a, len: reply.len() as u32 }.to_u64())
            }
            _ => good(world, name, a, b),
        }
    }));
    assert_eq!(guest.call_raw("echo", b"a longer request"), Ok(&b"over you"[..]));
    let mut guest = publishing(|world| world.set_block_word(control_block::REQUEST_PTR, CONTROL_BLOCK));
    let _ = guest.call_raw("echo", &[0xff; 40]);
    let _ = guest.call_raw("echo", &[0xff; 40]);
}

#[test]
fn request_buffers_outside_memory() {
    let memory = PAGE;
    for (ptr, len) in [(65_530, 12), (u32::MAX, 12), (4, u32::MAX), (0x8000_0000, 0x8000_0000)] {
        let lie = publishing(move |world| {
            world.set_block_word(control_block::REQUEST_PTR, ptr);
            world.set_block_word(control_block::REQUEST_LEN, len);
        });
        poisons(lie, b"x", Error::OutOfBounds { ptr, len, memory });
    }
}

/// Less than a header is no request buffer, wherever it lies: the host asks the allocator.
#[test]
fn a_request_buffer_of_less_than_a_header_is_none() {
    for len in [0, 4, 11] {
        let mut guest = publishing(move |world| {
            world.set_block_word(control_block::REQUEST_PTR, u32::MAX);
            world.set_block_word(control_block::REQUEST_LEN, len);
        });
        assert_eq!(guest.call_raw("echo", b"hello"), Ok(&b"hello"[..]));
        assert_eq!(guest.engine().count(names::ALLOCATE), 1);
    }
}

#[test]
fn the_request_buffer_is_read_anew_each_time() {
    let mut good = echo();
    let mut guest = with(Box::new(move |world, name, a, b| {
        let returned = good(world, name, a, b);
        if name == "echo" {
            assert_eq!(a, world.block_word(control_block::REQUEST_PTR));
            world.set_block_word(control_block::REQUEST_PTR, a + 16);
        }
        returned
    }));
    for _ in 0..10 {
        assert_eq!(guest.call_raw("echo", b"hello"), Ok(&b"hello"[..]));
    }
}

#[test]
fn control_blocks_outside_memory() {
    for ptr in [65_489, 65_536, 0x8000_0000, u32::MAX] {
        let lie: Run<()> = Box::new(move |_, _, _, _| Ok(ptr.into()));
        poisons(with(lie), b"", Error::OutOfBounds { ptr, len: 48, memory: PAGE });
    }
    let mut guest = with(Box::new(|world: &mut World<()>, _: &str, _, _| {
        world.memory.clear();
        Ok(0)
    }));
    let none = Error::OutOfBounds { ptr: 0, len: 48, memory: 0 };
    assert_eq!(guest.call_raw("echo", b"").map(|_| ()), Err(none));
}

#[test]
fn allocators_that_lie() {
    let allocating = |ptr: u32| -> Guest<Mock> {
        let mut good = echo();
        with(Box::new(move |world, name, a, b| match name {
            names::ALLOCATE => Ok(ptr.into()),
            _ => good(world, name, a, b),
        }))
    };
    for ptr in [65_000, 65_536, u32::MAX] {
        let wanted = Error::OutOfBounds { ptr, len: 5012, memory: PAGE };
        poisons(allocating(ptr), &[0; 5000], wanted);
    }
    let mut none = allocating(0);
    assert_eq!(none.call_raw("echo", &[0; 5000]), Err(Error::GuestOutOfMemory { needed: 5012 }));
    assert!(!none.is_poisoned());
}

/// A memory that becomes shorter is no WebAssembly; an engine at fault is still no panic of ours.
#[test]
fn a_memory_that_shrinks_is_an_error() {
    let mut good = echo();
    let guest = with(Box::new(move |world, name, a, b| {
        let returned = good(world, name, a, b);
        if name == "echo" {
            world.memory.truncate(4000);
        }
        returned
    }));
    poisons(guest, b"x", Error::OutOfBounds { ptr: 4100, len: 13, memory: 4000 });
}

#[test]
fn traps_anywhere_poison() {
    for victim in [names::ABI, names::ALLOCATE, "echo"] {
        let mut good = echo();
        let guest = with(Box::new(move |world, name, a, b| match name {
            name if name == victim => Err(Trap::MemoryOutOfBounds),
            _ => good(world, name, a, b),
        }));
        poisons(guest, &[0; 5000], Error::Trap(Trap::MemoryOutOfBounds));
    }
}

/// A panic's message that lies outside memory is none; other traps are not dressed as panics.
#[test]
fn a_panic_that_lies_is_a_trap() {
    for (ptr, len) in [(u32::MAX, 5), (65_530, 100), (64, u32::MAX)] {
        let lie = with(literal(move |world: &mut World<()>, _, _| {
            world.set_block_word(control_block::FAULT_PTR, ptr);
            world.set_block_word(control_block::FAULT_LEN, len);
            Answer::Trap(Trap::Unreachable)
        }));
        poisons(lie, b"", Error::Trap(Trap::Unreachable));
    }
    let dressed = with(literal(|world: &mut World<()>, _, _| {
        world.panic("not a panic");
        Answer::Trap(Trap::StackOverflow)
    }));
    poisons(dressed, b"", Error::Trap(Trap::StackOverflow));
}

/// A guest that says for how much memory it asked is out of memory; other traps are not dressed as that.
#[test]
fn a_failed_allocation_is_reported_with_its_size() {
    for (trap, expected) in [
        (Trap::Unreachable, Trap::OutOfMemory { limit: 65_536, asked: 16_384 }),
        (Trap::StackOverflow, Trap::StackOverflow),
    ] {
        let guest = with(literal(move |world: &mut World<()>, _, _| {
            world.set_block_word(control_block::ASKED, 16_384);
            Answer::Trap(trap)
        }));
        poisons(guest, b"", Error::Trap(expected));
    }
}

#[test]
fn a_start_function_that_fails_poisons() {
    for error in [Error::Load(LoadError::Segment { index: 0 }), Error::Trap(Trap::Unreachable)] {
        let mut mock = Mock::new(module(), echo());
        mock.started = Err(error);
        poisons(Guest::new(mock, Config::default()).unwrap(), b"", error);
    }
}

fn refused(build: &Build) -> Error {
    match Guest::new(Mock::new(build.wasm(), echo()), Config::default()) {
        Ok(_) => panic!("accepted"),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            error
        }
    }
}

fn exports(names: &[(&str, Signature)]) -> Build {
    let exports = names.iter().map(|(name, ty)| (name.to_string(), *ty)).collect();
    Build { exports, ..Build::default() }
}

/// Row A9: what is no guest is refused when it is loaded.
#[test]
fn a09_modules_that_are_no_guests_are_refused_at_once() {
    let abi = Name::new(names::ABI);
    assert_eq!(refused(&exports(&[])), Error::MissingExport(abi));
    assert_eq!(refused(&exports(&[("echo", Signature::Entry)])), Error::MissingExport(abi));
    let alone = exports(&[(names::ABI, Signature::Address)]);
    assert_eq!(refused(&alone), Error::MissingExport(Name::new(names::ALLOCATE)));
    let wrong = exports(&[(names::ABI, Signature::Entry), (names::ALLOCATE, Signature::Allocate)]);
    assert_eq!(refused(&wrong), Error::ExportSignature(abi));
    let wrong = exports(&[(names::ABI, Signature::Address), (names::ALLOCATE, Signature::Entry)]);
    assert_eq!(refused(&wrong), Error::ExportSignature(Name::new(names::ALLOCATE)));
    let no_wasm = Guest::new(Mock::new(b"\x7fELF".to_vec(), echo()), Config::default());
    assert_eq!(no_wasm.err(), Some(Error::Module(ModuleError::not_wasm(b"\x7fELF"))));
}

#[test]
fn guests_of_other_abi_versions_are_refused_with_both_numbers() {
    let speaks =
        |name: &str| refused(&exports(&[(name, Signature::Address), (names::ALLOCATE, Signature::Allocate)]));
    for (name, found) in [
        ("__aingle_abi_1", 1),
        ("__aingle_abi_3", 3),
        ("__aingle_abi_4294967295", u32::MAX),
        ("__aingle_abi_99999999999999", u32::MAX),
    ] {
        assert_eq!(speaks(name), Error::AbiVersion { expected: 2, found });
        assert!(speaks(name).to_string().contains("expected 2, found"));
    }
    let mut both = guest(&["echo"], &[]);
    both.exports.push(("__aingle_abi_3".into(), Signature::Address));
    assert!(Guest::new(Mock::new(both.wasm(), echo()), Config::default()).is_ok());
}

/// What merely looks like a version is a name like any other.
#[test]
fn names_that_are_no_versions_are_none() {
    for name in ["__aingle_abi_", "__aingle_abi_+2", "__aingle_abi_02", "__aingle_abi_2x"] {
        let module = exports(&[(name, Signature::Address)]);
        assert_eq!(refused(&module), Error::MissingExport(Name::new(names::ABI)), "{name}");
    }
}

#[test]
fn imports_that_no_host_answers_are_refused() {
    let import = |module: &str, ty: Signature| {
        let mut build = guest(&[], &[]);
        build.imports.push((module.into(), "fd_write".into(), ty));
        refused(&build)
    };
    let wanted = Error::ImportSignature(Name::new("fd_write"));
    assert_eq!(import("wasi_snapshot_preview1", Signature::Entry), wanted);
    assert_eq!(import("env", Signature::Unit), wanted);
    assert_eq!(import("env", Signature::Allocate), wanted);
}

#[test]
fn entry_points_of_another_signature_or_name_are_no_entry_points() {
    let mut build = guest(&["a_name_of_thirty_two_bytes_______"], &[]);
    build.exports.push(("wrong".into(), Signature::Allocate));
    let mut guest = Guest::new(Mock::new(build.wasm(), echo()), Config::default()).unwrap();
    for name in ["wrong", "a_name_of_thirty_two_bytes_______"] {
        assert_eq!(guest.call_raw(name, b""), Err(Error::ExportSignature(Name::new(name))));
    }
    assert_eq!(guest.call_raw("echo", b""), Err(Error::MissingExport(Name::new("echo"))));
    assert!(!guest.is_poisoned());
}

/// What a hostile guest says at one of its crossings.
#[derive(Debug, Clone)]
enum Lie {
    Return(u64),
    Trap(u8),
    Scribble(u32, Vec<u8>),
    Reply(Vec<u8>, u8),
    Shrink(u16),
}

fn lie() -> impl Strategy<Value = Lie> {
    let near = prop_oneof![0_u32..200, 900_u32..5000, 65_000_u32..65_600, any::<u32>()];
    let packed = (near.clone(), near.clone()).prop_map(|(ptr, len)| Packed { ptr, len }.to_u64());
    prop_oneof![
        packed.prop_map(Lie::Return),
        any::<u8>().prop_map(Lie::Trap),
        (near, prop::collection::vec(any::<u8>(), 0..64)).prop_map(|(at, bytes)| Lie::Scribble(at, bytes)),
        (prop::collection::vec(any::<u8>(), 0..64), any::<u8>()).prop_map(|(b, f)| Lie::Reply(b, f)),
        any::<u16>().prop_map(Lie::Shrink),
    ]
}

fn act(world: &mut World<()>, lie: &Lie, honest: u64) -> Result<u64, Trap> {
    match lie {
        Lie::Return(packed) => return Ok(*packed),
        Lie::Trap(0..=127) => return Err(world.panic("hostile")),
        Lie::Trap(_) => return Err(Trap::Other),
        Lie::Scribble(at, bytes) => {
            let at = *at as usize % world.memory.len().max(1);
            let end = (at + bytes.len()).min(world.memory.len());
            world.memory[at..end].copy_from_slice(&bytes[..end - at]);
        }
        Lie::Reply(payload, flags) => {
            let mut bytes = encode(payload, Flags::NONE, Format::default()).unwrap();
            bytes[3] = *flags;
            return Ok(world.put(&bytes).to_u64());
        }
        Lie::Shrink(len) => world.memory.truncate((*len).into()),
    }
    Ok(honest)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    /// No lie panics the host, and the error and the instance agree on whether it lives.
    #[test]
    fn no_lie_panics_and_errors_tell_the_truth(
        lies in prop::collection::vec((0_usize..3, lie()), 0..4), sizes in prop::collection::vec(0_usize..3000, 1..4)
    ) {
        let mut good = echo();
        let mut crossing = 0;
        let mut guest = with(Box::new(move |world, name, a, b| {
            let in_memory = Packed { ptr: a, len: b }.range_in(world.memory.len()).is_some();
            let usable = world.memory.len() >= 65_536 && in_memory;
            let honest = if name.starts_with("__") || usable { good(world, name, a, b)? } else { 0 };
            let now = crossing;
            crossing += 1;
            let mut mine = lies.iter().filter(|(at, _)| *at == now);
            mine.try_fold(honest, |honest, (_, lie)| act(world, lie, honest))
        }));
        for size in sizes {
            let before = guest.is_poisoned();
            let result = guest.call_raw("echo", &vec![1; size]).map(|_| ());
            match result {
                Ok(()) => prop_assert!(!before && !guest.is_poisoned()),
                Err(Error::Poisoned) => prop_assert!(before),
                Err(error) => prop_assert_eq!(error.instance_usable(), !guest.is_poisoned(), "{}", error),
            }
            let _ = guest.error_body();
        }
    }
}

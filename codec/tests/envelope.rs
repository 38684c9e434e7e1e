//! Envelopes against the golden vectors, bit by bit, and as a property.
#![cfg(feature = "alloc")]

use aingle_wasm_codec::{
    Checksum, DecodeError, EncodeError, Envelope, FastPath, Format, encode, encode_into, write_error,
    write_header,
};
use aingle_wasm_types::{ErrorCode, Flags, Header, HeaderError, Version};
use aingle_wasm_vectors::{ENVELOPES, ERRORS, Vector, all, named};
use proptest::prelude::*;

/// All except those of the checksum, which the format says.
const FLAGS: [Flags; 4] = [Flags::LZ4, Flags::ENCRYPTED, Flags::EXPECTS_RESPONSE, Flags::ERROR];
const CHECKED: Format = Format { version: Version::V2, checksum: Checksum::Crc32 };
const V1: Format = Format { version: Version::V1, checksum: Checksum::Crc32 };

fn flags_of(bits: u64) -> Flags {
    let chosen = FLAGS.into_iter().filter(|flag| bits & u64::from(flag.bits()) != 0);
    chosen.fold(Flags::NONE, Flags::with)
}

fn accept(vector: &Vector<'_>) -> Checksum {
    match vector.text("accept") {
        "crc-32" => Checksum::Crc32,
        "sum" => Checksum::Sum,
        "none" => Checksum::None,
        other => panic!("{}: accept `{other}`", vector.name),
    }
}

/// The words by which the vectors name a refusal, and its two facts.
fn refusal(error: DecodeError) -> (&'static str, Option<(u64, u64)>) {
    let facts = |expected: u64, found: u64| Some((expected, found));
    match error {
        DecodeError::Header(HeaderError::TooShort { expected, found }) => {
            ("too short", facts(expected as u64, found as u64))
        }
        DecodeError::Header(HeaderError::Magic { found }) => ("magic", facts(0x4149, found.into())),
        DecodeError::Header(HeaderError::Version { found }) => ("version", facts(2, found.into())),
        DecodeError::Header(HeaderError::UnknownFlags { found, known }) => {
            ("unknown flags", facts(known.into(), found.into()))
        }
        DecodeError::Header(HeaderError::TrustedWithChecksum { found }) => {
            ("trusted with checksum", facts(0, found.into()))
        }
        DecodeError::Header(HeaderError::PayloadLen { declared, found }) => {
            ("length", facts(declared.into(), found as u64))
        }
        DecodeError::Checksum { expected, found } => ("checksum", facts(expected.into(), found.into())),
        DecodeError::WeakChecksum { .. } => ("weak-checksum", None),
        other => panic!("{other}"),
    }
}

#[test]
fn accepted_vectors_say_what_they_should_and_are_written_alike() {
    for vector in all(ENVELOPES).filter(|vector| vector.get("refused").is_none()) {
        let bytes = vector.bytes("bytes");
        let envelope = Envelope::decode(&bytes, accept(&vector)).expect(vector.name);
        assert_eq!(envelope.header().version as u64, vector.number("version"), "{}", vector.name);
        assert_eq!(u64::from(envelope.flags().bits()), vector.hex_number("flags"), "{}", vector.name);
        assert_eq!(envelope.payload(), vector.bytes("payload"), "{}", vector.name);
        let flags = flags_of(vector.hex_number("flags"));
        let again = encode(envelope.payload(), flags, Format::of(envelope.header()));
        assert_eq!(again, Ok(bytes), "{}", vector.name);
    }
}

#[test]
fn lesson_08_refused_vectors_are_refused_with_their_facts() {
    for vector in all(ENVELOPES).filter(|vector| vector.get("refused").is_some()) {
        let error = Envelope::decode(&vector.bytes("bytes"), accept(&vector)).expect_err(vector.name);
        let (kind, facts) = refusal(error);
        assert_eq!(kind, vector.text("refused"), "{}", vector.name);
        let wanted = vector.get("found").map(|_| (vector.number("expected"), vector.number("found")));
        assert_eq!(facts, wanted, "{}", vector.name);
        assert!(!error.to_string().is_empty());
    }
}

/// Every vector, whole, cut, and with each byte changed in every way.
#[test]
fn the_fast_path_says_what_decoding_says() {
    let mut fast_path = 0;
    for vector in all(ENVELOPES) {
        let bytes = vector.bytes("bytes");
        let changed = (0..bytes.len() * 255).map(|n| {
            let mut bytes = bytes.clone();
            bytes[n / 255] ^= (n % 255 + 1) as u8;
            bytes
        });
        let cut = (0..=bytes.len()).map(|len| bytes[..len].to_vec());
        for bytes in cut.chain(changed) {
            let decoded = Envelope::decode(&bytes, Checksum::None).ok().filter(is_fast_path);
            let expected = decoded.map(|envelope| {
                let expects_response = envelope.flags().contains(Flags::EXPECTS_RESPONSE);
                (envelope.payload(), expects_response, Format::of(envelope.header()))
            });
            let found = FastPath::check(&bytes);
            assert_eq!(
                found.map(|it| (it.payload, it.expects_response, it.format())),
                expected,
                "{bytes:x?}"
            );
            fast_path += usize::from(found.is_some());
        }
    }
    assert!(fast_path > 10, "{fast_path} of the vectors take the fast path");
}

fn is_fast_path(envelope: &Envelope<'_>) -> bool {
    let plain =
        [Flags::LZ4, Flags::ENCRYPTED, Flags::ERROR].iter().all(|&flag| !envelope.flags().contains(flag));
    plain && Checksum::of(envelope.header()) != Checksum::Crc32
}

#[test]
fn error_vectors_have_their_code_and_body() {
    let errors = || all(ENVELOPES).filter(|vector| vector.get("code").is_some());
    assert!(errors().count() >= 9);
    for vector in errors().filter(|vector| vector.number("version") == 2) {
        let payload = vector.bytes("payload");
        let (code, body) = ErrorCode::split(&payload).expect(vector.name);
        assert_eq!((code as u64, body), (vector.number("code"), &vector.bytes("body")[..]));
        let mut envelope = vec![0; Header::LEN + payload.len()];
        envelope[Header::LEN + ErrorCode::PREFIX_LEN..].copy_from_slice(body);
        write_error(&mut envelope, code, Format { checksum: accept(&vector), ..CHECKED }).expect(vector.name);
        assert_eq!(envelope, vector.bytes("bytes"), "{}", vector.name);
    }
    for vector in all(ERRORS) {
        assert_eq!(ErrorCode::split(&vector.bytes("payload")), None, "{}", vector.name);
    }
}

/// Every bit of every checked version 2 vector: the refusal names what was expected and found.
#[test]
fn a11_no_flipped_bit_of_version_2_passes() {
    for vector in all(ENVELOPES).filter(|vector| vector.name.starts_with("v2_")) {
        let checksum = accept(&vector);
        if checksum == Checksum::None {
            continue;
        }
        let bytes = vector.bytes("bytes");
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let error = Envelope::decode(&flipped, checksum).expect_err(vector.name);
            let facts = match error {
                DecodeError::WeakChecksum { expected, found } => Some((expected as u64, found as u64)),
                error => refusal(error).1,
            };
            let (expected, found) = facts.unwrap_or_else(|| panic!("{}: bit {bit}: {error}", vector.name));
            assert_ne!(expected, found, "{}: bit {bit}: {error}", vector.name);
            let text = error.to_string();
            assert!(text.contains("expected") && text.contains("found"), "{text}");
        }
    }
}

/// Version 1 covers the payload alone: the four flags that it knows are the only bits that may
/// change unseen.
#[test]
fn a11_version_1_lets_exactly_its_four_flags_flip() {
    let bytes = named(ENVELOPES, "v1_hello").bytes("bytes");
    let passes = |bit: &usize| {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        Envelope::decode(&flipped, Checksum::Crc32).is_ok()
    };
    let passed: Vec<usize> = (0..bytes.len() * 8).filter(passes).collect();
    assert_eq!(passed, [24, 25, 26, 27]);
}

/// Row A10, the codec's part: each flag arrives as it was sent, can be refused by name, and version
/// 1 carries no trusted memory.
#[test]
fn a10_each_flag_travels_and_can_be_refused() {
    for flag in FLAGS {
        let bytes = encode(b"x", flag, CHECKED).unwrap();
        let envelope = Envelope::decode(&bytes, Checksum::Crc32).unwrap();
        assert_eq!(envelope.flags(), flag);
        let (found, refused) = (flag.bits(), flag.bits());
        assert_eq!(envelope.refuse(flag), Err(DecodeError::UnsupportedFlags { found, refused }));
        for other in FLAGS.into_iter().filter(|other| *other != flag) {
            assert_eq!(envelope.refuse(other), Ok(()));
        }
    }
    for checksum in [Checksum::None, Checksum::Sum] {
        assert_eq!(encode(b"x", Flags::CHECKSUMS, Format { checksum, ..V1 }), encode(b"x", Flags::NONE, V1));
    }
}

#[test]
fn a_weaker_checksum_than_the_origin_asks_for_is_refused() {
    let checksums = [Checksum::None, Checksum::Sum, Checksum::Crc32];
    for found in checksums {
        let bytes = encode(b"hello", Flags::NONE, Format { checksum: found, ..CHECKED }).unwrap();
        for expected in checksums {
            let refused = Err(DecodeError::WeakChecksum { expected, found });
            let decoded = Envelope::decode(&bytes, expected).map(|envelope| envelope.payload());
            assert_eq!(decoded, if found < expected { refused } else { Ok(&b"hello"[..]) });
        }
    }
}

#[test]
fn trusted_memory_computes_nothing() {
    let bytes = named(ENVELOPES, "v2_trusted_hello").bytes("bytes");
    let mut changed = bytes.clone();
    changed[13] ^= 1;
    assert!(Envelope::decode(&changed, Checksum::None).is_ok(), "nothing is computed");
}

#[test]
fn a_reply_of_another_version_is_told_apart() {
    let bytes = named(ENVELOPES, "v1_hello").bytes("bytes");
    let envelope = Envelope::decode(&bytes, Checksum::Crc32).unwrap();
    assert_eq!(envelope.expect(Version::V1), Ok(()));
    let (expected, found) = (Version::V2, Version::V1);
    assert_eq!(envelope.expect(expected), Err(DecodeError::OtherVersion { expected, found }));
}

#[test]
fn buffers_that_are_too_small_are_refused_and_left_alone() {
    for len in 0..Header::LEN + 5 {
        let mut buffer = vec![0xaa; len];
        let refused = EncodeError::BufferTooSmall { needed: 17, found: len };
        assert_eq!(encode_into(&mut buffer, b"hello", Flags::NONE, CHECKED), Err(refused));
        assert!(buffer.iter().all(|byte| *byte == 0xaa));
    }
    for len in 0..Header::LEN {
        let refused = EncodeError::BufferTooSmall { needed: 12, found: len };
        assert_eq!(write_header(&mut vec![0; len], Flags::NONE, CHECKED), Err(refused));
    }
    for len in 0..Header::LEN + ErrorCode::PREFIX_LEN {
        let refused = EncodeError::BufferTooSmall { needed: 16, found: len };
        assert_eq!(write_error(&mut vec![0; len], ErrorCode::HostFailed, CHECKED), Err(refused));
    }
}

fn format() -> impl Strategy<Value = Format> {
    let version = prop_oneof![Just(Version::V1), Just(Version::V2)];
    let checksum = prop_oneof![Just(Checksum::Crc32), Just(Checksum::Sum), Just(Checksum::None)];
    (version, checksum).prop_map(|(version, checksum)| Format { version, checksum })
}

proptest! {
    #[test]
    fn every_envelope_reads_back(payload: Vec<u8>, bits in 0_u64..16, format in format(), spare in 0_usize..9) {
        let flags = flags_of(bits);
        let mut buffer = vec![0x55; Header::LEN + payload.len() + spare];
        let len = encode_into(&mut buffer, &payload, flags, format).unwrap();
        prop_assert!(buffer[len..].iter().all(|byte| *byte == 0x55));
        prop_assert_eq!(&buffer[..len], &encode(&payload, flags, format).unwrap()[..]);
        let envelope = Envelope::decode(&buffer[..len], Checksum::None).unwrap();
        prop_assert_eq!(envelope.payload(), &payload[..]);
        prop_assert_eq!(envelope.flags().without(Flags::CHECKSUMS), flags);
        prop_assert_eq!(envelope.header().version, format.version);
    }

    #[test]
    fn a11_any_flipped_bit_of_any_envelope_is_refused(payload: Vec<u8>, bits in 0_u64..16, at: prop::sample::Index, summed: bool) {
        let checksum = if summed { Checksum::Sum } else { Checksum::Crc32 };
        let mut bytes = encode(&payload, flags_of(bits), Format { checksum, ..CHECKED }).unwrap();
        let bit = at.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(Envelope::decode(&bytes, checksum).is_err());
    }

    #[test]
    fn any_bytes_are_answered_and_what_is_accepted_is_canonical(mut bytes: Vec<u8>, near: bool) {
        if near && bytes.len() >= 4 {
            bytes[..3].copy_from_slice(&[0x49, 0x41, 2]);
        }
        if let Ok(envelope) = Envelope::decode(&bytes, Checksum::None) {
            let flags = flags_of(envelope.flags().bits().into());
            prop_assert_eq!(encode(envelope.payload(), flags, Format::of(envelope.header())).unwrap(), bytes);
        }
    }
}

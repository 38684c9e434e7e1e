//! A10: whole envelopes from a wire, each flag of which acts.

mod common;

use aingle_wasm_codec::{Envelope, Guard, Style, encode};
use aingle_wasm_host::prelude::*;
use aingle_wasm_types::{Flags, Version};
use common::*;

const CALL: Flags = Flags::EXPECTS_RESPONSE;

fn sent(payload: &[u8], flags: Flags) -> Vec<u8> {
    encode(payload, flags, Style::default()).unwrap()
}

fn opened(bytes: &[u8]) -> Envelope<'_> {
    Envelope::decode(bytes, Guard::Crc32).unwrap()
}

/// The code and the body of an error envelope.
fn refused(bytes: &[u8]) -> (ErrorCode, String) {
    let envelope = opened(bytes);
    assert!(envelope.flags().contains(Flags::ERROR));
    let (code, body) = ErrorCode::split(envelope.payload()).unwrap();
    (code, String::from_utf8_lossy(body).into_owned())
}

#[test]
fn a10_a_call_is_answered_in_its_version() {
    let mut instance = instance(&engine());
    for version in [Version::V1, Version::V2] {
        let request = encode(b"hello", CALL, Style { version, guard: Guard::Crc32 }).unwrap();
        let reply = instance.call_envelope("echo", &request);
        assert_eq!(opened(&reply).payload(), b"hello");
        assert_eq!((opened(&reply).flags(), opened(&reply).header().version), (Flags::NONE, version));
    }
}

#[test]
fn a10_what_expects_no_response_gets_none() {
    let mut instance = instance(&engine());
    assert!(instance.call_envelope("keep", &sent(&8u32.to_le_bytes(), Flags::NONE)).is_empty());
    let reply = instance.call_envelope("count", &sent(b"", CALL));
    assert_eq!(opened(&reply).payload(), 9u32.to_le_bytes(), "and yet it ran");
    assert!(instance.call_envelope("fail", &sent(b"", Flags::NONE)).is_empty());
}

#[test]
fn a10_errors_come_as_error_envelopes() {
    let mut instance = instance(&engine());
    let fail = instance.call_envelope("fail", &sent(b"", CALL));
    assert_eq!(refused(&fail), (ErrorCode::Application, "no such thing".into()));
    let missing = instance.call_envelope("nothing", &sent(b"", CALL));
    assert_eq!(refused(&missing).0, ErrorCode::UnknownFunction);
    let error = sent(b"\x01\0\0\0", Flags::ERROR.with(CALL));
    assert_eq!(refused(&instance.call_envelope("echo", &error)).0, ErrorCode::Unsupported);
    let panic = instance.call_envelope("panic", &sent(b"", CALL));
    assert_eq!(refused(&panic).0, ErrorCode::HostFailed);
    assert!(refused(&panic).1.contains("boom at src/lib.rs:7:5"));
    assert!(instance.is_poisoned());
}

#[test]
fn a11_a_flipped_bit_is_refused_and_told() {
    let mut instance = instance(&engine());
    let request = sent(b"hello", CALL);
    for bit in 0..request.len() * 8 {
        let mut bytes = request.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let reply = instance.call_envelope("echo", &bytes);
        let flags = opened(&reply).flags();
        assert!(flags.contains(Flags::ERROR), "bit {bit}");
    }
    for guard in [Guard::Nothing, Guard::Sum] {
        let request = encode(b"hello", CALL, Style { version: Version::V2, guard }).unwrap();
        let (code, text) = refused(&instance.call_envelope("echo", &request));
        assert!(code == ErrorCode::BadRequest && text.contains("guarded by too little"), "{text}");
    }
}

#[cfg(feature = "lz4")]
mod lz4 {
    use super::*;
    use aingle_wasm_codec::lz4;

    fn compressed(bytes: &[u8]) -> Vec<u8> {
        let mut payload = vec![0; lz4::max_compressed_len(bytes.len())];
        let len = lz4::compress_into(bytes, &mut payload).unwrap();
        payload.truncate(len);
        payload
    }

    #[test]
    fn a10_compressed_calls_get_compressed_answers_above_the_threshold() {
        for (threshold, len, shorter) in
            [(0, 1_024, true), (0, 1_023, false), (100, 100, true), (100, 99, false)]
        {
            let mut instance =
                instance(&engine_with(EngineConfig { lz4_threshold: threshold, ..Default::default() }));
            let bytes = vec![b'a'; len];
            let request = sent(&compressed(&bytes), CALL.with(Flags::LZ4));
            let reply = instance.call_envelope("echo", &request);
            assert_eq!(opened(&reply).flags().contains(Flags::LZ4), shorter, "{len} of {threshold}");
            let payload = opened(&reply).payload().to_vec();
            let payload = if shorter { lz4::decompress(&payload, 1 << 20).unwrap() } else { payload };
            assert_eq!(payload, bytes);
        }
    }

    #[test]
    fn a10_the_decoded_size_is_bounded() {
        let mut instance = instance(&engine_with(EngineConfig { max_payload: 5_000, ..Default::default() }));
        let request = sent(&compressed(&[0; 5_001]), CALL.with(Flags::LZ4));
        let (code, text) = refused(&instance.call_envelope("echo", &request));
        assert!(code == ErrorCode::TooLarge && text.contains("5000") && text.contains("5001"), "{text}");
    }
}

#[cfg(feature = "seal")]
mod seal {
    use super::*;
    use aingle_wasm_codec::seal::{Key, OVERHEAD, PLAINTEXT_OFFSET, open, seal_in_place};
    use aingle_wasm_host::SealKey;

    fn sealed(payload: &[u8], key: [u8; 16]) -> Vec<u8> {
        let mut bytes = vec![0; 12 + OVERHEAD + payload.len()];
        bytes[PLAINTEXT_OFFSET..][..payload.len()].copy_from_slice(payload);
        seal_in_place(&mut bytes, CALL, Style::default(), &Key::new(key), [9; 16]).unwrap();
        bytes
    }

    fn keyed() -> WasmInstance {
        let seal_key = Some(SealKey::new([1; 16]));
        instance(&engine_with(EngineConfig { seal_key, ..Default::default() }))
    }

    #[test]
    fn a10_a02_sealed_calls_get_sealed_answers() {
        let mut instance = keyed();
        let replies = [0, 1].map(|_| instance.call_envelope("echo", &sealed(b"secret", [1; 16])));
        for reply in &replies {
            assert!(opened(reply).flags().contains(Flags::ENCRYPTED));
            assert_eq!(open(&opened(reply), &Key::new([1; 16])).unwrap(), b"secret");
        }
        assert_ne!(replies[0], replies[1], "no nonce serves twice");
    }

    #[test]
    fn a10_another_key_and_no_key_are_refused() {
        let (code, text) = refused(&keyed().call_envelope("echo", &sealed(b"secret", [2; 16])));
        assert!(code == ErrorCode::BadRequest && text.contains("does not open"), "{text}");
        let mut without = instance(&engine());
        let (code, text) = refused(&without.call_envelope("echo", &sealed(b"secret", [1; 16])));
        assert!(code == ErrorCode::Unsupported && text.contains("no key"), "{text}");
    }
}

#[cfg(not(feature = "seal"))]
#[test]
fn a10_sealed_calls_are_refused_where_nothing_can_open_them() {
    let reply = instance(&engine()).call_envelope("echo", &sent(&[0; 40], CALL.with(Flags::ENCRYPTED)));
    assert_eq!(refused(&reply).0, ErrorCode::Unsupported);
}

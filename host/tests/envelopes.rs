//! A10: whole envelopes from a wire, each flag of which acts.

mod common;

use aingle_wasm_codec::{Checksum, Envelope, Format, encode};
use aingle_wasm_host::prelude::*;
use aingle_wasm_types::{Flags, Version};
use common::*;

const CALL: Flags = Flags::EXPECTS_RESPONSE;

fn sent(payload: &[u8], flags: Flags) -> Vec<u8> {
    encode(payload, flags, Format::default()).unwrap()
}

fn opened(bytes: &[u8]) -> Envelope<'_> {
    Envelope::decode(bytes, Checksum::Crc32).unwrap()
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
        let request = encode(b"hello", CALL, Format { version, checksum: Checksum::Crc32 }).unwrap();
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
    for checksum in [Checksum::None, Checksum::Sum] {
        let request = encode(b"hello", CALL, Format { version: Version::V2, checksum }).unwrap();
        let (code, text) = refused(&instance.call_envelope("echo", &request));
        assert!(code == ErrorCode::BadRequest && text.contains("checksum too weak"), "{text}");
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
            [(1_024, 1_024, true), (1_024, 1_023, false), (100, 100, true), (100, 99, false)]
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
        let config = EngineConfig { max_payload: 5_000, lz4_threshold: 1, ..Default::default() };
        let mut instance = instance(&engine_with(config));
        let request = sent(&compressed(&[0; 5_001]), CALL.with(Flags::LZ4));
        let (code, text) = refused(&instance.call_envelope("echo", &request));
        assert!(code == ErrorCode::TooLarge && text.contains("5000") && text.contains("5001"), "{text}");
    }

    /// A host that compresses nothing has not agreed on LZ4, so that a wire cannot make it expand anything.
    #[test]
    fn wire_lz4_that_was_not_agreed_on_is_refused() {
        let mut instance = instance(&engine());
        let request = sent(&compressed(&[0; 5_000]), CALL.with(Flags::LZ4));
        let (code, text) = refused(&instance.call_envelope("echo", &request));
        assert!(code == ErrorCode::Unsupported && text.contains("refused 0x01"), "{text}");
    }
}

#[cfg(feature = "encryption")]
mod encryption {
    use super::*;
    use aingle_wasm_codec::encryption::unbound;
    use aingle_wasm_host::{
        DecodeError, EncryptedClient, EncryptedReply as Reply, EncryptionKey, EnvelopeFault, ReplayError,
    };
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    fn key() -> EncryptionKey {
        EncryptionKey::new([1; 16])
    }

    fn client() -> EncryptedClient {
        EncryptedClient::new(&key()).unwrap()
    }

    fn keyed_with(config: EngineConfig) -> WasmInstance {
        instance(&engine_with(EngineConfig { encryption_key: Some(key()), ..config }))
    }

    fn keyed() -> WasmInstance {
        keyed_with(EngineConfig::default())
    }

    fn fault(instance: &mut WasmInstance, function: &str, envelope: &[u8]) -> EnvelopeFault {
        let refused = instance.try_call_envelope(function, envelope).expect_err("refused");
        let fault = refused.fault();
        assert_eq!(instance.fuel_used().unwrap_or(0), 0, "the guest ran");
        let answer = refused.into_answer();
        assert!(answer.is_empty() || !opened(&answer).flags().contains(Flags::ENCRYPTED));
        fault
    }

    #[test]
    fn a10_a02_encrypted_calls_get_encrypted_answers() {
        let (mut instance, mut client) = (keyed(), client());
        let mut replies = Vec::new();
        for _ in 0..2 {
            let (request, mut pending) = client.request("echo", b"secret").unwrap();
            let reply = instance.call_envelope("echo", &request);
            assert!(opened(&reply).flags().contains(Flags::ENCRYPTED));
            assert_eq!(pending.open(&reply, 100), Ok(Reply::Value(b"secret".to_vec())));
            replies.push(reply);
        }
        assert_ne!(replies[0], replies[1], "no nonce serves twice");
        let note = client.notification("keep", &8u32.to_le_bytes()).unwrap();
        assert!(instance.call_envelope("keep", &note).is_empty());
        let (request, mut pending) = client.request("count", b"").unwrap();
        let reply = instance.call_envelope("count", &request);
        assert_eq!(pending.open(&reply, 100), Ok(Reply::Value(9u32.to_le_bytes().to_vec())));
        for (function, code) in [("fail", ErrorCode::Application), ("nothing", ErrorCode::UnknownFunction)] {
            let (request, mut pending) = client.request(function, b"").unwrap();
            let reply = pending.open(&instance.call_envelope(function, &request), 100).unwrap();
            assert!(matches!(reply, Reply::Error { code: found, .. } if found == code), "{reply:?}");
        }
    }

    #[test]
    fn a10_another_key_and_no_key_are_refused() {
        let mut other = EncryptedClient::new(&EncryptionKey::new([2; 16])).unwrap();
        let (request, mut pending) = other.request("echo", b"secret").unwrap();
        let refusal = keyed().call_envelope("echo", &request);
        let (code, text) = refused(&refusal);
        assert!(code == ErrorCode::BadRequest && text.contains("does not open"), "{text}");
        assert_eq!(pending.open(&refusal, 100), Err(DecodeError::NotEncrypted));
        let mut without = instance(&engine());
        let (request, _) = client().request("echo", b"secret").unwrap();
        let (code, text) = refused(&without.call_envelope("echo", &request));
        assert!(code == ErrorCode::Unsupported && text.contains("no key"), "{text}");
    }

    /// A request that is encrypted for one export does not run another, and one whose flag is cleared does not reach the
    /// guest as ciphertext.
    #[test]
    fn wire_a_host_with_a_key_serves_only_what_is_encrypted_for_the_function() {
        let (request, _) = client().request("echo", b"secret").unwrap();
        let decryption_failed = EnvelopeFault::Envelope(DecodeError::DecryptionFailed);
        assert_eq!(fault(&mut keyed(), "count", &request), decryption_failed);
        let not_encrypted = EnvelopeFault::Envelope(DecodeError::NotEncrypted);
        assert_eq!(fault(&mut keyed(), "echo", &sent(b"hello", CALL)), not_encrypted);
        assert_eq!(fault(&mut keyed(), "keep", &sent(b"hello", Flags::NONE)), not_encrypted);
        let v1 = encode(b"hello", CALL, Format { version: Version::V1, checksum: Checksum::Crc32 }).unwrap();
        assert_eq!(fault(&mut keyed(), "echo", &v1), not_encrypted);
        let cleared = sent(&request[12..], CALL);
        assert_eq!(fault(&mut keyed(), "echo", &cleared), not_encrypted);
    }

    #[test]
    fn wire_encryption_required_is_a_choice() {
        let optional = EngineConfig { encryption_required: Some(false), ..Default::default() };
        let mut instance = keyed_with(optional);
        let reply = instance.call_envelope("echo", &sent(b"hello", CALL));
        assert_eq!((opened(&reply).payload(), opened(&reply).flags()), (&b"hello"[..], Flags::NONE));
        let (request, mut pending) = client().request("echo", b"secret").unwrap();
        assert!(pending.open(&instance.call_envelope("echo", &request), 100).is_ok());

        let config = EngineConfig { encryption_required: Some(true), ..Default::default() };
        let refused = WasmEngine::new(config).unwrap_err();
        assert!(
            matches!(refused.kind(), HostErrorKind::Config { field: "encryption_required", .. }),
            "{refused}"
        );
        let config = EngineConfig { encryption_reorder: 1_024, ..Default::default() };
        let refused = WasmEngine::new(config).unwrap_err();
        assert!(
            matches!(refused.kind(), HostErrorKind::Config { field: "encryption_reorder", .. }),
            "{refused}"
        );
    }

    #[test]
    fn wire_the_older_form_is_refused() {
        for first in 0..4 {
            let mut bytes = vec![0; 12 + unbound::OVERHEAD + 6];
            bytes[unbound::PLAINTEXT_OFFSET..][..6].copy_from_slice(b"secret");
            let mut nonce = [9; 16];
            nonce[0] = first;
            let key = aingle_wasm_codec::encryption::Key::new([1; 16]);
            unbound::encrypt_in_place(&mut bytes, CALL, Format::default(), &key, nonce).unwrap();
            let fault = fault(&mut keyed(), "echo", &bytes);
            let form = EnvelopeFault::Envelope(DecodeError::EncryptedForm { expected: 1, found: first });
            let decryption_failed = EnvelopeFault::Envelope(DecodeError::DecryptionFailed);
            assert_eq!(fault, if first == 1 { decryption_failed } else { form });
        }
    }

    /// The instances of an engine remember together.
    #[test]
    fn wire_a_replay_is_refused_and_the_refusal_is_no_answer() {
        let engine = engine_with(EngineConfig { encryption_key: Some(key()), ..Default::default() });
        let (mut instance, mut other, mut client) =
            (super::instance(&engine), super::instance(&engine), client());
        let (first, mut of_first) = client.request("count", b"").unwrap();
        let (second, _) = client.request("count", b"").unwrap();
        let (third, mut of_third) = client.request("count", b"").unwrap();
        let reply = instance.call_envelope("count", &first);
        assert!(matches!(
            fault(&mut other, "count", &first),
            EnvelopeFault::Replay(ReplayError::Replayed { .. })
        ));
        let refusal = instance.call_envelope("count", &first);
        assert_eq!(of_first.open(&refusal, 100), Err(DecodeError::NotEncrypted));
        assert_eq!(of_first.open(&reply, 100), Ok(Reply::Value(1u32.to_le_bytes().to_vec())));
        assert!(of_third.open(&instance.call_envelope("count", &third), 100).is_ok());
        assert!(matches!(
            fault(&mut other, "count", &second),
            EnvelopeFault::Replay(ReplayError::Overtaken { .. })
        ));
        let (next, mut pending) = client.request("count", b"").unwrap();
        let reply = pending.open(&instance.call_envelope("count", &next), 100);
        assert_eq!(reply, Ok(Reply::Value(3u32.to_le_bytes().to_vec())), "the refused ones did not run");
    }

    #[test]
    fn wire_overtaking_is_a_choice() {
        let mut instance = keyed_with(EngineConfig { encryption_reorder: 2, ..Default::default() });
        let mut client = client();
        let sent: Vec<_> = (0..4).map(|_| client.request("count", b"").unwrap().0).collect();
        assert!(instance.try_call_envelope("count", &sent[3]).is_ok());
        assert!(instance.try_call_envelope("count", &sent[1]).is_ok());
        assert!(instance.try_call_envelope("count", &sent[0]).is_err());
        assert!(instance.try_call_envelope("count", &sent[1]).is_err());
        assert!(instance.try_call_envelope("count", &sent[2]).is_ok());
    }

    /// After a restart nothing is remembered: sessions that began before are refused, and the sender begins another.
    #[test]
    fn wire_what_was_recorded_before_a_restart_is_refused() {
        let mut client = client();
        let (recorded, _) = client.request("echo", b"secret").unwrap();
        std::thread::sleep(Duration::from_millis(2));
        let mut restarted = keyed();
        assert!(matches!(
            fault(&mut restarted, "echo", &recorded),
            EnvelopeFault::Replay(ReplayError::Stale { .. })
        ));
        client.renew().unwrap();
        let (request, mut pending) = client.request("echo", b"secret").unwrap();
        assert!(pending.open(&restarted.call_envelope("echo", &request), 100).is_ok());
        // Who allows older ones takes a recorded request once more; who remembers no sessions, any number of times.
        let mut older = keyed_with(EngineConfig { encryption_since: Some(UNIX_EPOCH), ..Default::default() });
        assert!(older.try_call_envelope("echo", &recorded).is_ok());
        assert!(older.try_call_envelope("echo", &recorded).is_err());
        let mut forgetful = keyed_with(EngineConfig { encryption_sessions: 0, ..Default::default() });
        assert!((0..3).all(|_| forgetful.try_call_envelope("echo", &recorded).is_ok()));
        let later = SystemTime::now() + Duration::from_secs(60);
        let mut later = keyed_with(EngineConfig { encryption_since: Some(later), ..Default::default() });
        let (request, _) = client.request("echo", b"secret").unwrap();
        assert!(matches!(
            fault(&mut later, "echo", &request),
            EnvelopeFault::Replay(ReplayError::Stale { .. })
        ));
    }

    #[test]
    fn wire_sessions_are_bounded() {
        let mut instance = keyed_with(EngineConfig { encryption_sessions: 2, ..Default::default() });
        let mut clients: Vec<_> = (0..4)
            .map(|_| {
                std::thread::sleep(Duration::from_micros(10));
                client()
            })
            .collect();
        for client in &mut clients {
            let (request, _) = client.request("echo", b"").unwrap();
            assert!(instance.try_call_envelope("echo", &request).is_ok());
        }
        let taken = clients.iter_mut().map(|client| {
            let (request, _) = client.request("echo", b"").unwrap();
            instance.try_call_envelope("echo", &request).is_ok()
        });
        assert_eq!(taken.collect::<Vec<_>>(), [false, false, true, true]);
    }

    #[test]
    #[cfg(feature = "lz4")]
    fn wire_nothing_is_decompressed_before_it_is_authenticated() {
        let mut instance = keyed_with(EngineConfig { lz4_threshold: 100, ..Default::default() });
        let mut client = client().with_lz4(100);
        let (request, mut pending) = client.request("echo", &[7; 4_000]).unwrap();
        assert!(request.len() < 200);
        let reply = instance.call_envelope("echo", &request);
        assert!(reply.len() < 200);
        assert_eq!(pending.open(&reply, 4_000), Ok(Reply::Value(vec![7; 4_000])));
        // Each of these declares 4 GiB.
        let bomb = [&[0xff; 4][..], &[0; 100]].concat();
        let not_encrypted = EnvelopeFault::Envelope(DecodeError::NotEncrypted);
        let mut fresh = keyed_with(EngineConfig { lz4_threshold: 100, ..Default::default() });
        assert_eq!(fault(&mut fresh, "echo", &sent(&bomb, CALL.with(Flags::LZ4))), not_encrypted);
        let flags = CALL.with(Flags::LZ4).with(Flags::ENCRYPTED);
        let decryption_failed = EnvelopeFault::Envelope(DecodeError::DecryptionFailed);
        let forged = [&[1][..], &[0xff; 100]].concat();
        assert_eq!(
            fault(&mut fresh, "echo", &sent(&forged, flags)),
            EnvelopeFault::Envelope(DecodeError::DecryptionFailed)
        );
        let (request, _) = client.request("echo", &[7; 4_000]).unwrap();
        let cleared = sent(&request[12..], CALL.with(Flags::ENCRYPTED));
        assert_eq!(fault(&mut fresh, "echo", &cleared), decryption_failed);
    }
}

#[cfg(not(feature = "encryption"))]
#[test]
fn a10_encrypted_calls_are_refused_where_nothing_can_open_them() {
    let reply = instance(&engine()).call_envelope("echo", &sent(&[0; 40], CALL.with(Flags::ENCRYPTED)));
    assert_eq!(refused(&reply).0, ErrorCode::Unsupported);
}

//! Envelopes that are encrypted for a function, a direction and a request: golden vectors, and every way to open them wrongly.

use aingle_wasm_codec::encryption::{
    CALL_OVERHEAD, CALL_PLAINTEXT_OFFSET, CallId, EncryptError, Encryptor, Key, MAX_FUNCTION, MAX_REORDER,
    Nonce, Pending, REPLY_OVERHEAD, REPLY_PLAINTEXT_OFFSET, ReplayError, Reply, Sessions, decrypt_call,
    decrypt_call_into, decrypt_reply, decrypt_reply_into, encrypt_call_in_place, encrypt_reply_in_place,
    unbound,
};
use aingle_wasm_codec::{Checksum, DecodeError, EncodeError, Envelope, Format, encode, lz4};
use aingle_wasm_types::{ErrorCode, Flags, Header, Version};
use aingle_wasm_vectors::{BOUND, Vector, all};
use proptest::prelude::*;
use std::collections::HashSet;

const KEY: [u8; 16] = [7; 16];
const CALL: Flags = Flags::EXPECTS_RESPONSE;
/// Flags and their bits, to read them from a vector.
const FLAGS: [Flags; 4] = [Flags::LZ4, Flags::ENCRYPTED, Flags::EXPECTS_RESPONSE, Flags::ERROR];

fn key() -> Key {
    Key::new(KEY)
}

fn id(number: u8) -> CallId {
    CallId { nonce: Nonce::of_call([number; 16]), session: 5, counter: number.into() }
}

fn sixteen(vector: &Vector<'_>, key: &str) -> [u8; 16] {
    vector.bytes(key).try_into().expect(vector.name)
}

fn flags_of(vector: &Vector<'_>) -> Flags {
    let bits = vector.hex_number("flags") as u8;
    FLAGS.into_iter().filter(|flag| bits & flag.bits() != 0).fold(Flags::NONE, Flags::with)
}

fn encrypted_call(plaintext: &[u8], flags: Flags, key: &Key, function: &str, id: &CallId) -> Vec<u8> {
    let mut envelope = vec![0; Header::LEN + CALL_OVERHEAD + plaintext.len()];
    envelope[CALL_PLAINTEXT_OFFSET..][..plaintext.len()].copy_from_slice(plaintext);
    encrypt_call_in_place(&mut envelope, flags, key, function, id).expect("room for all");
    envelope
}

fn encrypted_reply(
    plaintext: &[u8],
    flags: Flags,
    key: &Key,
    function: &str,
    request: &Nonce,
    own: u8,
) -> Vec<u8> {
    let mut envelope = vec![0; Header::LEN + REPLY_OVERHEAD + plaintext.len()];
    envelope[REPLY_PLAINTEXT_OFFSET..][..plaintext.len()].copy_from_slice(plaintext);
    let nonce = Nonce::of_reply([own; 16]);
    encrypt_reply_in_place(&mut envelope, flags, key, function, request, nonce).expect("room for all");
    envelope
}

fn opened_call(bytes: &[u8], function: &str) -> Result<(CallId, Vec<u8>), DecodeError> {
    decrypt_call(&Envelope::decode(bytes, Checksum::Crc32).unwrap(), &key(), function)
}

fn opened_reply(bytes: &[u8], function: &str, request: &Nonce) -> Result<Vec<u8>, DecodeError> {
    decrypt_reply(&Envelope::decode(bytes, Checksum::Crc32).unwrap(), &key(), function, request)
}

#[test]
fn vectors_are_encrypted_and_opened_alike() {
    for vector in all(BOUND).filter(|vector| vector.get("refused").is_none()) {
        let (key, plaintext, function) =
            (Key::new(sixteen(&vector, "key")), vector.bytes("plaintext"), vector.text("function"));
        let (flags, bytes) = (flags_of(&vector), vector.bytes("envelope"));
        let envelope = Envelope::decode(&bytes, Checksum::Crc32).expect(vector.name);
        assert_eq!(envelope.flags(), flags.with(Flags::ENCRYPTED));
        if vector.text("encrypted") == "call" {
            let (session, counter) = (vector.hex_number("session"), vector.hex_number("counter"));
            let id = CallId { nonce: Nonce::of_call(sixteen(&vector, "nonce")), session, counter };
            assert_eq!(encrypted_call(&plaintext, flags, &key, function, &id), bytes, "{}", vector.name);
            assert_eq!(decrypt_call(&envelope, &key, function), Ok((id, plaintext)), "{}", vector.name);
        } else {
            let request = Nonce::of_call(sixteen(&vector, "request"));
            let nonce = Nonce::of_reply(sixteen(&vector, "nonce"));
            let mut encrypted = vec![0; Header::LEN + REPLY_OVERHEAD + plaintext.len()];
            encrypted[REPLY_PLAINTEXT_OFFSET..][..plaintext.len()].copy_from_slice(&plaintext);
            encrypt_reply_in_place(&mut encrypted, flags, &key, function, &request, nonce)
                .expect(vector.name);
            assert_eq!(encrypted, bytes, "{}", vector.name);
            assert_eq!(decrypt_reply(&envelope, &key, function, &request), Ok(plaintext), "{}", vector.name);
        }
    }
}

/// The associated data of the vectors is what `docs/ABI.md` says, by the algorithm alone.
#[test]
fn vectors_have_the_associated_data_of_the_text() {
    use ascon_aead::aead::{AeadInOut, KeyInit};
    for vector in all(BOUND).filter(|vector| vector.get("associated").is_some()) {
        let (bytes, mut text) = (vector.bytes("envelope"), vector.bytes("plaintext"));
        let name = vector.text("function").as_bytes();
        let mut associated = [&bytes[..8], &bytes[12..13], &[name.len() as u8], name].concat();
        associated.extend(match vector.text("encrypted") {
            "call" => bytes[29..45].to_vec(),
            _ => vector.bytes("request"),
        });
        assert_eq!(associated, vector.bytes("associated"), "{}", vector.name);
        let cipher = ascon_aead::AsconAead128::new(&sixteen(&vector, "key").into());
        let nonce: [u8; 16] = bytes[13..29].try_into().unwrap();
        let tag = cipher.encrypt_inout_detached(&nonce.into(), &associated, (&mut text[..]).into());
        assert!(bytes.ends_with(&[text, tag.unwrap().to_vec()].concat()), "{}", vector.name);
    }
}

#[test]
fn vectors_that_do_not_open_are_refused() {
    for vector in all(BOUND).filter(|vector| vector.get("refused").is_some()) {
        let (key, function, bytes) =
            (Key::new(sixteen(&vector, "key")), vector.text("function"), vector.bytes("envelope"));
        let envelope = Envelope::decode(&bytes, Checksum::Crc32).expect(vector.name);
        let opened = match vector.text("encrypted") {
            "call" => decrypt_call(&envelope, &key, function).map(|(_, plaintext)| plaintext),
            _ => decrypt_reply(&envelope, &key, function, &Nonce::of_call(sixteen(&vector, "request"))),
        };
        let found = match opened.expect_err(vector.name) {
            DecodeError::DecryptionFailed => "decryption failed",
            DecodeError::EncryptedForm { .. } => "form",
            DecodeError::NotEncrypted => "not encrypted",
            DecodeError::OtherVersion { .. } => "version",
            DecodeError::UnsupportedFlags { .. } => "flags",
            other => panic!("{}: {other}", vector.name),
        };
        assert_eq!(found, vector.text("refused"), "{}", vector.name);
    }
}

/// A checksum that was made anew does not help: every bit but the checksum's own is covered.
#[test]
fn no_flipped_bit_opens_even_with_a_fitting_checksum() {
    let request = id(1).nonce;
    let encrypted = [
        encrypted_call(b"hello", CALL, &key(), "echo", &id(1)),
        encrypted_call(b"hello", Flags::NONE, &key(), "echo", &id(1)),
        encrypted_reply(b"hello", Flags::NONE, &key(), "echo", &request, 2),
        encrypted_reply(b"\x01\0\0\0no", Flags::ERROR, &key(), "echo", &request, 2),
    ];
    for bytes in encrypted {
        for bit in (16..bytes.len() * 8).filter(|bit| !(64..96).contains(bit)) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let Ok(header) = Header::from_bytes(&flipped) else { continue };
            let Ok(again) = encode(&flipped[Header::LEN..], header.flags, Format::of(&header)) else {
                continue;
            };
            let Ok(envelope) = Envelope::decode(&again, Checksum::None) else { continue };
            if again == bytes {
                continue; // A flag of the checksum or the length, which `encode` writes anew.
            }
            assert!(decrypt_call(&envelope, &key(), "echo").is_err(), "bit {bit}");
            assert!(decrypt_reply(&envelope, &key(), "echo", &request).is_err(), "bit {bit}");
        }
    }
}

/// What an envelope is bound to is all that decrypts it.
#[test]
fn an_envelope_decrypts_as_what_it_was_encrypted_for_and_nothing_else() {
    let names = ["", "a", "ab", "echo", "ecco", "echoe", "cho"];
    for encrypted_for in names {
        let call = encrypted_call(b"hello", CALL, &key(), encrypted_for, &id(1));
        let reply = encrypted_reply(b"hello", Flags::NONE, &key(), encrypted_for, &id(1).nonce, 1);
        for name in names {
            assert_eq!(opened_call(&call, name).is_ok(), name == encrypted_for, "{encrypted_for} as {name}");
            for request in [id(1).nonce, id(2).nonce] {
                let opens = name == encrypted_for && request == id(1).nonce;
                assert_eq!(opened_reply(&reply, name, &request).is_ok(), opens, "{encrypted_for} as {name}");
            }
            assert!(opened_call(&reply, name).is_err() && opened_reply(&call, name, &id(1).nonce).is_err());
        }
    }
}

/// Neither form opens as the other, with whatever byte it begins.
#[test]
fn the_older_form_is_refused() {
    for first in 0..=u8::MAX {
        let mut nonce = [9; 16];
        nonce[0] = first;
        for version in [Version::V1, Version::V2] {
            let mut bytes = vec![0; Header::LEN + unbound::OVERHEAD + 40];
            let format = Format { version, ..Format::default() };
            unbound::encrypt_in_place(&mut bytes, CALL, format, &key(), nonce).unwrap();
            let refused = opened_call(&bytes, "echo").unwrap_err();
            match (version, first) {
                (Version::V1, _) => assert!(matches!(refused, DecodeError::OtherVersion { .. })),
                (_, 1) => assert_eq!(refused, DecodeError::DecryptionFailed),
                (_, found) => assert_eq!(refused, DecodeError::EncryptedForm { expected: 1, found }),
            }
            assert!(opened_reply(&bytes, "echo", &id(1).nonce).is_err());
        }
    }
    let bound = encrypted_call(b"hello", CALL, &key(), "echo", &id(1));
    let envelope = Envelope::decode(&bound, Checksum::Crc32).unwrap();
    assert_eq!(unbound::decrypt(&envelope, &key()), Err(DecodeError::DecryptionFailed));
}

/// The two sides of one key draw their nonces apart from each other.
#[test]
fn a_request_and_a_reply_never_have_the_same_nonce() {
    for bytes in [[0; 16], [0xff; 16], [0x80; 16], KEY] {
        assert_ne!(Nonce::of_call(bytes), Nonce::of_reply(bytes));
        assert_eq!(Nonce::of_call(bytes).bytes()[15] & 0x80, 0);
        assert_eq!(Nonce::of_reply(bytes).bytes()[15] & 0x80, 0x80);
        assert_eq!(Nonce::of_call(bytes).bytes()[..15], bytes[..15]);
    }
}

#[test]
fn a_refused_plaintext_is_wiped() {
    let mut call = encrypted_call(b"the launch code", CALL, &key(), "echo", &id(1));
    let mut reply = encrypted_reply(b"the launch code", Flags::NONE, &key(), "echo", &id(1).nonce, 1);
    for bytes in [&mut call, &mut reply] {
        *bytes.last_mut().unwrap() ^= 1;
        let flags = Header::from_bytes(bytes).unwrap().flags;
        let forged = encode(&bytes[Header::LEN..], flags, Format::default()).unwrap();
        let envelope = Envelope::decode(&forged, Checksum::Crc32).unwrap();
        let mut plaintext = [0xaa; 15];
        let refused = match flags.contains(CALL) {
            true => decrypt_call_into(&envelope, &key(), "echo", &mut plaintext).map(|_| ()),
            false => decrypt_reply_into(&envelope, &key(), "echo", &id(1).nonce, &mut plaintext),
        };
        assert_eq!((refused, plaintext), (Err(DecodeError::DecryptionFailed), [0; 15]));
    }
}

#[test]
fn what_has_no_room_or_too_long_a_name_is_not_encrypted() {
    for found in 0..Header::LEN + CALL_OVERHEAD {
        let encrypted = encrypt_call_in_place(&mut vec![0; found], CALL, &key(), "echo", &id(1));
        assert_eq!(encrypted, Err(EncodeError::BufferTooSmall { needed: 61, found }));
    }
    for found in 0..Header::LEN + REPLY_OVERHEAD {
        let (request, own) = (id(1).nonce, Nonce::of_reply(KEY));
        let encrypted =
            encrypt_reply_in_place(&mut vec![0; found], Flags::NONE, &key(), "echo", &request, own);
        assert_eq!(encrypted, Err(EncodeError::BufferTooSmall { needed: 45, found }));
    }
    let (longest, longer) = ("e".repeat(MAX_FUNCTION), "e".repeat(MAX_FUNCTION + 1));
    let call = encrypted_call(b"hello", CALL, &key(), &longest, &id(1));
    assert!(opened_call(&call, &longest).is_ok());
    assert_eq!(opened_call(&call, &longer), Err(DecodeError::DecryptionFailed));
    let refused = Err(EncodeError::NameTooLong { limit: 255, found: 256 });
    assert_eq!(encrypt_call_in_place(&mut [0; 80], CALL, &key(), &longer, &id(1)), refused);
}

/// Trusted memory and encryption do not go together: what is encrypted leaves the process.
#[test]
fn what_is_encrypted_always_has_a_checksum() {
    let flags = CALL.with(Flags::TRUSTED).with(Flags::SUM);
    let encrypted = encrypted_call(b"hello", flags, &key(), "echo", &id(1));
    assert_eq!(encrypted, encrypted_call(b"hello", CALL, &key(), "echo", &id(1)));
}

/// A source of nonces that counts, for tests.
fn counting() -> impl FnMut() -> Option<[u8; 16]> {
    let mut next = 0u128;
    move || {
        next += 1;
        Some(next.to_le_bytes())
    }
}

/// The reply of a host to a request.
fn answer(request: &[u8], function: &str, flags: Flags, payload: &[u8]) -> Vec<u8> {
    let (id, _) = opened_call(request, function).expect("what an encryptor encrypts opens");
    encrypted_reply(payload, flags, &key(), function, &id.nonce, 1)
}

fn request(
    encryptor: &mut Encryptor<impl FnMut() -> Option<[u8; 16]>>,
    payload: &[u8],
) -> (Vec<u8>, Pending) {
    encryptor.request("echo", payload).expect("encrypted")
}

#[test]
fn an_encryptor_counts_and_opens_the_reply_to_its_request_once() {
    let mut encryptor = Encryptor::new(key(), 5, counting());
    let (first, mut of_first) = request(&mut encryptor, b"one");
    let note = encryptor.notification("tell", b"two").unwrap();
    let (third, mut of_third) = request(&mut encryptor, b"three");
    let counted = |bytes, function| opened_call(bytes, function).unwrap().0.counter;
    assert_eq!((counted(&first, "echo"), counted(&note, "tell"), counted(&third, "echo")), (0, 1, 2));
    assert_eq!(opened_call(&third, "echo").unwrap().1, b"three");

    let (to_first, to_third) =
        (answer(&first, "echo", Flags::NONE, b"1"), answer(&third, "echo", Flags::NONE, b"3"));
    assert_eq!(of_first.open(&to_third, 100), Err(DecodeError::DecryptionFailed));
    assert_eq!(of_third.open(&to_first, 100), Err(DecodeError::DecryptionFailed));
    // What is refused does not take the reply's place.
    assert_eq!(of_first.open(&to_first, 100), Ok(Reply::Value(b"1".to_vec())));
    assert_eq!(of_first.open(&to_first, 100), Err(DecodeError::Answered));
    assert_eq!(of_third.open(&to_third, 100), Ok(Reply::Value(b"3".to_vec())));
}

#[test]
fn what_is_no_encrypted_reply_is_refused() {
    let mut encryptor = Encryptor::new(key(), 5, counting());
    let (sent, mut pending) = request(&mut encryptor, b"one");
    let plain = encode(b"1", Flags::NONE, Format::default()).unwrap();
    assert_eq!(pending.open(&plain, 100), Err(DecodeError::NotEncrypted));
    let refusal = encode(&[3, 0, 0, 0], Flags::ERROR, Format::default()).unwrap();
    assert_eq!(pending.open(&refusal, 100), Err(DecodeError::NotEncrypted));
    assert!(matches!(pending.open(&sent, 100), Err(DecodeError::UnsupportedFlags { .. })), "reflected");
    assert!(matches!(pending.open(&[], 100), Err(DecodeError::Header(_))));
    let error = answer(&sent, "echo", Flags::ERROR, b"\x01\0\0\0no");
    let body = b"no".to_vec();
    assert_eq!(pending.open(&error, 100), Ok(Reply::Error { code: ErrorCode::Application, body }));
}

#[test]
fn an_encryptor_without_randomness_or_numbers_encrypts_nothing() {
    let mut encryptor = Encryptor::new(key(), 5, || None);
    assert_eq!(encryptor.notification("tell", b"").unwrap_err(), EncryptError::NoRandomness);
    let mut encryptor = Encryptor::new(key(), 5, counting());
    let refused = EncryptError::Encode(EncodeError::NameTooLong { limit: 255, found: 300 });
    assert_eq!(encryptor.notification(&"e".repeat(300), b"").unwrap_err(), refused);
    encryptor.renew(6);
    let note = encryptor.notification("tell", b"").unwrap();
    let (id, _) = opened_call(&note, "tell").unwrap();
    assert_eq!((id.session, id.counter), (6, 0));
}

#[test]
fn a_reply_is_compressed_only_if_the_request_was() {
    let long = vec![b'a'; 4_000];
    let mut payload = vec![0; lz4::max_compressed_len(long.len())];
    let len = lz4::compress_into(&long, &mut payload).unwrap();
    payload.truncate(len);

    let mut encryptor = Encryptor::new(key(), 5, counting()).with_lz4(1_000);
    let (sent, mut pending) = request(&mut encryptor, &long);
    let envelope = Envelope::decode(&sent, Checksum::Crc32).unwrap();
    assert!(envelope.flags().contains(Flags::LZ4) && sent.len() < 200);
    let reply = answer(&sent, "echo", Flags::LZ4, &payload);
    assert_eq!(pending.open(&reply, 4_000), Ok(Reply::Value(long)));

    let (sent, mut pending) = request(&mut encryptor, b"short");
    let refused = DecodeError::UnsupportedFlags { found: 3, refused: 1 };
    assert_eq!(pending.open(&answer(&sent, "echo", Flags::LZ4, &payload), 4_000), Err(refused));

    let (sent, mut pending) = request(&mut encryptor, &[b'a'; 4_000]);
    let refused = DecodeError::DecodedTooLarge { limit: 3_999, declared: 4_000 };
    assert_eq!(pending.open(&answer(&sent, "echo", Flags::LZ4, &payload), 3_999), Err(refused));
}

/// An envelope that does not decrypt costs no decompression: the declared size is not even looked at.
#[test]
fn nothing_is_decompressed_before_it_is_authenticated() {
    let mut encryptor = Encryptor::new(key(), 5, counting()).with_lz4(0);
    let (sent, mut pending) = request(&mut encryptor, &[b'a'; 4_000]);
    let bomb = encode(&[&[0xff; 4][..], &[0; 400]].concat(), Flags::LZ4, Format::default()).unwrap();
    assert_eq!(pending.open(&bomb, 100), Err(DecodeError::NotEncrypted));
    let other = encrypted_reply(&[0xff; 400], Flags::LZ4, &Key::new([8; 16]), "echo", &id(1).nonce, 1);
    assert_eq!(pending.open(&other, 100), Err(DecodeError::DecryptionFailed));
    assert!(opened_call(&sent, "echo").is_ok());
}

fn call(session: u64, counter: u64) -> CallId {
    CallId { nonce: Nonce::of_call([0; 16]), session, counter }
}

#[test]
fn requests_come_in_order_unless_more_is_allowed() {
    let mut sessions = Sessions::new(10, 0, 0);
    assert_eq!(sessions.accept(&call(1, 4)), Ok(()));
    assert_eq!(sessions.accept(&call(1, 4)), Err(ReplayError::Replayed { session: 1, counter: 4 }));
    let overtaken = ReplayError::Overtaken { session: 1, counter: 3, highest: 4, limit: 0 };
    assert_eq!(sessions.accept(&call(1, 3)), Err(overtaken));
    assert_eq!(sessions.accept(&call(1, u64::MAX)), Ok(()));
    assert_eq!(
        sessions.accept(&call(1, u64::MAX)),
        Err(ReplayError::Replayed { session: 1, counter: u64::MAX })
    );

    let mut sessions = Sessions::new(10, 3, 0);
    for (counter, taken) in [(10, true), (7, true), (6, false), (7, false), (9, true), (8, true), (8, false)]
    {
        assert_eq!(sessions.accept(&call(1, counter)).is_ok(), taken, "{counter}");
    }
}

#[test]
fn sessions_are_bounded_and_the_oldest_is_refused_for_good() {
    let mut sessions = Sessions::new(3, 0, 100);
    assert!(sessions.is_empty());
    assert_eq!(sessions.accept(&call(99, 0)), Err(ReplayError::Stale { session: 99, oldest: 100 }));
    for session in [200, 100, 300] {
        assert_eq!(sessions.accept(&call(session, 0)), Ok(()));
    }
    assert_eq!(sessions.accept(&call(50, 0)), Err(ReplayError::Stale { session: 50, oldest: 100 }));
    assert_eq!(sessions.accept(&call(250, 0)), Ok(()));
    assert_eq!(sessions.len(), 3);
    // 100 is forgotten, and so is nothing of it taken again, nor of any as old.
    assert_eq!(sessions.accept(&call(100, 1)), Err(ReplayError::Stale { session: 100, oldest: 101 }));
    assert_eq!(sessions.accept(&call(199, 0)), Err(ReplayError::Stale { session: 199, oldest: 200 }));
    assert_eq!(sessions.accept(&call(200, 1)), Ok(()));
    assert_eq!(sessions.len(), 3);
}

proptest! {
    #[test]
    fn what_is_encrypted_opens(plaintext: Vec<u8>, key: [u8; 16], nonce: [u8; 16], session: u64, counter: u64,
                            function in "[a-z_]{0,31}", other in "[a-z_]{0,31}", waits: bool) {
        let id = CallId { nonce: Nonce::of_call(nonce), session, counter };
        let flags = if waits { CALL } else { Flags::NONE };
        let key = Key::new(key);
        let bytes = encrypted_call(&plaintext, flags, &key, &function, &id);
        let envelope = Envelope::decode(&bytes, Checksum::Crc32).unwrap();
        prop_assert_eq!(decrypt_call(&envelope, &key, &function), Ok((id, plaintext)));
        if other != function {
            prop_assert_eq!(decrypt_call(&envelope, &key, &other), Err(DecodeError::DecryptionFailed));
        }
    }

    /// Compared with a set that remembers everything: nothing is taken twice, and what is refused although it is new
    /// is behind by more than is allowed, or its session is old.
    #[test]
    fn no_request_is_taken_twice(reorder in 0..MAX_REORDER + 10, limit in 1usize..5,
                                 calls in prop::collection::vec((0u64..8, 0u64..2_000), 1..600)) {
        let mut sessions = Sessions::new(limit, reorder, 0);
        let mut taken = HashSet::new();
        for (session, counter) in calls {
            match sessions.accept(&call(session, counter)) {
                Ok(()) => prop_assert!(taken.insert((session, counter)), "twice"),
                Err(ReplayError::Replayed { .. }) => prop_assert!(taken.contains(&(session, counter))),
                Err(ReplayError::Overtaken { highest, .. }) => {
                    prop_assert!(highest - counter > u64::from(reorder.min(MAX_REORDER)));
                }
                Err(_) => prop_assert!(taken.iter().any(|&(other, _)| other > session)),
            }
            prop_assert!(sessions.len() <= limit);
        }
    }
}

//! Encrypted envelopes of the older form: known answers, golden vectors, and every way to open them wrongly.

use aingle_wasm_codec::encryption::Key;
use aingle_wasm_codec::encryption::unbound::{
    OVERHEAD, PLAINTEXT_OFFSET, decrypt, decrypt_into, encrypt_in_place,
};
use aingle_wasm_codec::{Checksum, DecodeError, EncodeError, Envelope, Format, encode};
use aingle_wasm_types::{Flags, Header, Version};
use aingle_wasm_vectors::{ENCRYPTED, Vector, all};
use ascon_aead::aead::{AeadInOut, KeyInit};
use proptest::prelude::*;

const KEY: [u8; 16] = [7; 16];
const NONCE: [u8; 16] = [9; 16];

fn sixteen(vector: &Vector<'_>, key: &str) -> [u8; 16] {
    vector.bytes(key).try_into().expect(vector.name)
}

fn encrypt(plaintext: &[u8], flags: Flags, format: Format, key: [u8; 16], nonce: [u8; 16]) -> Vec<u8> {
    let mut envelope = vec![0; Header::LEN + OVERHEAD + plaintext.len()];
    envelope[PLAINTEXT_OFFSET..][..plaintext.len()].copy_from_slice(plaintext);
    encrypt_in_place(&mut envelope, flags, format, &Key::new(key), nonce).expect("room for all");
    envelope
}

/// The algorithm beneath is the one that NIST published.
#[test]
fn the_algorithm_gives_the_known_answers() {
    for vector in all(ENCRYPTED).filter(|vector| vector.get("associated").is_some()) {
        let cipher = ascon_aead::AsconAead128::new(&sixteen(&vector, "key").into());
        let mut text = vector.bytes("plaintext");
        let nonce = sixteen(&vector, "nonce").into();
        let associated = vector.bytes("associated");
        let tag = cipher.encrypt_inout_detached(&nonce, &associated, (&mut text[..]).into());
        assert_eq!(text, vector.bytes("ciphertext"), "{}", vector.name);
        assert_eq!(tag.expect(vector.name).to_vec(), vector.bytes("tag"), "{}", vector.name);
    }
}

#[test]
fn a10_vectors_are_encrypted_and_opened_alike() {
    for vector in all(ENCRYPTED).filter(|vector| vector.name.starts_with("encrypted_")) {
        let version = if vector.number("version") == 1 { Version::V1 } else { Version::V2 };
        let format = Format { version, ..Format::default() };
        let expects = vector.hex_number("flags") == u64::from(Flags::EXPECTS_RESPONSE.bits());
        let flags = if expects { Flags::EXPECTS_RESPONSE } else { Flags::NONE };
        let (key, plaintext) = (sixteen(&vector, "key"), vector.bytes("plaintext"));
        let encrypted = encrypt(&plaintext, flags, format, key, sixteen(&vector, "nonce"));
        assert_eq!(encrypted, vector.bytes("envelope"), "{}", vector.name);
        let envelope = Envelope::decode(&encrypted, Checksum::Crc32).expect(vector.name);
        assert_eq!(envelope.flags(), flags.with(Flags::ENCRYPTED));
        assert_eq!(decrypt(&envelope, &Key::new(key)), Ok(plaintext), "{}", vector.name);
    }
}

#[test]
fn a10_vectors_that_do_not_open_are_refused() {
    for vector in all(ENCRYPTED).filter(|vector| vector.get("refused").is_some()) {
        let bytes = vector.bytes("envelope");
        let envelope = Envelope::decode(&bytes, Checksum::Crc32).expect(vector.name);
        let opened = decrypt(&envelope, &Key::new(sixteen(&vector, "key")));
        assert_eq!(opened, Err(DecodeError::DecryptionFailed), "{}", vector.name);
    }
}

/// A checksum that was made anew does not help: every bit but the checksum's own is encrypted.
#[test]
fn a11_no_flipped_bit_opens_even_with_a_fitting_checksum() {
    for version in [Version::V1, Version::V2] {
        let format = Format { version, ..Format::default() };
        let encrypted = encrypt(b"hello", Flags::EXPECTS_RESPONSE, format, KEY, NONCE);
        for bit in 24..encrypted.len() * 8 {
            let mut flipped = encrypted.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let Ok(header) = Header::from_bytes(&flipped) else { continue };
            if (Header::COVERED..Header::LEN).contains(&(bit / 8)) || header.payload_len != 37 {
                continue;
            }
            let again = encode(&flipped[Header::LEN..], header.flags, Format::of(&header)).unwrap();
            let envelope = Envelope::decode(&again, Checksum::None).unwrap();
            assert_eq!(decrypt(&envelope, &Key::new(KEY)), Err(DecodeError::DecryptionFailed), "bit {bit}");
        }
    }
}

/// What the tag does not authenticate is not handed out, not even in the caller's buffer.
#[test]
fn a_refused_plaintext_is_wiped() {
    let encrypted = encrypt(b"the launch code", Flags::NONE, Format::default(), KEY, NONCE);
    let mut payload = encrypted[Header::LEN..].to_vec();
    *payload.last_mut().unwrap() ^= 1;
    let forged = encode(&payload, Flags::ENCRYPTED, Format::default()).unwrap();
    let envelope = Envelope::decode(&forged, Checksum::Crc32).unwrap();
    let mut plaintext = [0xaa; 15];
    assert_eq!(decrypt_into(&envelope, &Key::new(KEY), &mut plaintext), Err(DecodeError::DecryptionFailed));
    assert_eq!(plaintext, [0; 15]);
}

#[test]
fn a_plaintext_buffer_of_another_length_is_refused() {
    let encrypted = encrypt(b"hello", Flags::NONE, Format::default(), KEY, NONCE);
    let envelope = Envelope::decode(&encrypted, Checksum::Crc32).unwrap();
    for len in [0, 4, 6, 64] {
        let opened = decrypt_into(&envelope, &Key::new(KEY), &mut vec![0; len]);
        assert_eq!(opened, Err(DecodeError::DecryptionFailed));
    }
}

#[test]
fn an_envelope_without_room_is_not_encrypted() {
    for found in 0..Header::LEN + OVERHEAD {
        let mut envelope = vec![0; found];
        let encrypted =
            encrypt_in_place(&mut envelope, Flags::NONE, Format::default(), &Key::new(KEY), NONCE);
        assert_eq!(encrypted, Err(EncodeError::BufferTooSmall { needed: 44, found }));
    }
}

/// Trusted memory and encryption do not go together: what is encrypted leaves the process.
#[test]
fn what_is_encrypted_always_has_a_checksum() {
    let trusted = Format { checksum: Checksum::None, ..Format::default() };
    let encrypted = encrypt(b"hello", Flags::TRUSTED, trusted, KEY, NONCE);
    assert_eq!(encrypted, encrypt(b"hello", Flags::NONE, Format::default(), KEY, NONCE));
    assert!(Envelope::decode(&encrypted, Checksum::Crc32).is_ok());
}

proptest! {
    #[test]
    fn what_is_encrypted_opens(plaintext: Vec<u8>, key: [u8; 16], nonce: [u8; 16], other: [u8; 16]) {
        let encrypted = encrypt(&plaintext, Flags::NONE, Format::default(), key, nonce);
        let envelope = Envelope::decode(&encrypted, Checksum::Crc32).unwrap();
        prop_assert_eq!(decrypt(&envelope, &Key::new(key)), Ok(plaintext));
        if other != key {
            prop_assert_eq!(decrypt(&envelope, &Key::new(other)), Err(DecodeError::DecryptionFailed));
        }
    }
}

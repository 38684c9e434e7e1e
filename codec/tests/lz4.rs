//! LZ4 payloads: golden vectors, bombs, round trips.

mod watching;

use aingle_wasm_codec::{DecodeError, lz4};
use aingle_wasm_vectors::{LZ4, Vector, all, named};
use proptest::prelude::*;
use watching::raw::LARGEST;

fn decoded(vector: &Vector<'_>) -> Vec<u8> {
    let Some(repeat) = vector.get("decoded_repeat") else { return vector.bytes("decoded") };
    let (byte, count) = repeat.split_once(' ').expect(vector.name);
    vec![u8::from_str_radix(byte, 16).expect(vector.name); count.parse().expect(vector.name)]
}

#[test]
fn a10_vectors_decode_as_they_say() {
    for vector in all(LZ4).filter(|vector| vector.get("refused").is_none()) {
        let found = lz4::decompress(&vector.bytes("payload"), vector.number("limit") as usize);
        assert_eq!(found, Ok(decoded(&vector)), "{}", vector.name);
    }
}

#[test]
fn refused_vectors_are_refused() {
    for vector in all(LZ4).filter(|vector| vector.get("refused").is_some()) {
        let found = lz4::decompress(&vector.bytes("payload"), vector.number("limit") as usize);
        let wanted = match vector.text("refused") {
            "too large" => {
                let (limit, declared) = (vector.number("expected"), vector.number("found"));
                DecodeError::DecodedTooLarge { limit: limit as usize, declared: declared as usize }
            }
            "damaged" => DecodeError::Lz4,
            other => panic!("{}: {other}", vector.name),
        };
        assert_eq!(found, Err(wanted), "{}", vector.name);
    }
}

/// Lesson 7: the bound stands before the buffer.
#[test]
fn lesson_07_a_bomb_is_refused_before_anything_is_allocated() {
    for name in ["refused_bomb_of_four_gigabytes", "refused_beyond_the_limit", "refused_bomb_in_one_byte"] {
        let vector = named(LZ4, name);
        let (payload, limit) = (vector.bytes("payload"), vector.number("limit") as usize);
        LARGEST.set(0);
        let refused = lz4::decompress(&payload, limit);
        assert_eq!(LARGEST.get(), 0, "{name}");
        assert!(matches!(refused, Err(DecodeError::DecodedTooLarge { .. })), "{name}");
    }
    // The watch itself works: an accepted payload is seen.
    let vector = named(LZ4, "run_of_thousand");
    let payload = vector.bytes("payload");
    LARGEST.set(0);
    lz4::decompress(&payload, 1000).expect("accepted");
    assert!(LARGEST.get() >= 1000);
}

#[test]
fn a10_what_does_not_shrink_is_not_compressed() {
    let mut room = vec![0; lz4::max_compressed_len(64)];
    let bytes: Vec<u8> = (0..64).map(|i: u8| i.wrapping_mul(197)).collect();
    assert_eq!(lz4::compress_into(&bytes, &mut room), None);
    assert_eq!(lz4::compress_into(&[], &mut room), None);
    assert_eq!(lz4::compress_into(&[7; 64], &mut room[..3]), None);
    assert!(lz4::compress_into(&[7; 64], &mut room).is_some_and(|len| len < 64));
}

proptest! {
    #[test]
    fn what_is_compressed_reads_back(piece: Vec<u8>, times in 1_usize..200) {
        let bytes = piece.repeat(times);
        let mut payload = vec![0; lz4::max_compressed_len(bytes.len())];
        if let Some(len) = lz4::compress_into(&bytes, &mut payload) {
            prop_assert!(len < bytes.len());
            let payload = &payload[..len];
            prop_assert_eq!(lz4::decoded_len(payload, bytes.len()), Ok(bytes.len()));
            prop_assert_eq!(&lz4::decompress(payload, bytes.len()).unwrap(), &bytes);
            let limit = bytes.len() - 1;
            let refused = DecodeError::DecodedTooLarge { limit, declared: bytes.len() };
            prop_assert_eq!(lz4::decompress(payload, limit), Err(refused));
        } else {
            prop_assert!(bytes.len() < 64 || piece.len() > 16);
        }
    }

    #[test]
    fn any_bytes_are_answered(payload: Vec<u8>, declared in 0_u32..70_000, limit in 0_usize..70_000) {
        let mut whole = declared.to_le_bytes().to_vec();
        whole.extend(&payload);
        if let Ok(bytes) = lz4::decompress(&whole, limit) {
            prop_assert_eq!(bytes.len(), declared as usize);
            prop_assert!(bytes.len() <= limit);
        }
    }
}

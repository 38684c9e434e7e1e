//! Envelopes, their payloads, and the values in them.

use aingle_wasm_codec::encryption::{self, Key, Nonce};
use aingle_wasm_codec::{Checksum, Envelope, Format, encode, lz4, value};
use aingle_wasm_types::ErrorCode;

/// The largest payload that is decompressed here.
const LIMIT: usize = 1 << 20;

/// What decodes is written again as the same bytes; what does not is an error; nothing panics.
pub fn envelope_decode(bytes: &[u8]) {
    let opened = Envelope::decode(bytes, Checksum::None);
    let Ok(envelope) = opened else {
        assert!(Envelope::decode(bytes, Checksum::Crc32).is_err());
        return payloads(bytes);
    };
    let format = Format::of(envelope.header());
    for weakest in [Checksum::None, Checksum::Sum, Checksum::Crc32] {
        assert_eq!(Envelope::decode(bytes, weakest).is_err(), format.checksum < weakest);
    }
    assert_eq!(encode(envelope.payload(), envelope.flags(), format).as_deref(), Ok(bytes));
    let (key, request) = (Key::new([7; 16]), Nonce::of_call([1; 16]));
    assert!(encryption::unbound::decrypt(&envelope, &key).is_err(), "nobody encrypted this");
    assert!(encryption::decrypt_call(&envelope, &key, "echo").is_err(), "nobody encrypted this");
    assert!(encryption::decrypt_reply(&envelope, &key, "echo", &request).is_err(), "nobody encrypted this");
    payloads(envelope.payload());
}

fn payloads(payload: &[u8]) {
    if let Ok(decoded) = lz4::decompress(payload, LIMIT) {
        assert!(decoded.len() <= LIMIT && decoded.len() <= payload.len() * 255);
    }
    if let Some((code, body)) = ErrorCode::split(payload) {
        assert_eq!([&code.to_prefix(), body].concat(), payload);
    }
    type Values<'a> = (&'a str, Vec<f32>, Option<i64>, Result<u16, String>);
    if let Ok(values) = value::decode::<Values<'_>>(payload) {
        let mut again = vec![0; payload.len()];
        let len = value::encode_into(&values, &mut again).expect("no longer than it was");
        let read = value::decode::<Values<'_>>(&again[..len]).expect("reads back");
        // Compared as text, because of NaN.
        assert_eq!(format!("{read:?}"), format!("{values:?}"));
    }
}

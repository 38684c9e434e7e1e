//! Manifests and key lists.

use aingle_wasm_manifest::{
    Builder, Key, KeyList, Manifest, Policy, SIGNATURE_LEN, SigningKey, Verifier, Version, key_list_payload,
};
use std::sync::LazyLock;

static SIGNER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(&[7; 32]));
static SIGNED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let builder = Builder::module(1, 7, "main").target("a").abi(2);
    builder.build(b"module", Some(&SIGNER)).expect("it is a manifest")
});

/// Any bytes as a blob of any length, as fields of version 3, as changes of a signed blob, and as a key list.
pub fn manifest_parse(bytes: &[u8]) {
    parse(bytes);
    let fields_len = (bytes.len() as u16).to_le_bytes();
    parse(&[b"SMNY\x03\0", &fields_len[..], bytes].concat());
    changed(bytes);
    if let Ok(list) = KeyList::parse(bytes) {
        let keys: Vec<Key> = list.keys().collect();
        assert_eq!(keys.len(), list.len());
        assert_eq!(key_list_payload(list.sequence(), &keys).as_deref(), Ok(bytes), "a list has one encoding");
    }
}

/// Whatever is parsed is whole, has one encoding, and is not signed by us.
fn parse(bytes: &[u8]) {
    let len = bytes.len() as u32;
    for total in [len, len + SIGNATURE_LEN as u32, len.wrapping_add(u32::from(*bytes.last().unwrap_or(&0)))] {
        let Ok(manifest) = Manifest::parse(bytes, total) else { continue };
        assert_eq!(manifest.total_len(), total);
        assert!(!accepted(bytes, total) || bytes == SIGNED.as_slice());
        let fields = manifest.fields();
        if manifest.version() == Version::V3 && fields.key_id.is_none() && total == len {
            let payload = &bytes[manifest.payload_offset() as usize..];
            let again = Builder::of(fields).build(payload, None).expect("it was one");
            // Other are only the hash of the payload, and what this version ignores.
            assert!(again.len() <= bytes.len());
        }
    }
}

/// Changes of a signed blob, each the place and the value of a byte.
fn changed(changes: &[u8]) {
    let mut blob = SIGNED.clone();
    for change in changes.chunks_exact(2) {
        let at = usize::from(change[0]) % blob.len();
        blob[at] = change[1];
    }
    assert_eq!(accepted(&blob, blob.len() as u32), blob == *SIGNED);
}

/// Whether a device accepts a blob whose first bytes these are.
fn accepted(bytes: &[u8], total: u32) -> bool {
    let keys = [Key::module(SIGNER.verifying_key().to_bytes())];
    let policy = Policy::new(&keys).target("a").max_module(1000);
    let Ok(manifest) = Manifest::parse(bytes, total) else { return false };
    let refusals = policy.refusals(&manifest, Some(7)).count();
    let Ok(admitted) = policy.check(&manifest, Some(7)) else {
        assert_ne!(refusals, 0);
        return false;
    };
    assert_eq!(refusals, 0);
    let Ok(mut verifier) = Verifier::begin(&admitted) else { return false };
    let payload = bytes.get(manifest.payload_offset() as usize..).unwrap_or_default();
    payload.chunks(5).all(|chunk| verifier.update(chunk).is_ok()) && verifier.finish().is_ok()
}

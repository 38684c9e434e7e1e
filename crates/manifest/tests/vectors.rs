//! The vectors of `tests/vectors`, parsed and built.

use aingle_wasm_manifest::{
    Builder, DOMAIN, Engine, Key, KeyList, Manifest, OlderBuilder, Policy, Role, SigningKey, Verifier,
    Version, key_list_payload,
};
use aingle_wasm_vectors::{KEY_LISTS, MANIFESTS, Vector, all, named};

/// The key of test 1 of RFC 8032.
fn signer() -> SigningKey {
    SigningKey::from_bytes(&[
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
        0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    ])
}

/// The vectors that are manifests.
fn good() -> impl Iterator<Item = (Vector<'static>, Vec<u8>)> {
    all(MANIFESTS)
        .filter(|vector| vector.get("refused").is_none())
        .map(|vector| (vector, vector.bytes("blob")))
}

fn number(vector: Vector<'_>, key: &str) -> Option<u64> {
    vector.get(key).map(|_| vector.number(key))
}

fn hash(vector: Vector<'_>, key: &str) -> Option<[u8; 32]> {
    vector.get(key).map(|_| vector.bytes(key).try_into().unwrap())
}

#[test]
fn what_is_in_the_vectors_is_parsed() {
    for (vector, blob) in good() {
        let manifest = Manifest::parse(&blob, blob.len() as u32)
            .unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        let (name, fields) = (vector.name, manifest.fields());
        assert_eq!(manifest.version() as u64, vector.number("version"), "{name}");
        assert_eq!(u64::from(fields.module_id), vector.number("module_id"), "{name}");
        assert_eq!(u64::from(fields.sequence), vector.number("sequence"), "{name}");
        assert_eq!(fields.entry, vector.text("entry"), "{name}");
        assert_eq!(fields.kind as u64, vector.number("kind"), "{name}");
        assert_eq!(blob[manifest.payload_offset() as usize..], vector.bytes("payload"), "{name}");
        assert_eq!(fields.target, vector.get("target"), "{name}");
        assert_eq!(fields.abi.map(u64::from), number(vector, "abi"), "{name}");
        assert_eq!(fields.requirements.memory.map(u64::from), number(vector, "memory"), "{name}");
        assert_eq!(fields.requirements.stack.map(u64::from), number(vector, "stack"), "{name}");
        assert_eq!(fields.requirements.fuel, number(vector, "fuel"), "{name}");
        assert_eq!(fields.requirements.depth.map(u64::from), number(vector, "depth"), "{name}");
        assert_eq!(fields.delta.map(|delta| *delta.base_sha256), hash(vector, "base_sha256"), "{name}");
        assert_eq!(fields.delta.map(|delta| delta.base_len.into()), number(vector, "base_len"), "{name}");
        assert_eq!(fields.delta.map(|delta| delta.module_len.into()), number(vector, "module_len"), "{name}");
        assert_eq!(fields.delta.map(|delta| *delta.module_sha256), hash(vector, "module_sha256"), "{name}");
        let image = match fields.engine {
            Engine::Wasm => None,
            Engine::Native { triple, source_sha256 } => Some((triple, *source_sha256)),
        };
        assert_eq!(image, vector.get("triple").zip(hash(vector, "source_sha256")), "{name}");
        let demands = number(vector, "demands_signature").is_some() || vector.get("signed").is_some();
        assert_eq!(manifest.demands_signature(), demands && manifest.version() > Version::V1, "{name}");
        assert_eq!(manifest.signature().is_some(), vector.get("signed").is_some(), "{name}");
    }
}

#[test]
fn signatures_of_the_vectors_are_of_their_signed_bytes() {
    let public = signer().verifying_key();
    let keys = [[Key::module(public.to_bytes())], [Key::root(public.to_bytes())]];
    let mut verified = 0;
    for (vector, blob) in good().filter(|(vector, _)| vector.get("signed").is_some()) {
        let manifest = Manifest::parse(&blob, blob.len() as u32).unwrap();
        let signature = ed25519_dalek::Signature::from_bytes(manifest.signature().unwrap());
        assert!(public.verify_strict(&vector.bytes("signed"), &signature).is_ok(), "{}", vector.name);
        let policy = Policy::new(&keys[usize::from(manifest.fields().kind as u8 == 2)])
            .native("thumbv7m-none-eabi")
            .target("weather-mk2");
        let mut verifier = Verifier::begin(&policy.check(&manifest, None).unwrap()).unwrap();
        verifier.update(&vector.bytes("payload")).unwrap();
        assert_eq!(verifier.finish(), Ok(()), "{}", vector.name);
        verified += 1;
    }
    assert!(verified >= 6);
}

#[test]
fn what_is_in_the_vectors_is_built() {
    // Images are aligned since: `v3_image_aligned`.
    let not_built = ["v3_ignored_fields", "v3_image"];
    for (vector, blob) in good().filter(|(vector, _)| !not_built.contains(&vector.name)) {
        let manifest = Manifest::parse(&blob, blob.len() as u32).unwrap();
        let (fields, payload) = (manifest.fields(), vector.bytes("payload"));
        let signer = manifest.signature().map(|_| signer());
        let demands = manifest.demands_signature();
        let older = match manifest.version() {
            Version::V1 => OlderBuilder::v1(fields.module_id, fields.entry),
            _ => OlderBuilder::v2(fields.module_id, fields.sequence, fields.entry)
                .require_signature(demands)
                .rollback_protected(demands),
        };
        let built = match manifest.version() {
            Version::V3 => Builder::of(fields).build(&payload, signer.as_ref()),
            _ => older.build(&payload, signer.as_ref()),
        };
        assert_eq!(built.as_deref(), Ok(blob.as_slice()), "{}", vector.name);
        if let (Version::V3, Some(id)) = (manifest.version(), fields.key_id) {
            let to_sign = [DOMAIN.as_slice(), &Builder::of(fields).to_sign(&payload, id).unwrap()].concat();
            assert_eq!(to_sign, vector.bytes("signed"), "{}", vector.name);
        }
    }
}

#[test]
fn what_the_vectors_refuse_is_refused_for_their_reason() {
    let refused = all(MANIFESTS).filter_map(|vector| Some((vector, vector.get("refused")?)));
    for (vector, reason) in refused {
        let blob = vector.bytes("blob");
        let error = Manifest::parse(&blob, blob.len() as u32).unwrap_err();
        assert_eq!(format!("{error:?}"), reason, "{}", vector.name);
    }
}

#[test]
fn key_lists_of_the_vectors_are_parsed_and_built() {
    for vector in all(KEY_LISTS) {
        let payload = vector.bytes("payload");
        let list = KeyList::parse(&payload);
        if let Some(reason) = vector.get("refused") {
            assert_eq!(format!("{:?}", list.unwrap_err()), reason, "{}", vector.name);
            continue;
        }
        let list = list.unwrap();
        let expected: Vec<Key> = (0..9).map_while(|at| vector.get(&format!("key_{at}")).map(key)).collect();
        let found: Vec<Key> = list.keys().collect();
        assert_eq!(found, expected, "{}", vector.name);
        assert_eq!((list.len(), list.is_empty()), (expected.len(), expected.is_empty()));
        assert_eq!(u64::from(list.sequence()), vector.number("sequence"));
        assert_eq!(key_list_payload(list.sequence(), &found).unwrap(), payload, "{}", vector.name);
    }
    assert!(key_list_payload(1, &[Key::root([1; 32]); 2]).is_err());
}

/// A key in the words of the vectors.
fn key(text: &str) -> Key {
    let words: Vec<&str> = text.split(' ').collect();
    let digits = |at: usize| u8::from_str_radix(&words[0][2 * at..2 * at + 2], 16).unwrap();
    let role = if words[1] == "root" { Role::Root } else { Role::Module };
    Key::new(std::array::from_fn(digits), role, words.get(2) == Some(&"revoked"))
}

#[test]
fn a_key_list_has_the_sequence_of_its_manifest() {
    let blob = named(MANIFESTS, "v3_key_list").bytes("blob");
    let manifest = Manifest::parse(&blob, blob.len() as u32).unwrap();
    let payload = &blob[manifest.payload_offset() as usize..];
    assert!(KeyList::of(manifest.fields(), payload).is_ok());
    let other = key_list_payload(4, &[]).unwrap();
    let error = KeyList::of(manifest.fields(), &other).unwrap_err();
    assert_eq!(error.to_string(), "the key list has sequence 4, its manifest 3");
}

//! No change of a signed blob is accepted.

use aingle_wasm_manifest::{
    Builder, DeltaOf, Key, Manifest, OlderBuilder, Policy, Refusal, Requirements, SigningKey, Verifier,
};

const MODULE: &[u8] =
    b"\0asm\x01\0\0\0 not much of a module, though long enough for its header to be looked for";

fn signer() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

/// The verdict of a device that has the signer's key, and nothing against what the blob asks for.
fn accept(blob: &[u8], total_len: u32) -> Result<(), Refusal> {
    let keys = [Key::module(signer().verifying_key().to_bytes())];
    let policy = Policy::new(&keys).target("weather-mk2").native("thumbv7m-none-eabi");
    let manifest = Manifest::parse(blob, total_len)?;
    let admitted = policy.check(&manifest, None)?;
    let mut verifier = Verifier::begin(&admitted)?;
    for chunk in blob.get(manifest.payload_offset() as usize..).unwrap_or_default().chunks(16) {
        verifier.update(chunk)?;
    }
    verifier.finish()
}

/// Signed blobs of every version and kind, the unsigned form of each among them.
fn blobs() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let requirements =
        Requirements { memory: Some(65536), stack: Some(2048), fuel: Some(1 << 40), depth: Some(9) };
    let module = Builder::module(1, 7, "main").target("weather-mk2").abi(2).requirements(requirements);
    let image = module.clone().native("thumbv7m-none-eabi", [9; 32]);
    let delta = module.clone().delta(DeltaOf::between(b"old", MODULE).unwrap());
    let v1 = OlderBuilder::v1(1, "main");
    let v2 = OlderBuilder::v2(1, 7, "main").require_signature(true).rollback_protected(true);
    let key = signer();
    let build = |builder: Builder| [Some(&key), None].map(|key| builder.build(MODULE, key).unwrap());
    let older = |builder: OlderBuilder<'_>| [Some(&key), None].map(|key| builder.build(MODULE, key).unwrap());
    [
        ("module", build(module)),
        ("image", build(image)),
        ("delta", build(delta)),
        ("version 1", older(v1)),
        ("version 2", older(v2)),
    ]
    .map(|(name, [signed, unsigned])| (name, signed, unsigned))
    .to_vec()
}

#[test]
fn what_is_signed_is_accepted_and_what_is_not_refused() {
    for (name, signed, unsigned) in blobs() {
        assert_eq!(accept(&signed, signed.len() as u32), Ok(()), "{name}");
        assert_eq!(accept(&unsigned, unsigned.len() as u32), Err(Refusal::Unsigned), "{name}");
    }
}

#[test]
fn every_changed_bit_is_refused() {
    for (name, signed, _) in blobs() {
        for at in 0..signed.len() {
            for bit in 0..8 {
                let mut changed = signed.clone();
                changed[at] ^= 1 << bit;
                assert!(accept(&changed, changed.len() as u32).is_err(), "{name}: bit {bit} of byte {at}");
            }
        }
    }
}

#[test]
fn every_truncation_and_every_addition_is_refused() {
    for (name, signed, _) in blobs() {
        let total = signed.len() as u32;
        for len in 0..signed.len() {
            assert!(accept(&signed[..len], len as u32).is_err(), "{name}: {len} bytes");
            assert!(accept(&signed[..len], total).is_err(), "{name}: {len} bytes of {total}");
        }
        for more in 1..130 {
            let mut longer = signed.clone();
            longer.resize(signed.len() + more, 0);
            assert!(accept(&longer, longer.len() as u32).is_err(), "{name}: {more} bytes more");
        }
    }
}

#[test]
fn every_value_of_version_and_flags_is_refused() {
    for (name, signed, unsigned) in blobs() {
        for value in 0..=u8::MAX {
            for at in [4, 5, 13] {
                for mut blob in [signed.clone(), unsigned.clone()] {
                    if blob[at] == value {
                        continue;
                    }
                    blob[at] = value;
                    assert!(accept(&blob, blob.len() as u32).is_err(), "{name}: {value} at {at}");
                }
            }
        }
    }
}

#[test]
fn a_signature_that_is_cut_out_is_missed() {
    for (name, signed, unsigned) in blobs() {
        let manifest = Manifest::parse(&signed, signed.len() as u32).unwrap();
        let (header, rest) = signed.split_at(manifest.signed_bytes().len());
        let stripped = [header, &rest[64..]].concat();
        assert!(accept(&stripped, stripped.len() as u32).is_err(), "{name}");
        // In version 3, also with the flag cleared.
        let mut cleared = stripped.clone();
        cleared[5] &= !1;
        assert!(accept(&cleared, cleared.len() as u32).is_err(), "{name}");
        assert_eq!(accept(&unsigned, unsigned.len() as u32), Err(Refusal::Unsigned));
    }
}

#[test]
fn a_signature_of_one_blob_is_none_of_another() {
    let blobs = blobs();
    for (name, into, _) in &blobs {
        for (from_name, from, _) in blobs.iter().filter(|other| other.0 != *name) {
            let signature = *Manifest::parse(from, from.len() as u32).unwrap().signature().unwrap();
            let at = Manifest::parse(into, into.len() as u32).unwrap().signed_bytes().len();
            let mut mixed = into.clone();
            mixed[at..at + 64].copy_from_slice(&signature);
            let refusal = accept(&mixed, mixed.len() as u32);
            assert_eq!(refusal, Err(Refusal::Signature), "{from_name} in {name}");
        }
    }
}

#[test]
fn version_3_is_refused_before_its_payload_is_looked_at() {
    let (_, mut signed, _) = blobs().remove(0);
    let keys = [Key::module(signer().verifying_key().to_bytes())];
    let policy = Policy::new(&keys).target("weather-mk2");
    signed[20] ^= 1;
    let manifest = Manifest::parse(&signed, signed.len() as u32).unwrap();
    let admitted = policy.check(&manifest, None).unwrap();
    assert_eq!(Verifier::begin(&admitted).err(), Some(Refusal::Signature));
}

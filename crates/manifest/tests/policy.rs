//! Each reason to refuse, by itself and with its code.

use aingle_wasm_manifest::{
    Admitted, Builder, DeltaOf, Key, KeyId, Manifest, OlderBuilder, ParseError, Policy, Refusal,
    Requirements, Role, SigningKey, Verifier, Version, key_list_payload,
};

const MODULE: &[u8] = b"\0asm\x01\0\0\0";

fn signer() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn public() -> [u8; 32] {
    signer().verifying_key().to_bytes()
}

fn refusals(policy: &Policy<'_>, blob: &[u8], high_water: Option<u32>) -> Vec<Refusal> {
    let manifest = Manifest::parse(blob, blob.len() as u32).unwrap();
    let all: Vec<Refusal> = policy.refusals(&manifest, high_water).collect();
    assert_eq!(policy.check(&manifest, high_water).err(), all.first().copied());
    all
}

fn signed(builder: &Builder) -> Vec<u8> {
    builder.build(MODULE, Some(&signer())).unwrap()
}

#[test]
fn each_setting_refuses_what_it_forbids_and_nothing_else() {
    let keys = [Key::module(public())];
    let policy = Policy::new(&keys);
    let module = Builder::module(1, 7, "main").abi(2);
    let needs = Requirements { memory: Some(100), stack: Some(50), ..Requirements::default() };
    let [plain, needing] =
        [module.clone(), module.clone().requirements(needs)].map(|builder| signed(&builder));
    let classed = signed(&module.clone().target("mk2"));
    let image = signed(&module.clone().native("thumbv7m-none-eabi", [0; 32]));
    let spoken = signed(&module.clone().abi(3));
    let delta = signed(&module.clone().delta(DeltaOf::between(b"old", &[0; 30]).unwrap()));

    let accepted: [(Policy<'_>, &[u8]); 9] = [
        (policy, &plain),
        (policy.max_module(8), &plain),
        (policy.max_memory(100).max_stack(50), &needing),
        (policy.target("mk2"), &classed),
        (policy.target("mk2"), &plain),
        (policy.native("thumbv7m-none-eabi"), &image),
        (policy.native("thumbv7m-none-eabi").wasm(false), &image),
        (policy.abi(1..=3), &spoken),
        (policy.max_module(30), &delta),
    ];
    for (policy, blob) in accepted {
        assert_eq!(refusals(&policy, blob, None), []);
    }
    let refused: [(Policy<'_>, &[u8], Refusal); 11] = [
        (policy.max_module(7), &plain, Refusal::TooLong { limit: 7, found: 8 }),
        (policy.max_memory(99), &needing, Refusal::Memory { limit: 99, found: 100 }),
        (policy.max_stack(49), &needing, Refusal::Stack { limit: 49, found: 50 }),
        (policy, &classed, Refusal::Target),
        (policy.target("mk"), &classed, Refusal::Target),
        (policy, &image, Refusal::Engine),
        (policy.native("thumbv6m-none-eabi"), &image, Refusal::Engine),
        (policy.wasm(false), &plain, Refusal::Engine),
        (policy, &spoken, Refusal::Abi { least: 1, most: 2, found: 3 }),
        (policy.max_module(29), &delta, Refusal::TooLong { limit: 29, found: 30 }),
        (policy.wasm(false), &delta, Refusal::Engine),
    ];
    for (policy, blob, refusal) in refused {
        assert_eq!(refusals(&policy, blob, None), [refusal]);
    }
}

#[test]
fn a_lower_sequence_is_refused_and_the_same_accepted() {
    let keys = [Key::module(public())];
    let blob = signed(&Builder::module(1, 7, "main"));
    for high_water in [None, Some(0), Some(6), Some(7)] {
        assert_eq!(refusals(&Policy::new(&keys), &blob, high_water), []);
    }
    let refused = Refusal::Rollback { least: 8, found: 7 };
    assert_eq!(refusals(&Policy::new(&keys), &blob, Some(8)), [refused]);
    // Versions 1 and 2: whatever their flags say.
    let first = OlderBuilder::v1(1, "main").build(MODULE, Some(&signer())).unwrap();
    assert_eq!(refusals(&Policy::new(&keys), &first, Some(1)), [Refusal::Rollback { least: 1, found: 0 }]);
    let second = OlderBuilder::v2(1, 7, "main").build(MODULE, Some(&signer())).unwrap();
    assert_eq!(refusals(&Policy::new(&keys), &second, Some(8)), [refused]);
}

#[test]
fn the_key_has_to_be_known_of_the_right_role_and_not_revoked() {
    let blob = signed(&Builder::module(1, 7, "main"));
    let id = KeyId::of(&public());
    let other = Key::module([9; 32]);
    let cases = [
        (vec![other], Refusal::UnknownKey { id: Some(id) }),
        (vec![], Refusal::UnknownKey { id: Some(id) }),
        (vec![other, Key::module(public()).revoked()], Refusal::RevokedKey { id }),
        (
            vec![Key::root(public()), other],
            Refusal::KeyRole { id, expected: Role::Module, found: Role::Root },
        ),
    ];
    for (keys, refusal) in &cases {
        for required in [true, false] {
            let policy = Policy::new(keys).require_signature(required);
            assert_eq!(refusals(&policy, &blob, None), [*refusal]);
        }
    }
    let older = OlderBuilder::v2(1, 7, "main").build(MODULE, Some(&signer())).unwrap();
    let keys = [Key::module([9; 32]).revoked(), Key::root(public())];
    assert_eq!(refusals(&Policy::new(&keys), &older, None), [Refusal::UnknownKey { id: None }]);
}

#[test]
fn older_versions_can_be_tried_with_each_usable_key() {
    let blob = OlderBuilder::v2(1, 7, "main").build(MODULE, Some(&signer())).unwrap();
    let manifest = Manifest::parse(&blob, blob.len() as u32).unwrap();
    let other = Key::module(SigningKey::from_bytes(&[2; 32]).verifying_key().to_bytes());
    let keys = [other, Key::module(public()), Key::module(public()).revoked(), Key::root(public())];
    let admitted = Policy::new(&keys).check(&manifest, None).unwrap();
    let used = |admitted: Admitted<'_>, key| admitted.with_key(key).key().copied();
    assert_eq!(used(admitted, &keys[1]), Some(keys[1]));
    // One that is revoked or has another role is not taken.
    assert_eq!([used(admitted, &keys[2]), used(admitted, &keys[3])], [Some(other); 2]);
    for (key, expected) in [(&keys[0], Err(Refusal::Signature)), (&keys[1], Ok(()))] {
        let admitted = admitted.with_key(key);
        let mut verifier = Verifier::begin(&admitted).unwrap();
        verifier.update(MODULE).unwrap();
        assert_eq!(verifier.finish(), expected);
    }
    // Version 3 names its key.
    let blob = signed(&Builder::module(1, 7, "main"));
    let manifest = Manifest::parse(&blob, blob.len() as u32).unwrap();
    let keys = [keys[1], other];
    let admitted = Policy::new(&keys).check(&manifest, None).unwrap();
    assert_eq!(used(admitted, &keys[1]), Some(keys[0]));
}

#[test]
fn an_unsigned_module_needs_a_policy_and_a_blob_that_allow_it() {
    let unsigned = Builder::module(1, 7, "main").build(MODULE, None).unwrap();
    assert_eq!(refusals(&Policy::new(&[]), &unsigned, None), [Refusal::Unsigned]);
    assert_eq!(refusals(&Policy::new(&[]).require_signature(false), &unsigned, None), []);
    let demanding = OlderBuilder::v2(1, 7, "main").require_signature(true).build(MODULE, None).unwrap();
    assert_eq!(refusals(&Policy::new(&[]).require_signature(false), &demanding, None), [Refusal::Unsigned]);
}

#[test]
fn an_unsigned_payload_is_compared_with_its_hash() {
    let mut blob = Builder::module(1, 7, "main").build(MODULE, None).unwrap();
    let end = blob.len();
    for (change, expected) in [(0, Ok(())), (1, Err(Refusal::PayloadHash))] {
        blob[end - 1] ^= change;
        let manifest = Manifest::parse(&blob, end as u32).unwrap();
        let admitted = Policy::new(&[]).require_signature(false).check(&manifest, None).unwrap();
        let mut verifier = Verifier::begin(&admitted).unwrap();
        verifier.update(&blob[end - 8..]).unwrap();
        let more = verifier.clone().update(&[0]);
        assert_eq!(more, Err(Refusal::PayloadLength { expected: 8, found: 9 }));
        assert_eq!(verifier.finish(), expected);
    }
}

#[test]
fn a_payload_that_is_short_is_refused_for_its_length() {
    let blobs = [
        Builder::module(1, 7, "main").build(MODULE, None).unwrap(),
        OlderBuilder::v2(1, 7, "main").build(MODULE, None).unwrap(),
        OlderBuilder::v1(1, "main").build(MODULE, None).unwrap(),
    ];
    for blob in blobs {
        let manifest = Manifest::parse(&blob, blob.len() as u32).unwrap();
        let admitted = Policy::new(&[]).require_signature(false).check(&manifest, None).unwrap();
        let mut verifier = Verifier::begin(&admitted).unwrap();
        verifier.update(&MODULE[..7]).unwrap();
        let finished = verifier.clone().finish();
        assert_eq!(finished, Err(Refusal::PayloadLength { expected: 8, found: 7 }));
        verifier.update(&MODULE[7..]).unwrap();
        assert_eq!(verifier.finish(), Ok(()));
    }
}

#[test]
fn a_key_list_is_signed_by_a_root_key_and_newer_than_the_last() {
    let payload = key_list_payload(4, &[Key::module([3; 32])]).unwrap();
    let list = Builder::key_list(4);
    let blob = list.build(&payload, Some(&signer())).unwrap();
    let root = [Key::root(public())];
    assert_eq!(refusals(&Policy::new(&root), &blob, Some(3)), []);
    assert_eq!(refusals(&Policy::new(&root).wasm(false), &blob, None), []);
    assert_eq!(refusals(&Policy::new(&root), &blob, Some(4)), [Refusal::Rollback { least: 5, found: 4 }]);
    let module = [Key::module(public())];
    let id = KeyId::of(&public());
    let role = Refusal::KeyRole { id, expected: Role::Root, found: Role::Module };
    assert_eq!(refusals(&Policy::new(&module), &blob, None), [role]);
    let unsigned = list.build(&payload, None).unwrap();
    assert_eq!(refusals(&Policy::new(&root).require_signature(false), &unsigned, None), [Refusal::Unsigned]);
}

#[test]
fn older_formats_can_be_refused() {
    let keys = [Key::module(public())];
    let policy = Policy::new(&keys).least_version(Version::V3);
    let second = OlderBuilder::v2(1, 7, "main").build(MODULE, Some(&signer())).unwrap();
    let refusal = Refusal::Version { least: Version::V3, found: Version::V2 };
    assert_eq!(refusals(&policy, &second, None), [refusal]);
    assert_eq!(refusals(&policy, &signed(&Builder::module(1, 7, "main")), None), []);
}

#[test]
fn all_reasons_are_listed() {
    let blob = Builder::module(1, 7, "main").target("mk2").abi(9).build(MODULE, None).unwrap();
    let policy = Policy::new(&[]).max_module(3).wasm(false);
    let codes: Vec<u8> = refusals(&policy, &blob, Some(8)).iter().map(|refusal| refusal.code()).collect();
    assert_eq!(codes, [3, 10, 11, 12, 13, 14]);
}

#[test]
fn every_code_has_words() {
    let malformed = Refusal::Malformed(ParseError::Version { found: 9 });
    assert_eq!(malformed.to_string(), "manifest version 9, expected 1, 2 or 3");
    let refusal = Refusal::Rollback { least: 8, found: 7 };
    assert_eq!(refusal.to_string(), "sequence too low (least 8, found 7)");
    assert_eq!(Refusal::describe(0), None);
    assert!((1..=18).all(|code| Refusal::describe(code).is_some()));
    assert_eq!(Refusal::describe(19), None);
}

//! What is built is what is parsed.

use aingle_wasm_manifest::{
    Builder, DeltaOf, Engine, KeyId, Kind, Manifest, OlderBuilder, Requirements, SigningKey, Version,
};
use proptest::option::of;
use proptest::prelude::*;

fn name(longest: usize) -> impl Strategy<Value = String> {
    prop::collection::vec("[a-zä-ü0-9_.-]", 1..longest / 2).prop_map(|parts| parts.concat())
}

fn requirements() -> impl Strategy<Value = Requirements> {
    (of(any::<u32>()), of(any::<u32>()), of(any::<u64>()), of(any::<u32>()))
        .prop_map(|(memory, stack, fuel, depth)| Requirements { memory, stack, fuel, depth })
}

proptest! {
    #[test]
    fn version_3_says_what_it_was_told(
        ids: [u32; 2],
        entry in name(64),
        target in of(name(32)),
        native in of((name(32), any::<[u8; 32]>())),
        abi: Option<u32>,
        requirements in requirements(),
        base in of(prop::collection::vec(any::<u8>(), 0..100)),
        payload in prop::collection::vec(any::<u8>(), 0..300),
        secret: Option<[u8; 32]>,
    ) {
        let mut builder = Builder::module(ids[0], ids[1], &entry).requirements(requirements);
        if let Some(target) = &target {
            builder = builder.target(target);
        }
        if let Some((triple, source)) = &native {
            builder = builder.native(triple, *source);
        }
        if let Some(abi) = abi {
            builder = builder.abi(abi);
        }
        if let Some(base) = &base {
            builder = builder.delta(DeltaOf::between(base, b"result").unwrap());
        }
        let signer = secret.as_ref().map(SigningKey::from_bytes);
        let blob = builder.build(&payload, signer.as_ref()).unwrap();
        prop_assert_eq!(&blob, &builder.build(&payload, signer.as_ref()).unwrap());

        let manifest = Manifest::parse(&blob, blob.len() as u32).unwrap();
        prop_assert_eq!(manifest.version(), Version::V3);
        prop_assert_eq!(manifest.total_len() as usize, blob.len());
        prop_assert_eq!(&blob[manifest.payload_offset() as usize..], &payload);
        // A native image is executed where it is.
        prop_assert!(native.is_none() || manifest.payload_offset().is_multiple_of(8));
        prop_assert_eq!(manifest.signature().is_some(), signer.is_some());
        let fields = manifest.fields();
        prop_assert_eq!([fields.module_id, fields.sequence], ids);
        prop_assert_eq!(fields.entry, &entry);
        prop_assert_eq!(fields.target, target.as_deref());
        prop_assert_eq!(fields.abi, abi);
        prop_assert_eq!(fields.requirements, requirements);
        prop_assert_eq!(fields.kind, if base.is_some() { Kind::Delta } else { Kind::Module });
        prop_assert_eq!(fields.delta.map(|delta| delta.base_len as usize), base.map(|base| base.len()));
        prop_assert_eq!(fields.key_id, signer.map(|key| KeyId::of(key.verifying_key().as_bytes())));
        match (fields.engine, &native) {
            (Engine::Wasm, None) => {}
            (Engine::Native { triple, source_sha256 }, Some((expected, source))) => {
                prop_assert_eq!(triple, expected);
                prop_assert_eq!(source_sha256, source);
            }
            other => prop_assert!(false, "{:?}", other),
        }
        // A builder of these fields builds the same again.
        let signer = secret.as_ref().map(SigningKey::from_bytes);
        prop_assert_eq!(Builder::of(fields).build(&payload, signer.as_ref()).unwrap(), blob);
    }

    #[test]
    fn version_3_is_deterministic_cbor_to_another_reader(
        ids: [u32; 2],
        requirements in requirements(),
        payload in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let blob = Builder::module(ids[0], ids[1], "main").requirements(requirements).build(&payload, None).unwrap();
        let fields = &blob[8..blob.len() - payload.len()];
        // Decode and encode again with minicbor, which writes the shortest forms.
        let tokens: Vec<_> = minicbor::decode::Tokenizer::new(fields).map(Result::unwrap).collect();
        let mut again = minicbor::Encoder::new(Vec::new());
        again.tokens(&tokens).unwrap();
        prop_assert_eq!(again.writer().as_slice(), fields);
    }

    #[test]
    fn older_versions_say_what_they_were_told(
        ids: [u32; 2],
        flags: [bool; 2],
        first: bool,
        entry in "[a-z]{0,255}",
        module in prop::collection::vec(any::<u8>(), 0..300),
        secret: Option<[u8; 32]>,
    ) {
        let builder = if first { OlderBuilder::v1(ids[0], &entry) } else { OlderBuilder::v2(ids[0], ids[1], &entry) };
        let builder = builder.require_signature(flags[0]).rollback_protected(flags[1]);
        let signer = secret.as_ref().map(SigningKey::from_bytes);
        let blob = builder.build(&module, signer.as_ref()).unwrap();
        let manifest = Manifest::parse(&blob, blob.len() as u32).unwrap();
        prop_assert_eq!(manifest.signature().is_some(), signer.is_some());
        prop_assert_eq!(&blob[manifest.payload_offset() as usize..], &module);
        prop_assert_eq!(manifest.version(), if first { Version::V1 } else { Version::V2 });
        prop_assert_eq!(manifest.demands_signature(), !first && flags[0]);
        prop_assert_eq!(manifest.rollback_protected(), !first && flags[1]);
        prop_assert_eq!(manifest.fields().sequence, if first { 0 } else { ids[1] });
        prop_assert_eq!(manifest.fields().entry, entry);
    }

    #[test]
    fn any_bytes_are_a_manifest_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..700), total: u32, version in 0_u8..5) {
        let bytes = [b"SMNY".as_slice(), &[version], &bytes].concat();
        for total in [total, bytes.len() as u32, 0, u32::MAX] {
            if let Ok(manifest) = Manifest::parse(&bytes, total) {
                prop_assert_eq!(manifest.total_len(), total);
            }
        }
    }
}

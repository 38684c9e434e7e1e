//! Modules in a store.

use crate::broker::Broker;
use aingle_wasm_fleet::nats::{
    ModuleError, ModuleHash, ModuleName, ModuleStore, Place, StoreConfig, Verified,
};
use aingle_wasm_manifest::{Builder, Key, Kind, Policy, Refusal, SigningKey};

fn name(text: &str) -> ModuleName {
    ModuleName::new(text).expect("a name")
}

fn signer(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn packed(module: &[u8], sequence: u32, key: Option<&SigningKey>) -> Vec<u8> {
    Builder::module(1, sequence, "main").build(module, key).expect("a blob")
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_modules_are_verified_wherever_they_are_stored() {
    let broker = Broker::start().await;
    let store = ModuleStore::open(broker.client().await, StoreConfig::default()).await.expect("a store");
    let keys = [Key::module(signer(1).verifying_key().to_bytes())];
    let policy = Policy::new(&keys);
    let message = broker.client().await.max_payload();
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| (number >> 3) as u8).collect();
    let lengths = [
        (10, Place::Bucket),
        (message - 2048, Place::Bucket),
        (message - 1024, Place::Objects),
        (message, Place::Objects),
        (3_000_000, Place::Objects),
    ];
    for (sequence, (len, place)) in (1..).zip(lengths) {
        let blob = packed(&large[..len], sequence, Some(&signer(1)));
        assert_eq!(store.put(&name("m"), &blob).await, Ok(place), "{len}");
        let fetched = store.fetch(&name("m"), &policy, Some(sequence - 1)).await.expect("a module");
        assert_eq!(fetched.wasm(), &large[..len]);
        assert_eq!(fetched.hash(), ModuleHash::of(&large[..len]));
        assert_eq!((fetched.sequence(), fetched.signer()), (sequence, Some(keys[0].id())));

        // A bit of the module, of the signature and of the manifest.
        for at in [blob.len() - 1, blob.len() - len - 1, 6] {
            let mut tampered = blob.clone();
            tampered[at] ^= 1;
            assert_eq!(store.put(&name("t"), &tampered).await, Ok(place));
            let error = store.fetch(&name("t"), &policy, None).await.unwrap_err();
            assert!(matches!(error, ModuleError::Refused(_)), "{at}: {error:?}");
        }
        assert_eq!(store.put(&name("u"), &packed(&large[..len], 1, None)).await, Ok(place));
        let error = store.fetch(&name("u"), &policy, None).await.unwrap_err();
        assert_eq!(error, ModuleError::Refused(Refusal::Unsigned));
    }
    let error = store.fetch(&name("m"), &policy, Some(9)).await.unwrap_err();
    assert_eq!(error, ModuleError::Refused(Refusal::Rollback { least: 9, found: 5 }));
    let error = store.fetch(&name("none"), &policy, None).await.unwrap_err();
    assert_eq!(error, ModuleError::NotFound { name: name("none") });
}

#[test]
fn other_blobs_are_refused() {
    let keys = [Key::module(signer(1).verifying_key().to_bytes())];
    let policy = Policy::new(&keys);
    let refused = |blob: &[u8]| Verified::of(blob, &policy, None).unwrap_err();
    let stranger = packed(b"module", 1, Some(&signer(2)));
    assert!(matches!(refused(&stranger), ModuleError::Refused(Refusal::UnknownKey { .. })));
    assert!(matches!(refused(b"module"), ModuleError::Refused(Refusal::Malformed(_))));
    assert!(matches!(refused(b""), ModuleError::Refused(Refusal::Malformed(_))));
    let native = Builder::module(1, 1, "main").native("thumbv7m-none-eabi", [0; 32]);
    let native = native.build(b"image", Some(&signer(1))).expect("a blob");
    assert_eq!(refused(&native), ModuleError::Refused(Refusal::Engine));
    let runs_native = policy.native("thumbv7m-none-eabi");
    let error = Verified::of(&native, &runs_native, None).unwrap_err();
    assert_eq!(error, ModuleError::NoModule { kind: Kind::Module });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_is_refused_with_both_numbers() {
    let broker = Broker::start().await;
    let mut config = StoreConfig::default();
    config.max_blob = 100;
    let store = ModuleStore::open(broker.client().await, config).await.expect("a store");
    let error = store.put(&name("m"), &[0; 101]).await.unwrap_err();
    assert_eq!(error, ModuleError::TooLarge { limit: 100, found: 101 });
}

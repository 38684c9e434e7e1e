//! Row S2: a module that was packed and verified runs alike on the host and on the engines of devices.

use aingle_wasm_manifest::{Builder, Key, Manifest, Policy, SigningKey, Verifier};
use aingle_wasm_tests::{Subject, guest, on_every_engine};

/// What a device keeps of a blob that it accepts.
fn accepted<'a>(blob: &'a [u8], policy: &Policy<'_>) -> &'a [u8] {
    let manifest = Manifest::parse(blob, blob.len() as u32).expect("a manifest");
    let admitted = policy.check(&manifest, Some(6)).expect("the policy allows it");
    let payload = &blob[manifest.payload_offset() as usize..];
    let mut verifier = Verifier::begin(&admitted).expect("the signature is the key's");
    payload.chunks(100).for_each(|chunk| verifier.update(chunk).expect("not too long"));
    verifier.finish().expect("the payload is what was signed");
    payload
}

#[test]
fn s02_a_packed_module_runs_alike_on_every_engine() {
    let signer = SigningKey::from_bytes(&[7; 32]);
    let module = guest("conformance_guest");
    let blob = Builder::module(1, 7, "echo").abi(2).build(module, Some(&signer)).expect("a blob");
    let keys = [Key::module(signer.verifying_key().to_bytes())];
    let payload = accepted(&blob, &Policy::new(&keys).max_module(1 << 20));
    assert_eq!(payload, module);
    fn check(subject: &mut impl Subject) -> Vec<u8> {
        subject.raw("echo", b"packed").expect("a reply")
    }
    assert_eq!(on_every_engine!(payload, check), b"packed");
}

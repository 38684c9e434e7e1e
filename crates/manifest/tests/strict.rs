//! Verification is as strict as `verify_strict` of ed25519-dalek: both agree on every signature.

use aingle_wasm_manifest::{Key, Manifest, Policy, Refusal, Verifier};
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT as BASE, EIGHT_TORSION};
use curve25519_dalek::{EdwardsPoint, Scalar};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use proptest::prelude::*;
use sha2::{Digest, Sha512};

/// Header of a version 2 without an entry point, for a module of this length.
fn header(module: &[u8]) -> Vec<u8> {
    let mut header = b"SMNY\x02\x01\0\0\0".to_vec();
    header.extend((module.len() as u32).to_le_bytes());
    header.extend([0; 6]);
    header
}

fn message(module: &[u8]) -> Vec<u8> {
    [header(module), module.to_vec()].concat()
}

/// Verifies a module of version 2, in chunks.
fn ours(public: &[u8; 32], signature: &[u8; 64], module: &[u8], chunk: usize) -> Result<(), Refusal> {
    let blob = [header(module).as_slice(), signature, module].concat();
    let manifest = Manifest::parse(&blob, blob.len() as u32)?;
    let keys = [Key::module(*public)];
    let admitted = Policy::new(&keys).check(&manifest, None)?;
    let mut verifier = Verifier::begin(&admitted)?;
    for chunk in module.chunks(chunk) {
        verifier.update(chunk)?;
    }
    verifier.finish()
}

fn theirs(public: &[u8; 32], signature: &[u8; 64], module: &[u8]) -> bool {
    VerifyingKey::from_bytes(public)
        .is_ok_and(|key| key.verify_strict(&message(module), &Signature::from_bytes(signature)).is_ok())
}

/// Asserts that both say the same, and returns it.
fn verdict(public: &[u8; 32], signature: &[u8; 64], module: &[u8]) -> bool {
    let verdict = theirs(public, signature, module);
    let expected = if verdict { Ok(()) } else { Err(Refusal::Signature) };
    assert_eq!(ours(public, signature, module, 100), expected, "{public:02x?} {signature:02x?}");
    verdict
}

fn challenge(r: &[u8; 32], public: &[u8; 32], module: &[u8]) -> Scalar {
    let hash = Sha512::new().chain_update(r).chain_update(public).chain_update(message(module));
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}

/// A signature by the key `secret * B + twist`, with `R = nonce * B + offset`.
fn twisted(
    secret: Scalar,
    nonce: Scalar,
    twist: EdwardsPoint,
    offset: EdwardsPoint,
    module: &[u8],
) -> ([u8; 32], [u8; 64]) {
    let public = (BASE * secret + twist).compress().to_bytes();
    let r = (BASE * nonce + offset).compress().to_bytes();
    let s = nonce + challenge(&r, &public, module) * secret;
    (public, [r, s.to_bytes()].concat().try_into().unwrap())
}

#[test]
fn points_of_small_and_of_mixed_order_are_judged_alike() {
    let (mut accepted, mut seen) = (0, 0);
    for twist in EIGHT_TORSION {
        for offset in EIGHT_TORSION {
            for number in 0..4_u64 {
                for (secret, nonce) in [(number, number + 1), (0, number), (number, 0), (number + 9, 5)] {
                    let module = [number as u8; 3];
                    let (public, signature) = twisted(secret.into(), nonce.into(), twist, offset, &module);
                    accepted += u32::from(verdict(&public, &signature, &module));
                    seen += 1;
                }
            }
        }
    }
    // Among them are keys of mixed order, whose signatures are valid for some messages.
    assert!(accepted > 20 && accepted < seen / 2, "{accepted} of {seen} accepted");
}

#[test]
fn encodings_that_are_not_reduced_are_judged_alike() {
    // y = p + n, with and without the sign, for n that are below 19.
    for n in 0..19_u8 {
        for sign in [0, 0x80] {
            let mut encoding = [0xff; 32];
            encoding[0] = 0xed + n;
            encoding[31] = 0x7f | sign;
            let signer = SigningKey::from_bytes(&[n; 32]);
            let mut signature = signer.sign(&message(b"module")).to_bytes();
            verdict(&encoding, &signature, b"module");
            signature[..32].copy_from_slice(&encoding);
            verdict(&signer.verifying_key().to_bytes(), &signature, b"module");
            verdict(&encoding, &[encoding, [0; 32]].concat().try_into().unwrap(), b"module");
        }
    }
}

#[test]
fn a_scalar_that_is_not_reduced_is_refused() {
    // The order of the group, little-endian.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let signer = SigningKey::from_bytes(&[3; 32]);
    let public = signer.verifying_key().to_bytes();
    let mut signature = signer.sign(&message(b"module")).to_bytes();
    assert!(verdict(&public, &signature, b"module"));
    let mut carry = 0;
    for (at, order) in ORDER.iter().enumerate() {
        let sum = u16::from(signature[32 + at]) + u16::from(*order) + carry;
        signature[32 + at] = sum as u8;
        carry = sum >> 8;
    }
    assert!(!verdict(&public, &signature, b"module"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn signatures_are_accepted_and_changed_ones_refused(
        secret: [u8; 32],
        module in prop::collection::vec(any::<u8>(), 0..600),
        chunk in 1_usize..300,
        bit in 0_usize..512,
        in_key: bool,
    ) {
        let signer = SigningKey::from_bytes(&secret);
        let (mut public, mut signature) = (signer.verifying_key().to_bytes(), signer.sign(&message(&module)).to_bytes());
        prop_assert_eq!(ours(&public, &signature, &module, chunk), Ok(()));
        if in_key {
            public[bit / 8 % 32] ^= 1 << (bit % 8);
        } else {
            signature[bit / 8] ^= 1 << (bit % 8);
        }
        prop_assert!(!verdict(&public, &signature, &module));
    }

    #[test]
    fn any_bytes_are_judged_alike(public: [u8; 32], r: [u8; 32], s: [u8; 32], module: [u8; 7]) {
        verdict(&public, &[r, s].concat().try_into().unwrap(), &module);
    }
}

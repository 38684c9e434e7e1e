//! Ed25519 and SHA-2 for devices, in little flash and stack: what the feature `dalek` takes from libraries. Tests compare
//! them with those.

mod curve;
mod hash;
mod point;
mod prime_field;
mod scalar;

pub(crate) use curve::{holds, is_strong};
pub(crate) use hash::Sha512;
pub use hash::{Sha256, sha256};

#[cfg(all(test, feature = "dalek"))]
mod tests {
    use super::*;
    use crate::library;
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    /// Compares both on one signature of an empty message. Returns what they say.
    fn both(public: &[u8; 32], signature: &[u8; 64]) -> bool {
        let mut hash = Sha512::new();
        hash.update(&signature[..32]);
        hash.update(public);
        let (r, s) = (signature[..32].try_into().unwrap(), signature[32..].try_into().unwrap());
        let k = hash.finish();
        let own = holds(public, r, s, &k);
        assert_eq!(own, library::holds(public, r, s, &k), "{public:02x?} {signature:02x?}");
        assert_eq!(is_strong(public), library::is_strong(public), "{public:02x?}");
        own
    }

    #[test]
    fn points_of_small_order_and_long_scalars_are_refused_by_both() {
        let (mut identity, mut order_2) = ([0; 32], [0xff; 32]);
        (identity[0], order_2[0], order_2[31]) = (1, 0xec, 0x7f);
        for public in [identity, order_2, [0; 32], [0xff; 32]] {
            for r in [identity, order_2, [0; 32]] {
                let mut signature = [0; 64];
                signature[..32].copy_from_slice(&r);
                assert!(!both(&public, &signature));
                signature[32..].fill(0xff);
                assert!(!both(&public, &signature));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn own_verification_says_what_the_library_says(seed: [u8; 32], at in 0_usize..96, bit in 0_u8..8) {
            let key = SigningKey::from_bytes(&seed);
            let (mut public, mut signature) = (key.verifying_key().to_bytes(), key.sign(b"").to_bytes());
            prop_assert!(both(&public, &signature));
            match signature.get_mut(at) {
                Some(byte) => *byte ^= 1 << bit,
                None => public[at - 64] ^= 1 << bit,
            }
            prop_assert!(!both(&public, &signature));
        }
    }
}

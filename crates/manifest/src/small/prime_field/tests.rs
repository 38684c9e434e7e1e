//! Compares the arithmetic with that of the schoolbook.

use super::Field;
use super::ROOT;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

/// The prime, in limbs.
const PRIME: [u32; 8] = [0xffff_ffed, !0, !0, !0, !0, !0, !0, !0 >> 1];

/// Numbers with limbs at which carries end or go on.
fn number() -> impl Strategy<Value = Field> {
    let limb = prop_oneof![
        Just(0),
        Just(1),
        Just(u32::MAX),
        Just(u32::MAX - 1),
        Just(1 << 31),
        0_u32..80,
        (0_u32..80).prop_map(|less| u32::MAX - less),
        any::<u32>(),
    ];
    prop::array::uniform8(limb).prop_map(Field)
}

/// The remainder by schoolbook division, bit by bit, of a number of any length.
fn remainder(limbs: &[u32]) -> [u8; 32] {
    let mut rest = [0_u32; 8];
    for at in (0..limbs.len() * 32).rev() {
        let mut carry = limbs[at / 32] >> (at % 32) & 1;
        for limb in &mut rest {
            (*limb, carry) = (*limb << 1 | carry, *limb >> 31);
        }
        assert_eq!(carry, 0);
        if rest.iter().rev().ge(PRIME.iter().rev()) {
            let mut borrow = 0;
            for (limb, prime) in rest.iter_mut().zip(PRIME) {
                let difference = i64::from(*limb) - i64::from(prime) - borrow;
                *limb = difference as u32;
                borrow = i64::from(difference < 0);
            }
        }
    }
    rest.map(u32::to_le_bytes).concat().try_into().unwrap()
}

fn sum(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut carry = 0;
    let mut sum: Vec<u32> = (0..a.len().max(b.len()))
        .map(|at| {
            carry += u64::from(*a.get(at).unwrap_or(&0)) + u64::from(*b.get(at).unwrap_or(&0));
            let limb = carry as u32;
            carry >>= 32;
            limb
        })
        .collect();
    sum.push(carry as u32);
    sum
}

/// The product, as a sum of shifted numbers.
fn product(a: &Field, b: &Field) -> Vec<u32> {
    let mut product = vec![0; 17];
    for (at, factor) in a.0.iter().enumerate() {
        for bit in (0..32).filter(|bit| factor >> bit & 1 == 1) {
            let mut shifted = vec![0; at];
            let wide: Vec<u64> = b.0.iter().map(|limb| u64::from(*limb) << bit).collect();
            let mut above = 0;
            for limb in wide {
                shifted.push(limb as u32 | above);
                above = (limb >> 32) as u32;
            }
            shifted.push(above);
            product = sum(&product, &shifted);
        }
    }
    product
}

#[test]
fn the_root_is_one_of_minus_one() {
    assert!(ROOT.squared().equals(&Field::ONE.negated()));
}

#[test]
fn multiples_of_the_prime_are_zero() {
    assert!(Field(PRIME).is_zero());
    assert!(Field([0xffff_ffda, !0, !0, !0, !0, !0, !0, !0]).is_zero());
    assert_eq!(Field([!0; 8]).to_bytes()[0], 37);
}

impl Field {
    fn plus(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }

    fn minus(mut self, other: &Self) -> Self {
        self.subtract(other);
        self
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arithmetic_is_that_of_remainders(a in number(), b in number()) {
        prop_assert_eq!(a.to_bytes(), remainder(&a.0));
        prop_assert_eq!(a.plus(&b).to_bytes(), remainder(&sum(&a.0, &b.0)));
        prop_assert_eq!(a.times(&b).to_bytes(), remainder(&product(&a, &b)));
        prop_assert_eq!(a.squared().to_bytes(), remainder(&product(&a, &a)));
        // The difference is what makes the first again.
        prop_assert_eq!(a.minus(&b).plus(&b).to_bytes(), a.to_bytes());
        prop_assert_eq!(remainder(&sum(&a.minus(&b).0, &b.0)), a.to_bytes());
    }

    #[test]
    fn numbers_are_written_and_read(a in number()) {
        let bytes = a.to_bytes();
        prop_assert!(Field::from_bytes(&bytes).equals(&a));
        prop_assert_eq!(a.is_odd(), bytes[0] % 2 == 1);
    }
}

proptest! {
    #[test]
    fn an_inverse_makes_one(a in number()) {
        let mut product = a;
        product.invert();
        product.multiply(&a);
        let expected = if a.is_zero() { Field::ZERO } else { Field::ONE };
        prop_assert!(product.equals(&expected));
    }

    #[test]
    fn a_root_is_one_of_the_ratio(a in number(), b in number()) {
        let square = a.squared();
        let mut root = square.times(&b);
        prop_assert!(root.root_of_ratio(&b));
        prop_assert!(b.is_zero() || root.squared().equals(&square));
        // Twice a square is none, because 2 is none.
        let mut twice = square.plus(&square);
        prop_assert!(twice.is_zero() || !twice.root_of_ratio(&Field::ONE));
    }
}

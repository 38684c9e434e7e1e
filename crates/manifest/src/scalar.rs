//! Numbers modulo the order of the base point, and their digits.

/// The order of the base point, little-endian: 2^252 + 27742317777372353535851937790883648493.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Returns whether a number is below the order.
pub(crate) fn is_reduced(number: &[u8; 32]) -> bool {
    number.iter().rev().lt(ORDER.iter().rev())
}

/// Returns a number of 512 bits modulo the order, bit by bit: it is a small part of a verification.
#[inline(never)]
pub(crate) fn reduced(wide: &[u8; 64]) -> [u8; 32] {
    let mut rest = [0; 32];
    for at in (0..512).rev() {
        // Below the order, so that twice it and one fits.
        let mut carry = wide[at / 8] >> (at % 8) & 1;
        for byte in &mut rest {
            (*byte, carry) = (*byte << 1 | carry, *byte >> 7);
        }
        if !is_reduced(&rest) {
            let mut borrow = false;
            for (byte, order) in rest.iter_mut().zip(ORDER) {
                (*byte, borrow) = byte.borrowing_sub(order, borrow);
            }
        }
    }
    rest
}

/// As many digits as a scalar below 2^253 has, and the carry out of the last.
pub(crate) const DIGITS: usize = 254;

/// The digits of two scalars, each -1, 0 or 1, from the lowest. Two pairs a byte.
///
/// They are the joint sparse form of Solinas, "Low-Weight Binary Representations for Pairs of Integers", 2001: about
/// half of the pairs are zero.
pub(crate) struct Digits([u8; DIGITS.div_ceil(2)]);

impl Digits {
    /// Returns the digits of two scalars that are below 2^253.
    pub(crate) fn of(scalars: [&[u8; 32]; 2]) -> Self {
        let mut digits = Self([0; DIGITS.div_ceil(2)]);
        let mut carry = [0; 2];
        for at in 0..DIGITS {
            let low = [0, 1].map(|n| (three_bits(scalars[n], at) + carry[n]) & 7);
            let pair = [digit(low[0], low[1]), digit(low[1], low[0])];
            for n in 0..2 {
                // The rest is (scalar - digit) / 2: a digit of -1 carries, one of 1 uses a carry up.
                if 2 * carry[n] as i8 == 1 + pair[n] {
                    carry[n] = 1 - carry[n];
                }
            }
            let packed = (pair[0] + 1) as u8 | ((pair[1] + 1) as u8) << 2;
            digits.0[at / 2] |= packed << (at % 2 * 4);
        }
        digits
    }

    /// Returns the digits at one place.
    pub(crate) fn at(&self, at: usize) -> (i8, i8) {
        let packed = self.0[at / 2] >> (at % 2 * 4);
        ((packed & 3) as i8 - 1, (packed >> 2 & 3) as i8 - 1)
    }
}

/// Returns the next digit of a scalar whose lowest bits are these, beside another's.
fn digit(low: u8, other: u8) -> i8 {
    if low & 1 == 0 {
        return 0;
    }
    let digit = 2 - (low & 3) as i8;
    let flips = (low == 3 || low == 5) && other & 3 == 2;
    if flips { -digit } else { digit }
}

fn three_bits(scalar: &[u8; 32], at: usize) -> u8 {
    let bit = |at: usize| scalar.get(at / 8).map_or(0, |byte| byte >> (at % 8) & 1);
    bit(at) | bit(at + 1) << 1 | bit(at + 2) << 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::Scalar;
    use proptest::prelude::*;

    /// The sum of the digits, which is the scalar again.
    fn value(digits: &Digits, of: fn((i8, i8)) -> i8) -> Scalar {
        (0..DIGITS).rev().fold(Scalar::ZERO, |sum, at| {
            let doubled = sum + sum;
            match of(digits.at(at)) {
                1 => doubled + Scalar::ONE,
                -1 => doubled - Scalar::ONE,
                _ => doubled,
            }
        })
    }

    fn check(first: Scalar, second: Scalar) -> usize {
        let digits = Digits::of([first.as_bytes(), second.as_bytes()]);
        assert_eq!(value(&digits, |pair| pair.0), first);
        assert_eq!(value(&digits, |pair| pair.1), second);
        (0..DIGITS).filter(|at| digits.at(*at) != (0, 0)).count()
    }

    #[test]
    fn small_and_large_scalars_are_the_sums_of_their_digits() {
        let largest = Scalar::ZERO - Scalar::ONE;
        for first in 0..40_u32 {
            for second in 0..40_u32 {
                check(first.into(), second.into());
                check(largest - Scalar::from(first), second.into());
                check(largest - Scalar::from(first), largest - Scalar::from(second));
            }
        }
    }

    #[test]
    fn about_half_of_the_pairs_are_zero() {
        let (first, second) = ([0x5a; 64], [0xc3; 64]);
        let scalars = [first, second].map(|bytes| Scalar::from_bytes_mod_order_wide(&bytes));
        let added = check(scalars[0], scalars[1]);
        assert!(added < DIGITS * 3 / 5, "{added} pairs are not zero");
    }

    #[test]
    fn the_order_and_what_is_around_it_are_reduced() {
        let mut number = ORDER;
        assert!(!is_reduced(&number) && !is_reduced(&[0xff; 32]));
        number[0] -= 1;
        assert!(is_reduced(&number) && is_reduced(&[0; 32]));
        for below in 0..4_u8 {
            for above in 0..4_u8 {
                let mut wide = [0; 64];
                wide[..32].copy_from_slice(&ORDER);
                wide[0] = wide[0] - below + above;
                assert_eq!(reduced(&wide), Scalar::from_bytes_mod_order_wide(&wide).to_bytes());
            }
        }
        assert_eq!(reduced(&[0xff; 64]), Scalar::from_bytes_mod_order_wide(&[0xff; 64]).to_bytes());
    }

    proptest! {
        #[test]
        fn wide_numbers_are_reduced(wide in prop::array::uniform32([any::<u8>(), any::<u8>()])) {
            let wide = wide.concat().try_into().unwrap();
            prop_assert_eq!(reduced(&wide), Scalar::from_bytes_mod_order_wide(&wide).to_bytes());
        }

        #[test]
        fn scalars_are_the_sums_of_their_digits(first: [u8; 32], second: [u8; 32]) {
            check(Scalar::from_bytes_mod_order(first), Scalar::from_bytes_mod_order(second));
        }
    }
}

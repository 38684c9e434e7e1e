//! Numbers modulo the order of the base point, and their digits.

/// The order of the base point, from the lowest word: 2^252 + 27742317777372353535851937790883648493.
const ORDER: [u32; 8] = [0x5cf5_d3ed, 0x5812_631a, 0xa2f7_9cd6, 0x14de_f9de, 0, 0, 0, 0x1000_0000];

/// Returns whether a number is below the order.
pub(crate) fn is_reduced(number: &[u8; 32]) -> bool {
    let words = number.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
    words.rev().lt(ORDER.iter().rev().copied())
}

/// Returns a number of 512 bits modulo the order, bit by bit: it is a small part of a verification.
#[inline(never)]
pub(crate) fn reduced(wide: &[u8; 64]) -> [u8; 32] {
    let mut rest = [0_u32; 8];
    for at in (0..512).rev() {
        // Below the order, so that twice it and one fits.
        let mut bit = u32::from(wide[at / 8] >> (at % 8) & 1);
        let (mut less, mut carry) = ([0; 8], true);
        for ((word, less), order) in rest.iter_mut().zip(&mut less).zip(&ORDER) {
            (*word, bit) = (*word << 1 | bit, *word >> 31);
            (*less, carry) = word.carrying_add(!order, carry);
        }
        if carry {
            rest = less;
        }
    }
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(&rest) {
        *bytes = word.to_le_bytes();
    }
    bytes
}

/// As many digits as a scalar below 2^253 has, and the carry out of the last.
pub(crate) const DIGITS: usize = 254;

/// Digits of two scalars, from the lowest: zero, or odd and at most 7 of the first, and at most 3 of the second.
///
/// They are the sparse form of signed windows: of four digits in a row of the first, at most one is not zero, and of
/// three of the second. Both are in one byte.
pub(crate) struct Digits([u8; DIGITS]);

/// How many digits the windows have.
const WINDOWS: [u32; 2] = [4, 3];
/// What is added to the digits so that they are not negative, and how far they are shifted.
const PACKED: [(i8, u32); 2] = [(8, 0), (4, 4)];

impl Digits {
    /// To be set.
    pub(crate) const ZERO: Self = Self([0; DIGITS]);

    /// Becomes the digits of two scalars that are below 2^253.
    #[inline(never)]
    pub(crate) fn set(&mut self, scalars: [&[u8; 32]; 2]) {
        self.0.fill(0);
        for ((scalar, window), (offset, shift)) in scalars.into_iter().zip(WINDOWS).zip(PACKED) {
            let (mut carry, mut zeros) = (0, 0);
            for (at, packed) in self.0.iter_mut().enumerate() {
                let mut digit = 0;
                if zeros != 0 {
                    zeros -= 1;
                } else {
                    let bits = low_bits(scalar, at, window) + carry;
                    if bits & 1 == 1 {
                        // The upper half is negative, and carries.
                        carry = bits >> (window - 1);
                        digit = bits as i8 - ((carry as i8) << window);
                        zeros = window - 1;
                    }
                }
                *packed |= ((digit + offset) as u8) << shift;
            }
        }
    }

    /// Returns the digits at one place.
    pub(crate) fn at(&self, at: usize) -> (i8, i8) {
        let packed = self.0[at];
        ((packed & 15) as i8 - PACKED[0].0, (packed >> PACKED[1].1) as i8 - PACKED[1].0)
    }
}

fn low_bits(scalar: &[u8; 32], at: usize, count: u32) -> u8 {
    let byte = |at: usize| u16::from(*scalar.get(at).unwrap_or(&0));
    let bits = (byte(at / 8) | byte(at / 8 + 1) << 8) >> (at % 8);
    bits as u8 & ((1 << count) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::Scalar;
    use proptest::prelude::*;

    /// The sum of the digits, which is the scalar again.
    fn value(digits: &Digits, of: fn((i8, i8)) -> i8) -> Scalar {
        (0..DIGITS).rev().fold(Scalar::ZERO, |sum, at| {
            let digit = of(digits.at(at));
            let size = Scalar::from(digit.unsigned_abs());
            sum + sum + if digit < 0 { -size } else { size }
        })
    }

    /// Asserts that the digits are of the scalars and in their ranges, and returns how many are not zero.
    fn check(first: Scalar, second: Scalar) -> [usize; 2] {
        let mut digits = Digits::ZERO;
        digits.set([first.as_bytes(), second.as_bytes()]);
        assert_eq!(value(&digits, |pair| pair.0), first);
        assert_eq!(value(&digits, |pair| pair.1), second);
        let all = || (0..DIGITS).map(|at| digits.at(at));
        assert!(all().all(|(first, _)| first == 0 || first % 2 != 0 && first.unsigned_abs() <= 7));
        assert!(all().all(|(_, second)| second == 0 || second % 2 != 0 && second.unsigned_abs() <= 3));
        [all().filter(|pair| pair.0 != 0).count(), all().filter(|pair| pair.1 != 0).count()]
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
    fn most_digits_are_zero() {
        let (first, second) = ([0x5a; 64], [0xc3; 64]);
        let scalars = [first, second].map(|bytes| Scalar::from_bytes_mod_order_wide(&bytes));
        let [first, second] = check(scalars[0], scalars[1]);
        assert!(first <= DIGITS / 4 + 1 && second <= DIGITS / 3 + 1, "{first} and {second} are not zero");
    }

    #[test]
    fn the_order_and_what_is_around_it_are_reduced() {
        let order: [u8; 32] = ORDER.map(u32::to_le_bytes).concat().try_into().unwrap();
        let mut number = order;
        assert!(!is_reduced(&number) && !is_reduced(&[0xff; 32]));
        number[0] -= 1;
        assert!(is_reduced(&number) && is_reduced(&[0; 32]));
        for below in 0..4_u8 {
            for above in 0..4_u8 {
                let mut wide = [0; 64];
                wide[..32].copy_from_slice(&order);
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

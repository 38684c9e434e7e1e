//! Numbers modulo 2^255 - 19.
//!
//! They are kept below 2^256, in eight limbs whose carries are always propagated in full: there is no excess to keep
//! account of. What leaves the top comes back in 38 fold, because 2^256 is 38 modulo the prime.

mod product;

use product::{product, square};

/// A number modulo 2^255 - 19, of which several representatives below 2^256 are the same.
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Field(pub(crate) [u32; 8]);

/// The square root of -1 that is 2^((p - 1) / 4).
const ROOT: Field = Field([
    0x4a0e_a0b0,
    0xc4ee_1b27,
    0xad2f_e478,
    0x2f43_1806,
    0x3dfb_d7a7,
    0x2b4d_0099,
    0x4fc1_df0b,
    0x2b83_2480,
]);

impl Field {
    pub(crate) const ZERO: Self = Self([0; 8]);
    pub(crate) const ONE: Self = Self([1, 0, 0, 0, 0, 0, 0, 0]);

    /// Reads a number, little-endian. The highest bit is ignored, and what is not below the prime is reduced.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut limbs = [0; 8];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.chunks_exact(4)) {
            *limb = bytes.iter().rev().fold(0, |limb, byte| limb << 8 | u32::from(*byte));
        }
        Self(limbs).without_top_bit()
    }

    /// Returns the one representative below the prime, little-endian.
    pub(crate) fn to_bytes(self) -> [u8; 32] {
        // 2^255 is 19, so that what remains is below 2^255 + 19.
        let mut reduced = self.without_top_bit();
        reduced.add_small((self.0[7] >> 31) * 19);
        // If it is not below the prime, it is so once the highest bit of 19 more is dropped.
        let mut over = reduced;
        over.add_small(19);
        if over.0[7] >> 31 == 1 {
            reduced = over.without_top_bit();
        }
        let mut bytes = [0; 32];
        for (bytes, limb) in bytes.chunks_exact_mut(4).zip(&reduced.0) {
            bytes.copy_from_slice(&limb.to_le_bytes());
        }
        bytes
    }

    fn without_top_bit(mut self) -> Self {
        self.0[7] &= !(1 << 31);
        self
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.to_bytes() == [0; 32]
    }

    /// Returns whether the number is odd.
    pub(crate) fn is_odd(&self) -> bool {
        self.to_bytes()[0] & 1 == 1
    }

    pub(crate) fn equals(&self, other: &Self) -> bool {
        let mut difference = *self;
        difference.subtract(other);
        difference.is_zero()
    }

    /// Adds another number.
    #[inline(never)]
    pub(crate) fn add(&mut self, other: &Self) {
        let mut carry = false;
        macro_rules! limbs {
            ($($at:literal)*) => {$((self.0[$at], carry) = self.0[$at].carrying_add(other.0[$at], carry);)*};
        }
        limbs!(0 1 2 3 4 5 6 7);
        self.fold(carry.into());
    }

    pub(crate) fn double(&mut self) {
        let same = *self;
        self.add(&same);
    }

    /// Subtracts another number.
    #[inline(never)]
    pub(crate) fn subtract(&mut self, other: &Self) {
        // Adding the complement and one adds 2^256 too much, which leaves the top if the other is not greater.
        let mut carry = true;
        macro_rules! limbs {
            ($($at:literal)*) => {$((self.0[$at], carry) = self.0[$at].carrying_add(!other.0[$at], carry);)*};
        }
        limbs!(0 1 2 3 4 5 6 7);
        while !carry {
            carry = !self.subtract_small(38);
        }
    }

    pub(crate) fn negated(&self) -> Self {
        let mut negative = Self::ZERO;
        negative.subtract(self);
        negative
    }

    /// Multiplies by another number.
    #[inline(never)]
    pub(crate) fn multiply(&mut self, other: &Self) {
        self.set_reduced(product(&self.0, &other.0));
    }

    /// Raises to the power `2^count`.
    #[inline(never)]
    pub(crate) fn square(&mut self, count: u32) {
        for _ in 0..count {
            self.set_reduced(square(&self.0));
        }
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        let mut product = *self;
        product.multiply(other);
        product
    }

    pub(crate) fn squared(&self) -> Self {
        let mut square = *self;
        square.square(1);
        square
    }

    /// Becomes a number of sixteen limbs.
    #[inline(always)]
    fn set_reduced(&mut self, wide: [u32; 16]) {
        let (mut reduced, mut carry) = (Self::ZERO, 0);
        macro_rules! limbs {
            ($($at:literal)*) => {$(
                carry += u64::from(wide[$at]) + 38 * u64::from(wide[$at + 8]);
                reduced.0[$at] = carry as u32;
                carry >>= 32;
            )*};
        }
        limbs!(0 1 2 3 4 5 6 7);
        reduced.fold(carry as u32);
        // Limb by limb: at level "z", a copy of them all would be a call.
        macro_rules! copies {
            ($($at:literal)*) => {$(self.0[$at] = reduced.0[$at];)*};
        }
        copies!(0 1 2 3 4 5 6 7);
    }

    /// Adds what left the top, 38 for each.
    fn fold(&mut self, mut top: u32) {
        while top != 0 {
            top = self.add_small(38 * top);
        }
    }

    /// Adds a number below 2^32, and returns what leaves the top.
    fn add_small(&mut self, number: u32) -> u32 {
        let mut carry = number;
        for limb in &mut self.0 {
            let (sum, over) = limb.overflowing_add(carry);
            *limb = sum;
            if !over {
                return 0;
            }
            carry = 1;
        }
        carry
    }

    /// Subtracts a number below 2^32, and returns whether it was more than there was.
    fn subtract_small(&mut self, number: u32) -> bool {
        let mut less = number;
        for limb in &mut self.0 {
            let (difference, borrow) = limb.overflowing_sub(less);
            *limb = difference;
            if !borrow {
                return false;
            }
            less = 1;
        }
        true
    }

    /// Of the power 2^n - 1 it makes the power 2^2n - 1.
    fn double_ones(&mut self, n: u32) {
        let ones = *self;
        self.square(n);
        self.multiply(&ones);
    }

    /// Raises to the power 2^250 - 1, and sets another to the power 11.
    #[inline(never)]
    fn raise(&mut self, eleven: &mut Self) {
        let mut kept = *self;
        kept.square(3);
        kept.multiply(self);
        *eleven = *self;
        eleven.square(1);
        eleven.multiply(&kept);
        *self = *eleven;
        self.square(1);
        self.multiply(&kept);
        self.double_ones(5);
        kept = *self;
        self.double_ones(10);
        self.double_ones(20);
        self.square(10);
        self.multiply(&kept);
        kept = *self;
        self.double_ones(50);
        self.double_ones(100);
        self.square(50);
        self.multiply(&kept);
    }

    /// Replaces the number by its inverse, and 0 by 0: the power 2^255 - 21.
    pub(crate) fn invert(&mut self) {
        let mut eleven = Self::ZERO;
        self.raise(&mut eleven);
        self.square(5);
        self.multiply(&eleven);
    }

    /// Replaces the number by the square root of its ratio to another, one of both. Returns whether there is one.
    #[inline(never)]
    pub(crate) fn root_of_ratio(&mut self, divisor: &Self) -> bool {
        let mut power = divisor.squared();
        power.multiply(divisor);
        let mut root = self.times(&power);
        power.square(1);
        power.multiply(divisor);
        power.multiply(self);
        // The power 2^252 - 3, which is (p - 5) / 8.
        let (base, mut scratch) = (power, Self::ZERO);
        power.raise(&mut scratch);
        power.square(2);
        power.multiply(&base);
        root.multiply(&power);
        let mut found = root.squared();
        found.multiply(divisor);
        let is_root = found.equals(self);
        if !is_root {
            root.multiply(&ROOT);
            found = found.negated();
        }
        let has_root = found.equals(self);
        *self = root;
        has_root
    }
}

#[cfg(test)]
mod tests;

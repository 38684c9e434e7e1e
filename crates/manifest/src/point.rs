//! Points of the curve of Ed25519, in extended coordinates.
//!
//! The formulas are those of Hisil, Wong, Carter and Dawson, "Twisted Edwards Curves Revisited", 2008, for a = -1:
//! they hold for all pairs of points.

use crate::prime_field::Field;

/// Point, as X / Z and Y / Z, with T = XY / Z.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    x: Field,
    y: Field,
    z: Field,
    t: Field,
}

/// Point that is added: Y - X, Y + X, 2Z and 2dT.
#[derive(Clone, Copy)]
pub(crate) struct Addend {
    less: Field,
    more: Field,
    twice_z: Field,
    twice_dt: Field,
}

/// The curve's constant -121665 / 121666.
const D: Field = Field([
    0x1359_78a3,
    0x75eb_4dca,
    0x4141_d8ab,
    0x0070_0a4d,
    0x7779_e898,
    0x8cc7_4079,
    0x2b6f_fe73,
    0x5203_6cee,
]);

/// The base point, to be added.
pub(crate) static BASE: Addend = Addend {
    less: Field([
        0xd740_913e,
        0x9d10_3905,
        0xd140_beb3,
        0xfd39_9f05,
        0x688f_8a09,
        0xa5c1_8434,
        0x98f8_1267,
        0x44fd_2f92,
    ]),
    more: Field([
        0xf58c_3b85,
        0x2fbc_93c6,
        0xfb8c_0e19,
        0xcf93_2dc6,
        0x643d_42c2,
        0x270b_4898,
        0x33d4_ba65,
        0x07cf_9d3a,
    ]),
    twice_z: Field([2, 0, 0, 0, 0, 0, 0, 0]),
    twice_dt: Field([
        0x877a_aa68,
        0xabc9_1205,
        0xccaa_c49e,
        0x26d9_e823,
        0xdd43_598c,
        0x5a1b_7dcb,
        0x9f0c_65a8,
        0x6f11_7b68,
    ]),
};

impl Point {
    /// The neutral point.
    pub(crate) const ZERO: Self = Self { x: Field::ZERO, y: Field::ONE, z: Field::ONE, t: Field::ZERO };

    /// Becomes the point that bytes write, and returns whether they are one. Its y may be written as a number that is
    /// not below the prime, as ed25519-dalek allows.
    #[inline(never)]
    pub(crate) fn read(&mut self, bytes: &[u8; 32]) -> bool {
        self.y = Field::from_bytes(bytes);
        self.z = Field::ONE;
        self.t = self.y.squared();
        self.x = self.t;
        self.x.subtract(&Field::ONE);
        self.t.multiply(&D);
        self.t.add(&Field::ONE);
        if !self.x.root_of_ratio(&self.t) {
            return false;
        }
        if self.x.is_odd() != (bytes[31] >> 7 == 1) {
            self.x = self.x.negated();
        }
        self.t = self.x.times(&self.y);
        true
    }

    /// Returns whether a point is written as these bytes.
    #[inline(never)]
    pub(crate) fn is_written(&self, bytes: &[u8; 32]) -> bool {
        let mut inverse = self.z;
        inverse.invert();
        let mut written = self.y.times(&inverse).to_bytes();
        written[31] |= u8::from(self.x.times(&inverse).is_odd()) << 7;
        written == *bytes
    }

    /// Returns whether eight times the point is the neutral point.
    #[inline(never)]
    pub(crate) fn has_small_order(&self) -> bool {
        let mut multiple = *self;
        for _ in 0..3 {
            multiple.double(false);
        }
        multiple.x.is_zero() && multiple.y.equals(&multiple.z)
    }

    pub(crate) fn negate(&mut self) {
        self.x = self.x.negated();
        self.t = self.t.negated();
    }

    /// Doubles the point. Without T, which an addition needs and a doubling does not, it is faster.
    #[inline(never)]
    pub(crate) fn double(&mut self, with_t: bool) {
        let mut sum = self.x;
        sum.add(&self.y);
        sum.square(1);
        self.x.square(1);
        self.y.square(1);
        self.z.square(1);
        // H = X^2 + Y^2, E = H - (X + Y)^2, G = X^2 - Y^2, F = 2Z^2 + G.
        let mut h = self.x;
        h.add(&self.y);
        let mut e = h;
        e.subtract(&sum);
        self.x.subtract(&self.y);
        let g = self.x;
        self.z.double();
        self.z.add(&g);
        self.set(&e, &g, &h, with_t);
    }

    /// Adds a point, or subtracts it. The result has no T.
    #[inline(never)]
    pub(crate) fn add(&mut self, other: &Addend, subtract: bool) {
        let (less, more) = if subtract { (&other.more, &other.less) } else { (&other.less, &other.more) };
        let mut e = self.y;
        e.subtract(&self.x);
        e.multiply(less);
        let mut h = self.y;
        h.add(&self.x);
        h.multiply(more);
        self.t.multiply(&other.twice_dt);
        self.z.multiply(&other.twice_z);
        // With A = (Y - X)(Y - X)', B = (Y + X)(Y + X)', C = 2dTT' and D = 2ZZ':
        // E = B - A, H = B + A, F = D - C, G = D + C.
        self.x = e;
        e = h;
        e.subtract(&self.x);
        h.add(&self.x);
        if subtract {
            self.t = self.t.negated();
        }
        let mut g = self.z;
        g.add(&self.t);
        self.z.subtract(&self.t);
        self.set(&e, &g, &h, false);
    }

    /// Becomes (EF : GH : FG), with T = EH. F is in Z.
    fn set(&mut self, e: &Field, g: &Field, h: &Field, with_t: bool) {
        self.x = *e;
        self.x.multiply(&self.z);
        self.y = *g;
        self.y.multiply(h);
        self.z.multiply(g);
        if with_t {
            self.t = *e;
            self.t.multiply(h);
        }
    }

    /// Sets T, which an addition leaves out.
    pub(crate) fn complete(&mut self) {
        // (XZ : YZ : ZZ), with T = XY.
        self.t = self.x.times(&self.y);
        self.x.multiply(&self.z);
        self.y.multiply(&self.z);
        self.z.square(1);
    }

    /// Returns the point as one that can be added.
    #[inline(never)]
    pub(crate) fn addend(&self) -> Addend {
        let mut addend = Addend { less: self.y, more: self.y, twice_z: self.z, twice_dt: self.t };
        addend.less.subtract(&self.x);
        addend.more.add(&self.x);
        addend.twice_z.double();
        addend.twice_dt.multiply(&D);
        addend.twice_dt.double();
        addend
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    use curve25519_dalek::edwards::CompressedEdwardsY;
    use curve25519_dalek::traits::IsIdentity;
    use curve25519_dalek::{EdwardsPoint, Scalar};
    use proptest::prelude::*;

    fn ours(point: &EdwardsPoint) -> Point {
        let mut found = Point::ZERO;
        assert!(found.read(point.compress().as_bytes()));
        found
    }

    fn assert_same(mut found: Point, expected: &EdwardsPoint) {
        assert!(found.is_written(expected.compress().as_bytes()));
        found.complete();
        assert!(found.x.times(&found.y).equals(&found.t.times(&found.z)));
        assert!(found.is_written(expected.compress().as_bytes()));
        assert_eq!(found.has_small_order(), expected.is_small_order());
    }

    /// Multiples of the base point, with and without a part of small order.
    fn point() -> impl Strategy<Value = EdwardsPoint> {
        let scalar = prop_oneof![
            any::<[u8; 32]>().prop_map(Scalar::from_bytes_mod_order),
            (0_u8..4).prop_map(Scalar::from),
        ];
        (scalar, 0_usize..8)
            .prop_map(|(scalar, torsion)| ED25519_BASEPOINT_POINT * scalar + EIGHT_TORSION[torsion])
    }

    #[test]
    fn the_constants_are_what_they_are_called() {
        let number = |number: u32| Field([number, 0, 0, 0, 0, 0, 0, 0]);
        assert!(D.times(&number(121_666)).equals(&number(121_665).negated()));
        let mut base = Point::ZERO;
        base.add(&BASE, false);
        assert_same(base, &ED25519_BASEPOINT_POINT);
    }

    proptest! {
        #[test]
        fn sums_are_those_of_curve25519_dalek(a in point(), b in point()) {
            for subtract in [false, true] {
                let expected = if subtract { a - b } else { a + b };
                // The second has a Z other than one.
                let mut second = ours(&b);
                second.double(true);
                second.add(&ours(&b).addend(), true);
                second.complete();
                let mut sum = ours(&a);
                sum.add(&second.addend(), subtract);
                assert_same(sum, &expected);
            }
            for with_t in [false, true] {
                let mut twice = ours(&a);
                twice.double(with_t);
                assert_same(twice, &(a + a));
                if with_t {
                    prop_assert!(twice.x.times(&twice.y).equals(&twice.t.times(&twice.z)));
                }
            }
            let mut negative = ours(&a);
            negative.negate();
            assert_same(negative, &-a);
        }

        #[test]
        fn any_bytes_are_a_point_where_they_are_one(mut bytes: [u8; 32], high: bool) {
            if high {
                bytes[1..31].fill(0xff);
                bytes[31] |= 0x7f;
                bytes[0] |= 0xe0;
            }
            let (mut found, expected) = (Point::ZERO, CompressedEdwardsY(bytes).decompress());
            prop_assert_eq!(found.read(&bytes), expected.is_some());
            if let Some(expected) = expected {
                assert_same(found, &expected);
                prop_assert_eq!(expected.is_identity(), found.x.is_zero() && found.y.equals(&found.z));
            }
        }
    }
}

//! Points of the curve of Ed25519, in extended coordinates.
//!
//! The formulas are those of Hisil, Wong, Carter and Dawson, "Twisted Edwards Curves Revisited", 2008, for a = -1:
//! they hold for all pairs of points.

mod addend;
mod base;

use crate::small::prime_field::Field;
pub(crate) use addend::Addend;
pub(crate) use base::BASE;

/// Point, as X / Z and Y / Z, with T = XY / Z.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    x: Field,
    y: Field,
    z: Field,
    t: Field,
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

    /// Adds a point, or subtracts it. `twice_z` is 2Z of the other; `None` if its Z is 1. The result has no T.
    #[inline(never)]
    pub(crate) fn add(&mut self, other: &Addend, twice_z: Option<&Field>, subtract: bool) {
        let (less, more) = if subtract { (&other.more, &other.less) } else { (&other.less, &other.more) };
        let mut e = self.y;
        e.subtract(&self.x);
        e.multiply(less);
        let mut h = self.y;
        h.add(&self.x);
        h.multiply(more);
        self.t.multiply(&other.twice_dt);
        match twice_z {
            Some(twice_z) => self.z.multiply(twice_z),
            None => self.z.double(),
        }
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

    /// Sets an addend to the point, and returns its 2Z.
    #[inline(never)]
    pub(crate) fn addend(&self, addend: &mut Addend) -> Field {
        *addend = Addend { less: self.y, more: self.y, twice_dt: self.t };
        addend.less.subtract(&self.x);
        addend.more.add(&self.x);
        addend.twice_dt.multiply(&D);
        addend.twice_dt.double();
        let mut twice_z = self.z;
        twice_z.double();
        twice_z
    }
}

#[cfg(test)]
mod tests;

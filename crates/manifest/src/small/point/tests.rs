//! Compares points with those of curve25519-dalek.

use super::{Addend, BASE, D, Point};
use crate::small::prime_field::Field;
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
    for (at, multiple) in BASE.iter().enumerate() {
        let mut base = Point::ZERO;
        base.add(multiple, None, false);
        assert_same(base, &(ED25519_BASEPOINT_POINT * Scalar::from(2 * at as u64 + 1)));
    }
}

proptest! {
    #[test]
    fn sums_are_those_of_curve25519_dalek(a in point(), b in point()) {
        for subtract in [false, true] {
            let expected = if subtract { a - b } else { a + b };
            // The second has a Z other than one.
            let mut second = ours(&b);
            second.double(true);
            let mut addend = Addend::ZERO;
            ours(&b).addend(&mut addend);
            second.add(&addend, None, true);
            second.complete();
            let mut sum = ours(&a);
            let twice_z = second.addend(&mut addend);
            sum.add(&addend, Some(&twice_z), subtract);
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

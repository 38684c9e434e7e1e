//! The equation of an Ed25519 signature, over the group of curve25519-dalek.
//!
//! `ed25519-dalek` verifies faster, with tables of sixteen points on the stack: 8.4 KB of it. This takes three points
//! and visits each digit once. All of it is public, so that it need not take the same time for each input. Steps
//! are not inlined, so that their frames are not on the stack at the same time.

use crate::digits::{DIGITS, Digits};
use curve25519_dalek::constants::ED25519_BASEPOINT_POINT as BASE;
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::{EdwardsPoint, Scalar};
use group::Group;

/// Returns whether bytes are a public key that is a point of more than small order.
#[inline(never)]
pub(crate) fn is_strong(public: &[u8; 32]) -> bool {
    let mut point = EdwardsPoint::identity();
    decompress_negated(public, &mut point)
}

/// Returns whether `R = sB - kA`, as strictly as `VerifyingKey::verify_strict` of ed25519-dalek: `s` is reduced,
/// neither `R` nor `A` has a small order, and `R` has its one encoding.
#[inline(never)]
pub(crate) fn holds(public: &[u8; 32], r: &[u8; 32], s: &[u8; 32], k: &[u8; 64]) -> bool {
    let mut point = EdwardsPoint::identity();
    if !decompress_negated(public, &mut point) {
        return false;
    }
    let Some(digits) = digits(s, k) else { return false };
    sum(&digits, &mut point);
    is_strong_point(&point, r)
}

#[inline(never)]
fn decompress_negated(public: &[u8; 32], point: &mut EdwardsPoint) -> bool {
    match CompressedEdwardsY(*public).decompress() {
        Some(found) => {
            *point = -found;
            !found.is_small_order()
        }
        None => false,
    }
}

#[inline(never)]
fn digits(s: &[u8; 32], k: &[u8; 64]) -> Option<Digits> {
    let s = Option::<Scalar>::from(Scalar::from_canonical_bytes(*s))?;
    Some(Digits::of([s.as_bytes(), reduced(k).as_bytes()]))
}

#[inline(never)]
fn reduced(wide: &[u8; 64]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(wide)
}

/// Makes `point` the sum `sB + kP` of their digits.
#[inline(never)]
fn sum(digits: &Digits, point: &mut EdwardsPoint) {
    let (mut both, mut apart) = (BASE, BASE);
    add(&mut both, point);
    subtract(&mut apart, point);
    let mut sum = EdwardsPoint::identity();
    for at in (0..DIGITS).rev() {
        double(&mut sum);
        match digits.at(at) {
            (1, 0) => add(&mut sum, &BASE),
            (-1, 0) => subtract(&mut sum, &BASE),
            (0, 1) => add(&mut sum, point),
            (0, -1) => subtract(&mut sum, point),
            (1, 1) => add(&mut sum, &both),
            (-1, -1) => subtract(&mut sum, &both),
            (1, -1) => add(&mut sum, &apart),
            (-1, 1) => subtract(&mut sum, &apart),
            _ => {}
        }
    }
    *point = sum;
}

#[inline(never)]
fn is_strong_point(point: &EdwardsPoint, r: &[u8; 32]) -> bool {
    !point.is_small_order() && point.compress().as_bytes() == r
}

#[inline(never)]
fn double(point: &mut EdwardsPoint) {
    *point = Group::double(point);
}

#[inline(never)]
fn add(point: &mut EdwardsPoint, other: &EdwardsPoint) {
    *point += other;
}

#[inline(never)]
fn subtract(point: &mut EdwardsPoint, other: &EdwardsPoint) {
    *point -= other;
}

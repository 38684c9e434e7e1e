//! The equation of an Ed25519 signature.
//!
//! `ed25519-dalek` on a Cortex-M3 takes 16 KB of flash and 8.4 KB of stack, tables of sixteen points among them. Here
//! the multiples of the base point are constants, and two of the key are on the stack. Everything is public, so that
//! it need not take the same time for each input. Larger steps are not inlined, so that their frames are not on the
//! stack at the same time. Tests compare it with `verify_strict` of ed25519-dalek.

use crate::small::point::{Addend, BASE, Point};
use crate::small::scalar::{DIGITS, Digits, is_reduced, reduced};

/// Returns whether bytes are a public key that is a point of more than small order.
pub(crate) fn is_strong(public: &[u8; 32]) -> bool {
    let mut point = Point::ZERO;
    point.read(public) && !point.has_small_order()
}

/// Returns whether `R = sB - kA`, as strictly as `VerifyingKey::verify_strict` of ed25519-dalek: `s` is reduced,
/// neither `R` nor `A` has a small order, and `R` has its one encoding.
#[inline(never)]
pub(crate) fn holds(public: &[u8; 32], r: &[u8; 32], s: &[u8; 32], k: &[u8; 64]) -> bool {
    let mut point = Point::ZERO;
    if !is_reduced(s) || !point.read(public) || point.has_small_order() {
        return false;
    }
    point.negate();
    let mut digits = Digits::ZERO;
    digits.set([s, &reduced(k)]);
    sum(&digits, &mut point);
    !point.has_small_order() && point.is_written(r)
}

/// Makes `point` the sum of multiples of the base point and of itself, without its T.
#[inline(never)]
fn sum(digits: &Digits, point: &mut Point) {
    let (mut single, mut triple) = (Addend::ZERO, Addend::ZERO);
    let single_z = point.addend(&mut single);
    point.double(true);
    point.add(&single, Some(&single_z), false);
    point.complete();
    let triple_z = point.addend(&mut triple);
    *point = Point::ZERO;
    for at in (0..DIGITS).rev() {
        let (base, own) = digits.at(at);
        point.double(base != 0 || own != 0);
        if base != 0 {
            point.add(&BASE[usize::from(base.unsigned_abs() / 2) % BASE.len()], None, base < 0);
            if own != 0 {
                point.complete();
            }
        }
        match own.unsigned_abs() {
            0 => {}
            1 => point.add(&single, Some(&single_z), own < 0),
            _ => point.add(&triple, Some(&triple_z), own < 0),
        }
    }
}

//! Points that are added.

use crate::small::prime_field::Field;

/// Point that is added: Y - X, Y + X and 2dT. Its Z is 1, or beside it.
#[derive(Clone, Copy)]
pub(crate) struct Addend {
    pub(super) less: Field,
    pub(super) more: Field,
    pub(super) twice_dt: Field,
}

impl Addend {
    /// To be set.
    pub(crate) const ZERO: Self = Self { less: Field::ZERO, more: Field::ZERO, twice_dt: Field::ZERO };
}

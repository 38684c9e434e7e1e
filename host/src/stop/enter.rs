//! Entering a guest, unless its call is to end.

use super::control::{Control, Stop, forked};
use super::watchdog::start_again;
use crate::raw::Running;

impl<'c> Running<'c> {
    /// Enters the guest, unless it is to end.
    #[inline]
    pub(crate) fn enter(control: &'c Control) -> Result<Self, Stop> {
        if control.has_attention() || forked(control) {
            look(control)?;
        }
        Ok(Self::begin(control))
    }
}

#[cold]
fn look(control: &Control) -> Result<(), Stop> {
    if forked(control) && start_again(control).is_err() {
        // Nobody would stop it.
        return Err(Stop::Cancelled);
    }
    control.settle().map_or(Ok(()), Err)
}

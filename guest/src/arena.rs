//! Memory of borrowed arguments that are not in the request as they are.

use bumpalo::Bump;
use core::cell::OnceCell;

/// An arena that is made when it is first used, and emptied between calls.
pub(crate) struct Arena(OnceCell<Bump>);

impl Arena {
    pub(crate) const fn new() -> Self {
        Self(OnceCell::new())
    }

    pub(crate) fn get(&self) -> &Bump {
        self.0.get_or_init(Bump::new)
    }

    pub(crate) fn empty(&mut self) {
        if let Some(bump) = self.0.get_mut()
            && bump.allocated_bytes() > 0
        {
            reset(bump);
        }
    }
}

/// Apart, so that an interpreter compiles it only for guests that have such arguments.
#[inline(never)]
fn reset(bump: &mut Bump) {
    bump.reset();
}

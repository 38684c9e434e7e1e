//! What the firmware decides: keys, policy, trial boots. None of it comes from a blob.

use crate::state::State;
use aingle_wasm_manifest::{Key, Policy};

/// What the firmware decides.
#[derive(Clone, Copy, Debug)]
pub struct Device {
    /// The keys that a new device accepts. A list of keys takes their place.
    pub keys: &'static [Key],
    /// Returns the policy, given the keys that are accepted now.
    pub policy: for<'k> fn(&'k [Key]) -> Policy<'k>,
    /// How often a module on trial is started before it is given up, 1 at least.
    pub trial_boots: u8,
}

impl Device {
    /// Returns what a device decides that accepts these keys, and starts a module on trial three times.
    #[must_use]
    pub const fn new(keys: &'static [Key], policy: for<'k> fn(&'k [Key]) -> Policy<'k>) -> Self {
        Self { keys, policy, trial_boots: 3 }
    }

    /// Returns the same with another number of trial boots. 0 is taken as 1.
    #[must_use]
    pub const fn trial_boots(self, trial_boots: u8) -> Self {
        Self { trial_boots, ..self }
    }
}

impl Device {
    /// Returns the keys that are accepted now: those of the last list, or else the firmware's.
    pub(crate) fn accepted<'k>(&'k self, state: &'k State) -> &'k [Key] {
        if state.control.key_list == 0 { self.keys } else { state.keys() }
    }
}

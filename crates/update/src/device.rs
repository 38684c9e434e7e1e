//! What the firmware decides: keys, policy, trial boots. None of it comes from a blob.

use crate::state::{KeptKey, MAX_KEYS, State};
use aingle_wasm_manifest::{Key, Policy, Role};

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

/// Memory for the keys that are accepted now.
pub(crate) struct KeyBuffer([Key; MAX_KEYS]);

impl KeyBuffer {
    /// Returns memory that holds no key that anything is signed by.
    pub(crate) fn new() -> Self {
        Self([Key::new([0; 32], Role::Module, true); MAX_KEYS])
    }
}

impl Device {
    /// Returns the keys that are accepted now: those of the last list, or else the firmware's.
    pub(crate) fn accepted<'k>(&self, state: &State, keys: &'k mut KeyBuffer) -> &'k [Key] {
        if state.control.key_list == 0 {
            return self.keys;
        }
        let mut count = 0;
        for (place, kept) in keys.0.iter_mut().zip(state.keys()) {
            let role = if kept.role == Role::Root as u8 { Role::Root } else { Role::Module };
            *place = Key::new(kept.public, role, kept.revoked);
            count += 1;
        }
        keys.0.get(..count).unwrap_or_default()
    }
}

/// Returns how a key is kept.
pub(crate) fn kept(key: &Key) -> KeptKey {
    KeptKey { public: *key.public(), role: key.role() as u8, revoked: key.is_revoked() }
}

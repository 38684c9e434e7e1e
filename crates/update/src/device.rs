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

/// The keys that are accepted now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    keys: [Option<Key>; MAX_KEYS],
}

impl Keys {
    /// Returns the keys of the last list, or `None` if none has come.
    pub(crate) fn kept(state: &State) -> Option<Self> {
        let mut keys = [None; MAX_KEYS];
        for (place, kept) in keys.iter_mut().zip(state.keys()) {
            let role = if kept.role == Role::Root as u8 { Role::Root } else { Role::Module };
            *place = Some(Key::new(kept.public, role, kept.revoked));
        }
        (state.control.key_list > 0).then_some(Self { keys })
    }

    /// Calls `then` with the keys as a slice.
    pub(crate) fn with<T>(&self, then: impl FnOnce(&[Key]) -> T) -> T {
        let filler = self.keys[0].unwrap_or_else(|| Key::new([0; 32], Role::Module, true));
        let keys = self.keys.map(|key| key.unwrap_or(filler));
        then(&keys[..self.keys.iter().flatten().count()])
    }
}

/// Returns how a key is kept.
pub(crate) fn kept(key: &Key) -> KeptKey {
    KeptKey { public: *key.public(), role: key.role() as u8, revoked: key.is_revoked() }
}

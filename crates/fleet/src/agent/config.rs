//! What the firmware decides about its fleet.

use crate::topic::{NameError, check_name};
use ::core::fmt;
use aingle_wasm_manifest::Key;

/// Times in milliseconds, and how often a damaged blob is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a chunk is waited for before it is asked for again. It doubles with each try, up to 16 times this.
    pub chunk: u32,
    /// How long to wait after a blob that was not what was signed, or could not be stored. It doubles with each failure.
    pub retry: u32,
    /// How often a blob may fail so. Each time wears the flash once. Then another announcement, or a restart, has to come.
    pub attempts: u8,
    /// The least time between two statuses that differ in the bytes fetched alone.
    pub progress: u32,
}

impl Default for Timing {
    fn default() -> Self {
        Self { chunk: 5_000, retry: 10_000, attempts: 5, progress: 2_000 }
    }
}

/// What the firmware decides about its fleet. What may be installed is decided by the policy of `aingle_wasm_update` alone.
#[derive(Clone, Copy, Debug)]
pub struct Config<'c> {
    /// What all topics of the fleet begin with.
    pub prefix: &'c str,
    /// The device's group.
    pub group: &'c str,
    /// The device's name, another one for each device.
    pub device: &'c str,
    /// Who may announce. An operator's key installs nothing: modules are signed by other keys.
    pub operators: &'c [Key],
    /// Times.
    pub timing: Timing,
}

impl<'c> Config<'c> {
    /// Returns what a device decides, with the default times.
    #[must_use]
    pub fn new(prefix: &'c str, group: &'c str, device: &'c str, operators: &'c [Key]) -> Self {
        Self { prefix, group, device, operators, timing: Timing::default() }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        check_name(self.prefix).map_err(ConfigError::Prefix)?;
        check_name(self.group).map_err(ConfigError::Group)?;
        check_name(self.device).map_err(ConfigError::Device)?;
        if self.operators.iter().any(|key| !key.is_strong()) { Err(ConfigError::WeakKey) } else { Ok(()) }
    }
}

/// What is wrong with a [`Config`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ConfigError {
    /// The prefix is no name.
    Prefix(NameError),
    /// The group is no name.
    Group(NameError),
    /// The device is no name.
    Device(NameError),
    /// An operator's key is not a point of the curve, or one of small order.
    WeakKey,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix(error) => write!(f, "prefix: {error}"),
            Self::Group(error) => write!(f, "group: {error}"),
            Self::Device(error) => write!(f, "device: {error}"),
            Self::WeakKey => f.write_str("an operator's key is no public key, or one of small order"),
        }
    }
}

impl ::core::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn ::core::error::Error + 'static)> {
        match self {
            Self::Prefix(error) | Self::Group(error) | Self::Device(error) => Some(error),
            Self::WeakKey => None,
        }
    }
}

//! What a manifest is about.

use core::fmt;

/// Version of the manifest's format. A later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Version {
    /// Of the older system: no flags and no sequence.
    V1 = 1,
    /// Of the older system: flags and sequence.
    V2 = 2,
    /// Of this SDK: signed whole, with a hash of the payload.
    V3 = 3,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (*self as u8).fmt(f)
    }
}

/// What the payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Kind {
    /// A module, or a native image of one.
    Module = 0,
    /// A delta: what turns the module on the device into another.
    Delta = 1,
    /// A key list: the keys that the device accepts from now on.
    KeyList = 2,
}

impl Kind {
    pub(crate) fn of(value: u32) -> Option<Self> {
        match value {
            0 => Some(Self::Module),
            1 => Some(Self::Delta),
            2 => Some(Self::KeyList),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Module => "module",
            Self::Delta => "delta",
            Self::KeyList => "key list",
        })
    }
}

/// What runs the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Engine<'a> {
    /// Any engine that runs WebAssembly.
    #[default]
    Wasm,
    /// The processor: the module was translated ahead of time.
    Native {
        /// The target that it was translated for, such as `thumbv7m-none-eabi`.
        triple: &'a str,
        /// SHA-256 of the `.wasm` that was translated.
        source_sha256: &'a [u8; 32],
    },
}

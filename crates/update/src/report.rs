//! The last thing that happened to an update, for the application and for the server.

use core::fmt;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome {
    /// Nothing yet.
    #[default]
    None,
    /// A module was confirmed.
    Confirmed,
    /// The policy refused a blob. The code is that of the refusal in `docs/MANIFEST.md`.
    Refused,
    /// A blob was not what its manifest says, or could not be stored. The code is that of the update error.
    Failed,
    /// A module on trial used up its boots without being confirmed.
    TrialEnded,
    /// A module on trial said that it does not work. The code is the application's.
    TrialFailed,
    /// A module was not whole any more when it was to be started.
    Damaged,
    /// A list of keys was taken over.
    KeysChanged,
}

impl Outcome {
    const ALL: [Self; 8] = [
        Self::None,
        Self::Confirmed,
        Self::Refused,
        Self::Failed,
        Self::TrialEnded,
        Self::TrialFailed,
        Self::Damaged,
        Self::KeysChanged,
    ];

    /// Returns the number that stands for this outcome in flash and on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// Report of the last thing that happened to an update. It survives restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Report {
    /// What happened.
    pub outcome: Outcome,
    /// Why, as a number whose meaning the outcome decides.
    pub code: u16,
    /// Id of the module.
    pub module_id: u32,
    /// Sequence of the module.
    pub sequence: u32,
}

impl Report {
    /// Bytes of the encoding.
    pub const LEN: usize = 12;

    /// Encodes the report, for flash and to send it to a server: outcome, 0, code, module id, sequence; little-endian.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[0] = self.outcome.code();
        bytes[2..4].copy_from_slice(&self.code.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.module_id.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.sequence.to_le_bytes());
        bytes
    }

    /// Decodes a report. An outcome that is not known reads as [`Outcome::None`].
    #[must_use]
    pub fn decode(bytes: &[u8; Self::LEN]) -> Self {
        Self {
            outcome: Outcome::ALL.get(usize::from(bytes[0])).copied().unwrap_or_default(),
            code: u16::from_le_bytes([bytes[2], bytes[3]]),
            module_id: u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]),
            sequence: u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { outcome, code, module_id, sequence } = self;
        match outcome {
            Outcome::None if *module_id == 0 && *sequence == 0 => write!(f, "no update yet"),
            Outcome::None => write!(f, "module {module_id} sequence {sequence} is on trial"),
            Outcome::Confirmed => write!(f, "module {module_id} sequence {sequence} confirmed"),
            Outcome::Refused => write!(f, "module {module_id} sequence {sequence} refused, reason {code}"),
            Outcome::Failed => write!(f, "module {module_id} sequence {sequence} failed, reason {code}"),
            Outcome::TrialEnded => {
                write!(f, "module {module_id} sequence {sequence} was never confirmed: reverted")
            }
            Outcome::TrialFailed => {
                write!(
                    f,
                    "module {module_id} sequence {sequence} failed its trial with code {code}: reverted"
                )
            }
            Outcome::Damaged => write!(f, "module {module_id} sequence {sequence} was damaged: not started"),
            Outcome::KeysChanged => write!(f, "list of keys {sequence} taken over"),
        }
    }
}

//! The part of the state that each record carries whole: slots, trial, transfer, report.

use crate::report::Report;

/// One of the two places for a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Slot {
    /// The first.
    A,
    /// The second.
    B,
}

impl Slot {
    /// Returns the other slot.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    pub(crate) const fn index(self) -> usize {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }

    pub(crate) const fn encode(slot: Option<Self>) -> u8 {
        match slot {
            None => 0,
            Some(Self::A) => 1,
            Some(Self::B) => 2,
        }
    }

    pub(crate) const fn decode(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::A),
            2 => Some(Self::B),
            _ => None,
        }
    }
}

/// A module on trial: it runs until it is confirmed, or until no boots are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Trial {
    /// Where the module is.
    pub slot: Slot,
    /// How often it may still be started.
    pub boots_left: u8,
}

/// How far a transfer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Phase {
    /// The policy accepted the manifest. The slot may be half erased.
    Begun,
    /// The slot was erased. Its contents say how much has come.
    Erased,
    /// All bytes have come.
    Received,
}

/// A transfer that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Transfer {
    /// Where the bytes go.
    pub slot: Slot,
    /// How far it has come.
    pub phase: Phase,
    /// CRC-32 of the manifest, which tells whether the same blob is offered again.
    pub id: u32,
    /// Bytes of the manifest.
    pub header_len: u16,
    /// Bytes of the whole blob.
    pub len: u32,
    /// Whether the blob goes to the end of the slot, as that of a delta does.
    pub at_end: bool,
}

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Content {
    /// Bytes of manifest and module.
    pub len: u32,
    /// CRC-32 of them.
    pub crc: u32,
}

/// The part of the state that each record carries whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Control {
    /// The confirmed module, if there is one.
    pub active: Option<Slot>,
    /// The module on trial, if there is one.
    pub trial: Option<Trial>,
    /// The transfer that has begun, if there is one.
    pub transfer: Option<Transfer>,
    /// What the slots hold.
    pub contents: [Content; 2],
    /// The last refusal, revert or confirmation.
    pub report: Report,
    /// Sequence of the list of keys; 0 if none has come.
    pub key_list: u32,
}

impl Control {
    /// Bytes of the encoding.
    pub(crate) const LEN: usize = 48;

    /// Encodes the state. The layout is the flash format: `docs/UPDATES.md` has it.
    #[inline(never)]
    pub(crate) fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[0] = Slot::encode(self.active);
        if let Some(trial) = self.trial {
            bytes[1] = Slot::encode(Some(trial.slot));
            bytes[2] = trial.boots_left;
        }
        if let Some(transfer) = self.transfer {
            bytes[3] = Slot::encode(Some(transfer.slot)) | (transfer.phase as u8 + 1) << 4;
            bytes[4..8].copy_from_slice(&transfer.id.to_le_bytes());
            bytes[8..12].copy_from_slice(&transfer.len.to_le_bytes());
            bytes[12..14].copy_from_slice(&transfer.header_len.to_le_bytes());
            bytes[14] = u8::from(transfer.at_end);
        }
        for (content, at) in self.contents.iter().zip([16, 24]) {
            bytes[at..at + 4].copy_from_slice(&content.len.to_le_bytes());
            bytes[at + 4..at + 8].copy_from_slice(&content.crc.to_le_bytes());
        }
        bytes[32..44].copy_from_slice(&self.report.encode());
        bytes[44..48].copy_from_slice(&self.key_list.to_le_bytes());
        bytes
    }

    /// Decodes the state. What is not known reads as absent.
    #[inline(never)]
    pub(crate) fn decode(bytes: &[u8; Self::LEN]) -> Self {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let phase = match bytes[3] >> 4 {
            1 => Some(Phase::Begun),
            2 => Some(Phase::Erased),
            3 => Some(Phase::Received),
            _ => None,
        };
        let transfer = Slot::decode(bytes[3] & 15).zip(phase).map(|(slot, phase)| Transfer {
            slot,
            phase,
            id: word(4),
            len: word(8),
            header_len: u16::from_le_bytes([bytes[12], bytes[13]]),
            at_end: bytes[14] == 1,
        });
        let mut report = [0; 12];
        report.copy_from_slice(&bytes[32..44]);
        Self {
            active: Slot::decode(bytes[0]),
            trial: Slot::decode(bytes[1]).map(|slot| Trial { slot, boots_left: bytes[2] }),
            transfer,
            contents: [16, 24].map(|at| Content { len: word(at), crc: word(at + 4) }),
            report: Report::decode(&report),
            key_list: word(44),
        }
    }
}

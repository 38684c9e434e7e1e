//! What a device says of itself.

use crate::announcement::BlobId;
use crate::bytes::{Reader, Writer};
use aingle_wasm_update::Report;

const MAGIC: &[u8; 4] = b"SMNS";
const VERSION: u8 = 1;

/// How far a device is with what its group is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Stage {
    /// Nothing is offered.
    #[default]
    Idle,
    /// It is not this device's turn, or the rollout is paused.
    Waiting,
    /// It fetches chunks.
    Fetching,
    /// All is there, and runs on trial after a restart.
    Restarting,
    /// It runs on trial.
    Trial,
    /// It is what runs, confirmed.
    Confirmed,
    /// It was on trial here, and given up. The report says why.
    GivenUp,
    /// The device's policy refuses it, or it has failed too often. The report says why.
    Refused,
    /// What came was not what was signed, or could not be stored. It is fetched again after a while.
    Retrying,
}

impl Stage {
    /// All of them, by their number.
    pub const ALL: [Self; 9] = [
        Self::Idle,
        Self::Waiting,
        Self::Fetching,
        Self::Restarting,
        Self::Trial,
        Self::Confirmed,
        Self::GivenUp,
        Self::Refused,
        Self::Retrying,
    ];

    /// Returns the stage in a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Waiting => "waiting",
            Self::Fetching => "fetching",
            Self::Restarting => "restarting",
            Self::Trial => "trial",
            Self::Confirmed => "confirmed",
            Self::GivenUp => "given-up",
            Self::Refused => "refused",
            Self::Retrying => "retrying",
        }
    }

    /// Returns whether the device has failed with what is offered, and waits for something else.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::GivenUp | Self::Refused)
    }
}

/// What a device says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Status {
    /// How far it is.
    pub stage: Stage,
    /// Boots that the module on trial has left; `None` if what runs is confirmed.
    pub boots_left: Option<u8>,
    /// Announcements and chunks since the restart that were not what they should be.
    pub ignored: u16,
    /// Number of the announcement that it follows; 0 if none.
    pub number: u32,
    /// The blob that is offered.
    pub blob: BlobId,
    /// Bytes of it that the device has.
    pub have: u32,
    /// Its length.
    pub blob_len: u32,
    /// Id of the module that runs; 0 if none does.
    pub module_id: u32,
    /// Its sequence.
    pub sequence: u32,
    /// What happened to the last update.
    pub report: Report,
}

impl Status {
    /// Bytes of the encoding.
    pub const LEN: usize = 52;

    /// Encodes the status. Numbers are little-endian.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let mut writer = Writer::new(&mut bytes);
        writer.put(MAGIC);
        writer.put(&[VERSION, self.stage as u8, self.boots_left.unwrap_or(u8::MAX), 0]);
        writer.put(&self.ignored.to_le_bytes());
        writer.put(&[0; 2]);
        for number in [self.number, self.have, self.blob_len, self.module_id, self.sequence] {
            writer.put(&number.to_le_bytes());
        }
        writer.put(&self.blob.0);
        writer.put(&self.report.encode());
        bytes
    }

    /// Decodes a status. `None` if the bytes are not one of this version.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        if reader.array() != Some(*MAGIC) || reader.u8() != Some(VERSION) {
            return None;
        }
        let stage = *Stage::ALL.get(usize::from(reader.u8()?))?;
        let (boots_left, _) = (reader.u8()?, reader.u8()?);
        let (ignored, _) = (reader.u16()?, reader.u16()?);
        let (number, have, blob_len) = (reader.u32()?, reader.u32()?, reader.u32()?);
        let (module_id, sequence) = (reader.u32()?, reader.u32()?);
        let (blob, report) = (BlobId(reader.array()?), Report::decode(&reader.array()?));
        let boots_left = (boots_left != u8::MAX).then_some(boots_left);
        reader.0.is_empty().then_some(Self {
            stage,
            boots_left,
            ignored,
            number,
            blob,
            have,
            blob_len,
            module_id,
            sequence,
            report,
        })
    }
}

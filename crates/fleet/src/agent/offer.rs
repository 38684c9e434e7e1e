//! What the group is offered, as the device keeps it.

use crate::announcement::{Announcement, BlobId, share_of};
use aingle_wasm_manifest::{Kind, MAX_HEADER_LEN, Manifest};
use aingle_wasm_update::{Outcome, Report};

/// What the group is offered.
#[derive(Clone)]
pub struct Offer {
    pub blob: BlobId,
    pub blob_len: u32,
    pub chunk_len: u32,
    pub is_key_list: bool,
    pub module_id: u32,
    pub sequence: u32,
    paused: bool,
    permille: u16,
    share: u16,
    header: [u8; MAX_HEADER_LEN],
    header_len: usize,
}

impl Offer {
    /// Keeps an announcement. `None` if what it announces is not a blob.
    pub fn of(announcement: &Announcement<'_>, device: &str) -> Option<Self> {
        let manifest = Manifest::parse(announcement.header, announcement.blob_len).ok()?;
        let mut header = [0; MAX_HEADER_LEN];
        header.get_mut(..announcement.header.len())?.copy_from_slice(announcement.header);
        let (fields, blob) = (manifest.fields(), announcement.blob());
        Some(Self {
            blob,
            blob_len: announcement.blob_len,
            chunk_len: announcement.chunk_len.into(),
            is_key_list: fields.kind == Kind::KeyList,
            module_id: fields.module_id,
            sequence: fields.sequence,
            paused: announcement.paused,
            permille: announcement.permille,
            share: share_of(device, &blob),
            header,
            header_len: announcement.header.len(),
        })
    }

    pub fn header(&self) -> &[u8] {
        &self.header[..self.header_len]
    }

    /// Returns whether this device may take it now.
    pub fn is_open(&self) -> bool {
        self.is_open_at(self.share)
    }

    /// Returns whether a device of this name may take it now.
    #[cfg(feature = "mqtt")]
    pub fn is_open_to(&self, device: &str) -> bool {
        self.is_open_at(share_of(device, &self.blob))
    }

    fn is_open_at(&self, share: u16) -> bool {
        !self.paused && share < self.permille
    }

    /// Returns whether a report says that it was on trial and given up. A module that is damaged in its flash is fetched
    /// again if no other one runs.
    pub fn was_given_up(&self, report: &Report, other_runs: bool) -> bool {
        let same =
            report.module_id == self.module_id && report.sequence == self.sequence && !self.is_key_list;
        match report.outcome {
            Outcome::TrialEnded | Outcome::TrialFailed => same,
            Outcome::Damaged => same && other_runs,
            _ => false,
        }
    }

    /// Returns the length of a chunk. `None` behind the last.
    pub fn len_of(&self, index: u32) -> Option<u32> {
        let start = index.checked_mul(self.chunk_len)?;
        self.blob_len.checked_sub(start).filter(|left| *left > 0).map(|left| left.min(self.chunk_len))
    }
}

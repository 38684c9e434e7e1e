//! Devices behind a gateway, and what they are offered. Without I/O.

use crate::agent::Offer;
use crate::status::{Stage, Status};
use aingle_wasm_manifest::{Manifest, sha256};
use aingle_wasm_update::{Outcome, Report};
use std::string::String;
use std::sync::Arc;
use std::time::Duration;
use std::vec::Vec;
use tokio::time::Instant;

/// How long to wait after a device, or the broker, that did not do its part.
pub const RETRY: Duration = Duration::from_secs(10);

/// A device behind the gateway.
pub struct Device<R> {
    pub name: String,
    /// The line, while nobody uses it.
    pub line: Option<R>,
    /// Whether the device was asked what it runs.
    pub is_known: bool,
    pub status: Status,
    pub sent: Option<Status>,
    pub due: Instant,
}

impl<R> Device<R> {
    /// Returns whether its status is to be published. Everybody can make a gateway ignore messages, so that alone is news only if
    /// `is_counted`.
    pub fn has_news(&self, is_counted: bool) -> bool {
        let rest = |status: Status| Status { ignored: 0, ..status };
        let is_other = self.sent.map(rest) != Some(rest(self.status));
        is_other || (is_counted && self.sent != Some(self.status))
    }
}

/// What a device has said.
pub struct Answer<R> {
    pub device: usize,
    pub line: R,
    pub number: u32,
    pub report: Option<Report>,
}

/// What is offered, and the blob when it has come.
#[derive(Default)]
pub struct Offered {
    pub number: u32,
    pub offer: Option<Offer>,
    pub blob: Option<Arc<Vec<u8>>>,
    pub fetch_at: Option<Instant>,
}

/// Takes what a device has said.
pub fn take<R>(answer: Answer<R>, devices: &mut [Device<R>], offered: &Offered) {
    let Some(device) = devices.get_mut(answer.device) else { return };
    device.line = Some(answer.line);
    let Some(report) = answer.report else {
        device.due = Instant::now() + RETRY;
        if device.status.stage == Stage::Fetching {
            device.status.stage = Stage::Retrying;
        }
        return;
    };
    let was_sent = device.status.stage == Stage::Fetching;
    device.is_known = true;
    device.status.report = report;
    if report.outcome == Outcome::Confirmed {
        (device.status.module_id, device.status.sequence) = (report.module_id, report.sequence);
    }
    let Some(offer) = &offered.offer else { return };
    let is_ours = (report.module_id, report.sequence) == (offer.module_id, offer.sequence);
    device.status.stage = match report.outcome {
        Outcome::Confirmed | Outcome::KeysChanged if is_ours => Stage::Confirmed,
        _ if offer.was_given_up(&report, true) => Stage::GivenUp,
        Outcome::Refused | Outcome::Failed if is_ours && answer.number == offered.number => Stage::Refused,
        // It has taken the blob, and its report is of something else: not at once again.
        _ if was_sent && answer.number == offered.number => {
            device.due = Instant::now() + RETRY;
            Stage::Retrying
        }
        _ => Stage::Waiting,
    };
    if device.status.stage == Stage::Confirmed {
        device.status.have = offer.blob_len;
    }
}

/// Returns whether a blob is what was announced, so that no device is sent what it would refuse in the end.
pub fn is_whole(blob: &[u8], offer: &Offer) -> bool {
    let Ok(manifest) = Manifest::parse(blob, offer.blob_len) else { return false };
    let (header, payload) = blob.split_at((manifest.payload_offset() as usize).min(blob.len()));
    let hash = manifest.fields().payload_sha256;
    blob.len() == offer.blob_len as usize
        && header == offer.header()
        && hash.is_none_or(|hash| sha256(payload) == *hash)
}

//! What an operator does: publishes blobs, announces them, and reads what devices say.

use super::broker::Broker;
use super::error::FleetError;
use super::retained::Retained;
use super::session::Session;
use crate::announcement::{Announcement, BlobId};
use crate::status::Status;
use crate::topic::{Topic, check_name};
use aingle_wasm_manifest::{Key, Manifest, SIGNATURE_LEN, SigningKey};
use std::format;
use std::string::{String, ToString};
use std::time::{SystemTime, UNIX_EPOCH};
use std::vec::Vec;

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Number of the announcement.
    pub number: u32,
    /// Chunks of the blob.
    pub chunks: u32,
    /// Those of them that the broker did not have yet.
    pub sent: usize,
}

/// A device, and what it has said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceStatus {
    /// Its group.
    pub group: String,
    /// Its name.
    pub device: String,
    /// What it says.
    pub status: Status,
}

/// An operator at a broker.
pub struct Operator<'o> {
    broker: &'o Broker,
    retained: Retained,
}

impl<'o> Operator<'o> {
    /// Connects.
    ///
    /// # Errors
    ///
    /// If the prefix is no name, or the broker cannot be reached.
    pub async fn connect(broker: &'o Broker) -> Result<Self, FleetError> {
        name(&broker.prefix)?;
        let client = client_id("operator");
        let session = Session::open_operator(broker, &client).await?;
        Ok(Self { broker, retained: Retained::new(session, &broker.prefix, &client) })
    }

    /// Puts a blob on the broker, in chunks, and reads it back. Returns how many chunks the broker did not have.
    ///
    /// # Errors
    ///
    /// If the blob has no manifest; if the broker does not keep it.
    pub async fn publish_blob(&mut self, blob: &[u8], chunk_len: u16) -> Result<usize, FleetError> {
        let header = header_of(blob)?;
        check_chunk(chunk_len)?;
        let id = BlobId::of(header);
        let chunks = blob.chunks(chunk_len.into()).zip(0..);
        let topic = |index| Topic::chunk(&self.broker.prefix, &id, index).as_str().to_string();
        let messages: Vec<_> = chunks.map(|(bytes, index)| (topic(index), bytes)).collect();
        self.retained.keep(&messages).await
    }

    /// Announces a blob to a group. `number` 0 is the next one: above the last of this key, and the seconds since 1970.
    ///
    /// # Errors
    ///
    /// If a name or a length cannot be used; if the broker does not keep it.
    pub async fn announce(
        &mut self,
        announcement: Announcement<'_>,
        key: &SigningKey,
    ) -> Result<u32, FleetError> {
        name(announcement.group)?;
        check_chunk(announcement.chunk_len)?;
        let last = self.last_number(announcement.group, key).await?;
        let number = match announcement.number {
            0 => last.checked_add(1).ok_or(FleetError::NumbersUsedUp)?.max(seconds()),
            number => number,
        };
        // Names and lengths were checked, so that it fits.
        let bytes = Announcement { number, ..announcement }.sign(key).unwrap_or_default();
        let topic = Topic::group(&self.broker.prefix, announcement.group).as_str().to_string();
        self.retained.keep(&[(topic, bytes.as_slice())]).await?;
        Ok(number)
    }

    /// Publishes a blob and announces it to a group.
    ///
    /// # Errors
    ///
    /// As [`Self::publish_blob`] and [`Self::announce`].
    pub async fn publish(
        &mut self,
        blob: &[u8],
        chunk_len: u16,
        group: &str,
        permille: u16,
        key: &SigningKey,
    ) -> Result<Published, FleetError> {
        name(group)?;
        let sent = self.publish_blob(blob, chunk_len).await?;
        let announcement = announcement_of(blob, chunk_len, group, permille)?;
        let number = self.announce(announcement, key).await?;
        Ok(Published { number, chunks: announcement.chunks(), sent })
    }

    /// Returns the announcement of a group that this key has signed, as it is on the broker.
    ///
    /// # Errors
    ///
    /// If the connection ends.
    pub async fn announced(&mut self, group: &str, key: &SigningKey) -> Result<Option<Vec<u8>>, FleetError> {
        name(group)?;
        let topic = Topic::group(&self.broker.prefix, group).as_str().to_string();
        let mut found = self.retained.read(std::slice::from_ref(&topic)).await?;
        Ok(found.remove(&topic).filter(|bytes| verified(bytes, group, key).is_some()))
    }

    /// Returns the number of that announcement; 0 if there is none.
    pub(super) async fn last_number(&mut self, group: &str, key: &SigningKey) -> Result<u32, FleetError> {
        let bytes = self.announced(group, key).await?;
        Ok(bytes.and_then(|bytes| Some(verified(&bytes, group, key)?.number)).unwrap_or_default())
    }

    /// Announces what a group is offered once more, changed.
    ///
    /// # Errors
    ///
    /// [`FleetError::NothingAnnounced`]; if the broker does not keep it.
    pub async fn change(
        &mut self,
        group: &str,
        key: &SigningKey,
        change: impl FnOnce(&mut Announcement<'_>),
    ) -> Result<u32, FleetError> {
        let nothing = || FleetError::NothingAnnounced { group: group.into() };
        let bytes = self.announced(group, key).await?.ok_or_else(nothing)?;
        let mut announcement = verified(&bytes, group, key).ok_or_else(nothing)?;
        announcement.number = 0;
        change(&mut announcement);
        self.announce(announcement, key).await
    }

    /// Returns what devices have said last, of one group or of all, by group and name.
    ///
    /// # Errors
    ///
    /// If the connection ends.
    pub async fn statuses(&mut self, group: Option<&str>) -> Result<Vec<DeviceStatus>, FleetError> {
        group.map(name).transpose()?;
        let filter = format!("{}/status/{}/+", self.broker.prefix, group.unwrap_or("+"));
        let found = self.retained.read(&[filter]).await?;
        let mut statuses: Vec<_> = found
            .iter()
            .filter_map(|(topic, bytes)| device_status(&self.broker.prefix, topic, bytes))
            .collect();
        statuses.sort_by(|a, b| (&a.group, &a.device).cmp(&(&b.group, &b.device)));
        Ok(statuses)
    }

    /// Takes a blob off the broker. Returns how many chunks it had.
    ///
    /// # Errors
    ///
    /// [`FleetError::Announced`] if it is announced to a group, whoever has signed that; if the broker keeps it, or the connection
    /// ends.
    pub async fn forget_blob(&mut self, id: BlobId) -> Result<usize, FleetError> {
        let prefix = self.broker.prefix.clone();
        let announced = self.retained.read(&[format!("{prefix}/group/+")]).await?;
        for (topic, bytes) in announced {
            let read =
                bytes.split_last_chunk::<SIGNATURE_LEN>().and_then(|(signed, _)| Announcement::read(signed));
            if read.is_some_and(|announcement| announcement.blob() == id) {
                let group = topic.rsplit('/').next().unwrap_or_default().into();
                return Err(FleetError::Announced { group });
            }
        }
        let chunks = self.retained.read(&[format!("{prefix}/blob/{id}/+")]).await?;
        self.retained.clear(&chunks.keys().cloned().collect::<Vec<_>>()).await?;
        Ok(chunks.len())
    }

    /// Forgets devices of a group, such as those that are gone for good: a rollout waits for all that it knows. Returns which of them the
    /// broker knew. A device that is still there comes back with its next status.
    ///
    /// # Errors
    ///
    /// If a name cannot be part of a topic; if the broker keeps what they have said, or the connection ends.
    pub async fn forget_devices(
        &mut self,
        group: &str,
        devices: &[String],
    ) -> Result<Vec<String>, FleetError> {
        name(group)?;
        devices.iter().try_for_each(|device| name(device))?;
        let topic = |device: &String| Topic::status(&self.broker.prefix, group, device).as_str().to_string();
        let topics: Vec<_> = devices.iter().map(topic).collect();
        let found = self.retained.read(&topics).await?;
        self.retained.clear(&found.keys().cloned().collect::<Vec<_>>()).await?;
        let known = devices.iter().zip(&topics).filter(|(_, topic)| found.contains_key(*topic));
        Ok(known.map(|(device, _)| device.clone()).collect())
    }

    /// Ends the connection.
    pub async fn close(self) {
        self.retained.close().await;
    }
}

/// Reads a status from its topic and its bytes. `None` if it is none, or of a name that no device can have.
pub fn device_status(prefix: &str, topic: &str, bytes: &[u8]) -> Option<DeviceStatus> {
    let rest = topic.strip_prefix(prefix)?.strip_prefix("/status/")?;
    let (group, device) = rest.split_once('/')?;
    check_name(group).and_then(|()| check_name(device)).ok()?;
    Some(DeviceStatus { group: group.into(), device: device.into(), status: Status::decode(bytes)? })
}

/// Returns the announcement of a blob, without its number.
pub fn announcement_of<'b>(
    blob: &'b [u8],
    chunk_len: u16,
    group: &'b str,
    permille: u16,
) -> Result<Announcement<'b>, FleetError> {
    let header = header_of(blob)?;
    let blob_len = u32::try_from(blob.len()).map_err(|_| FleetError::TooLong { found: blob.len() })?;
    Ok(Announcement { paused: false, permille, number: 0, blob_len, chunk_len, group, header })
}

/// Returns the announcement if it is this key's.
pub fn verified<'b>(bytes: &'b [u8], group: &str, key: &SigningKey) -> Option<Announcement<'b>> {
    Announcement::verify(bytes, group, &[Key::module(key.verifying_key().to_bytes())]).ok()
}

/// Returns a client's id that no other client has.
pub fn client_id(role: &str) -> String {
    let mut bytes = [0; 8];
    // Two clients of one id throw each other out; a clock is as good a start as any if there is no randomness.
    if getrandom::fill(&mut bytes).is_err() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        bytes = (now.as_nanos() as u64).to_le_bytes();
    }
    format!("aingle-{role}-{:016x}", u64::from_le_bytes(bytes))
}

fn header_of(blob: &[u8]) -> Result<&[u8], FleetError> {
    let len = u32::try_from(blob.len()).map_err(|_| FleetError::TooLong { found: blob.len() })?;
    let manifest = Manifest::parse(blob, len)?;
    Ok(&blob[..manifest.payload_offset() as usize])
}

fn check_chunk(found: u16) -> Result<(), FleetError> {
    if Announcement::is_chunk_len(found) { Ok(()) } else { Err(FleetError::Chunk { found }) }
}

/// Refuses what cannot be a part of a topic.
pub fn name(name: &str) -> Result<(), FleetError> {
    check_name(name).map_err(|reason| FleetError::Name { name: name.into(), reason })
}

fn seconds() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(now.as_secs()).unwrap_or(1)
}

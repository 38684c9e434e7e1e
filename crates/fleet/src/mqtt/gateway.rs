//! A gateway: devices that have no MQTT of their own, each behind a line, on one connection.

use super::broker::Broker;
use super::error::FleetError;
use super::operator::client_id;
use super::read_back::retained;
use super::session::Session;
use crate::agent::Offer;
use crate::announcement::Announcement;
use crate::status::{Stage, Status};
use crate::topic::Topic;
use aingle_wasm_manifest::{Key, Manifest, sha256};
use aingle_wasm_update::{Outcome, Report};
use rumqttc::QoS;
use std::format;
use std::string::{String, ToString};
use std::sync::Arc;
use std::time::Duration;
use std::vec::Vec;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep};

/// How long to wait after a device, or the broker, that did not do its part.
const RETRY: Duration = Duration::from_secs(10);
const RECONNECT: Duration = Duration::from_millis(500);
/// Between two looks at what is due.
const GLANCE: Duration = Duration::from_millis(200);

/// The line to a device that has the transfer protocol of `aingle_wasm_update`. Its functions block.
pub trait Relay: Send + 'static {
    /// Asks the device for the report of its last update. `None` if it does not answer.
    fn ask(&mut self) -> Option<Report>;

    /// Sends a blob, and waits until the device has confirmed it, has given it up, or has refused it. `None` if it does not say so.
    fn send(&mut self, blob: &[u8]) -> Option<Report>;
}

/// A gateway of a group.
pub struct Gateway<'g> {
    /// The broker.
    pub broker: &'g Broker,
    /// The group of its devices.
    pub group: &'g str,
    /// Who may announce.
    pub operators: &'g [Key],
    /// Devices that are served at once.
    pub parallel: usize,
    /// The longest blob that is kept in memory, in bytes. A longer one is refused.
    pub max_blob: u32,
}

/// A device behind the gateway.
struct Device<R> {
    name: String,
    /// The line, while nobody uses it.
    line: Option<R>,
    /// Whether the device was asked what it runs.
    is_known: bool,
    status: Status,
    sent: Option<Status>,
    due: Instant,
}

/// What a device has said.
struct Answer<R> {
    device: usize,
    line: R,
    number: u32,
    report: Option<Report>,
}

/// What is offered, and the blob when it has come.
#[derive(Default)]
struct Offered {
    number: u32,
    offer: Option<Offer>,
    blob: Option<Arc<Vec<u8>>>,
    fetch_at: Option<Instant>,
}

impl Gateway<'_> {
    /// Serves devices, by name, until this future is dropped. Connections are made again.
    ///
    /// # Errors
    ///
    /// If a name cannot be part of a topic.
    pub async fn run<R: Relay>(&self, devices: Vec<(String, R)>) -> Result<(), FleetError> {
        for name in devices.iter().map(|(name, _)| name.as_str()).chain([self.group, &self.broker.prefix]) {
            crate::check_name(name).map_err(|reason| FleetError::Name { name: name.into(), reason })?;
        }
        let (answers, mut answered) = unbounded_channel();
        let now = Instant::now();
        let device = |(name, line)| Device {
            name,
            line: Some(line),
            is_known: false,
            status: Status::default(),
            sent: None,
            due: now,
        };
        let mut devices: Vec<_> = devices.into_iter().map(device).collect();
        let mut offered = Offered::default();
        loop {
            // The broker went away, or is not there yet.
            let _ = self.serve(&mut devices, &mut offered, &answers, &mut answered).await;
            sleep(RECONNECT).await;
        }
    }

    /// Serves devices over one connection, until it ends.
    async fn serve<R: Relay>(
        &self,
        devices: &mut [Device<R>],
        offered: &mut Offered,
        answers: &UnboundedSender<Answer<R>>,
        answered: &mut UnboundedReceiver<Answer<R>>,
    ) -> Result<(), FleetError> {
        let client = client_id("gateway");
        let mut session = Session::open(self.broker, &client).await?;
        let topic = Topic::group(&self.broker.prefix, self.group).as_str().to_string();
        session.subscribe(&topic, QoS::AtLeastOnce).await?;
        devices.iter_mut().for_each(|device| device.sent = None);
        loop {
            tokio::select! {
                message = session.next("waiting", Instant::now() + GLANCE) => {
                    if let Some(message) = message?.filter(|message| message.topic == topic) {
                        self.hear(&message.payload, devices, offered);
                    }
                }
                Some(answer) = answered.recv() => take(answer, devices, offered),
            }
            self.fetch(&mut session, &client, devices, offered).await?;
            self.start(devices, offered, answers);
            for device in devices.iter_mut().filter(|device| device.sent != Some(device.status)) {
                let topic = Topic::status(&self.broker.prefix, self.group, &device.name);
                session.publish(topic.as_str(), &device.status.encode(), true).await?;
                device.sent = Some(device.status);
            }
        }
    }

    /// Takes an announcement. Each device is at its own place of the group.
    fn hear<R>(&self, payload: &[u8], devices: &mut [Device<R>], offered: &mut Offered) {
        let heard = Announcement::verify(payload, self.group, self.operators);
        let heard = heard.ok().filter(|heard| heard.number >= offered.number);
        let Some((heard, offer)) = heard.and_then(|heard| Some((heard, Offer::of(&heard, "")?))) else {
            devices.iter_mut().for_each(|it| it.status.ignored = it.status.ignored.saturating_add(1));
            return;
        };
        if heard.number == offered.number {
            return;
        }
        if offered.offer.as_ref().is_none_or(|known| known.blob != offer.blob) {
            offered.blob = None;
        }
        (offered.number, offered.fetch_at) = (heard.number, None);
        for device in devices {
            device.status.number = heard.number;
            device.status.blob = offer.blob;
            device.status.blob_len = offer.blob_len;
            device.due = Instant::now();
            let is_other = offered.offer.as_ref().is_none_or(|known| known.blob != offer.blob);
            if is_other || !matches!(device.status.stage, Stage::Confirmed | Stage::GivenUp) {
                (device.status.stage, device.status.have) = (Stage::Waiting, 0);
            }
        }
        offered.offer = Some(offer);
    }

    /// Fetches the blob, if a device may take it.
    async fn fetch<R>(
        &self,
        session: &mut Session,
        client: &str,
        devices: &mut [Device<R>],
        offered: &mut Offered,
    ) -> Result<(), FleetError> {
        let Some(offer) = &offered.offer else { return Ok(()) };
        let is_early = offered.fetch_at.is_some_and(|at| at > Instant::now());
        let wanted = devices.iter().any(|it| it.status.stage == Stage::Waiting && offer.is_open_to(&it.name));
        if offered.blob.is_some() || is_early || !wanted {
            return Ok(());
        }
        if offer.blob_len > self.max_blob {
            devices.iter_mut().for_each(|device| device.status.stage = Stage::Refused);
            return Ok(());
        }
        let prefix = &self.broker.prefix;
        let chunks = 0..offer.blob_len.div_ceil(offer.chunk_len);
        let topics: Vec<_> =
            chunks.map(|index| Topic::chunk(prefix, &offer.blob, index).as_str().to_string()).collect();
        let mut found = retained(session, &topics, &format!("{prefix}/echo/{client}")).await?;
        let parts: Option<Vec<_>> = topics.iter().map(|topic| found.remove(topic)).collect();
        let blob = parts.map(|parts| parts.concat()).filter(|blob| is_whole(blob, offer));
        offered.fetch_at = Some(Instant::now() + RETRY);
        offered.blob = blob.map(Arc::new);
        Ok(())
    }

    /// Starts what can be started: asks devices what they run, and sends.
    fn start<R: Relay>(
        &self,
        devices: &mut [Device<R>],
        offered: &Offered,
        answers: &UnboundedSender<Answer<R>>,
    ) {
        let busy = devices.iter().filter(|device| device.line.is_none()).count();
        let mut free = self.parallel.max(1).saturating_sub(busy);
        let now = Instant::now();
        for (number, device) in devices.iter_mut().enumerate().filter(|(_, device)| device.due <= now) {
            if free == 0 {
                return;
            }
            let offer = offered.offer.as_ref().filter(|offer| offer.is_open_to(&device.name));
            let waits = matches!(device.status.stage, Stage::Waiting | Stage::Retrying);
            let blob = match (&offered.blob, offer) {
                (Some(blob), Some(_)) if waits && device.is_known => Some(Arc::clone(blob)),
                _ if !device.is_known => None,
                _ => continue,
            };
            let Some(mut line) = device.line.take() else { continue };
            if blob.is_some() {
                device.status.stage = Stage::Fetching;
            }
            free -= 1;
            let (answers, number_of) = (answers.clone(), offered.number);
            tokio::task::spawn_blocking(move || {
                let report = match blob {
                    Some(blob) => line.send(&blob),
                    None => line.ask(),
                };
                // Nobody waits for it if the gateway has ended.
                let _ = answers.send(Answer { device: number, line, number: number_of, report });
            });
        }
    }
}

/// Takes what a device has said.
fn take<R>(answer: Answer<R>, devices: &mut [Device<R>], offered: &Offered) {
    let Some(device) = devices.get_mut(answer.device) else { return };
    device.line = Some(answer.line);
    let Some(report) = answer.report else {
        device.due = Instant::now() + RETRY;
        if device.status.stage == Stage::Fetching {
            device.status.stage = Stage::Retrying;
        }
        return;
    };
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
        _ => Stage::Waiting,
    };
    if device.status.stage == Stage::Confirmed {
        device.status.have = offer.blob_len;
    }
}

/// Returns whether a blob is what was announced, so that no device is sent what it would refuse in the end.
fn is_whole(blob: &[u8], offer: &Offer) -> bool {
    let Ok(manifest) = Manifest::parse(blob, offer.blob_len) else { return false };
    let (header, payload) = blob.split_at((manifest.payload_offset() as usize).min(blob.len()));
    let hash = manifest.fields().payload_sha256;
    blob.len() == offer.blob_len as usize
        && header == offer.header()
        && hash.is_none_or(|hash| sha256(payload) == *hash)
}

//! A gateway: devices that have no MQTT of their own, each behind a line, on one connection.

use super::broker::Broker;
use super::error::FleetError;
use super::operator::{client_id, name};
use super::relayed::{Answer, Device, Offered, RETRY, is_whole, take};
use super::retained::Retained;
use super::session::{RECONNECT, Session};
use crate::agent::Offer;
use crate::announcement::Announcement;
use crate::status::{Stage, Status};
use crate::topic::Topic;
use aingle_wasm_manifest::Key;
use aingle_wasm_update::Report;
use rumqttc::QoS;
use std::string::{String, ToString};
use std::sync::Arc;
use std::time::Duration;
use std::vec::Vec;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep};

/// The least time between two statuses that differ in the messages that were ignored alone.
const COUNTED: Duration = Duration::from_secs(2);
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

impl Gateway<'_> {
    /// Serves devices, by name, until this future is dropped. Connections are made again. `lost` is told why there is none, once until there
    /// is one again.
    ///
    /// # Errors
    ///
    /// If a name cannot be part of a topic.
    pub async fn run<R: Relay>(
        &self,
        devices: Vec<(String, R)>,
        mut lost: impl FnMut(&FleetError),
    ) -> Result<(), FleetError> {
        let names = devices.iter().map(|(name, _)| name.as_str());
        names.chain([self.group, &self.broker.prefix]).try_for_each(name)?;
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
        let (mut offered, mut is_told) = (Offered::default(), false);
        let client = client_id("gateway");
        loop {
            // The broker went away, or is not there yet.
            let error = match Session::open(self.broker, &client).await {
                Ok(session) => {
                    is_told = false;
                    self.serve(session, &mut devices, &mut offered, &answers, &mut answered).await.err()
                }
                Err(error) => Some(error),
            };
            if let Some(error) = error.filter(|_| !is_told) {
                is_told = true;
                lost(&error);
            }
            sleep(RECONNECT).await;
        }
    }

    /// Serves devices over one connection, until it ends.
    async fn serve<R: Relay>(
        &self,
        mut session: Session,
        devices: &mut [Device<R>],
        offered: &mut Offered,
        answers: &UnboundedSender<Answer<R>>,
        answered: &mut UnboundedReceiver<Answer<R>>,
    ) -> Result<(), FleetError> {
        let topic = Topic::group(&self.broker.prefix, self.group).as_str().to_string();
        session.subscribe(&topic, QoS::AtLeastOnce).await?;
        devices.iter_mut().for_each(|device| device.sent = None);
        let mut counted = Instant::now();
        loop {
            tokio::select! {
                message = session.next("waiting", Instant::now() + GLANCE) => {
                    if let Some(message) = message?.filter(|message| message.topic == topic) {
                        self.hear(&message.payload, devices, offered);
                    }
                }
                Some(answer) = answered.recv() => take(answer, devices, offered),
            }
            self.fetch(devices, offered).await?;
            self.start(devices, offered, answers);
            let is_counted = counted <= Instant::now();
            if is_counted {
                counted = Instant::now() + COUNTED;
            }
            for device in devices.iter_mut().filter(|device| device.has_news(is_counted)) {
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
        let is_other = offered.offer.as_ref().is_none_or(|known| known.blob != offer.blob);
        if is_other {
            offered.blob = None;
        }
        (offered.number, offered.fetch_at) = (heard.number, None);
        for device in devices {
            device.status.number = heard.number;
            device.status.blob = offer.blob;
            device.status.blob_len = offer.blob_len;
            device.due = Instant::now();
            if is_other || !matches!(device.status.stage, Stage::Confirmed | Stage::GivenUp) {
                (device.status.stage, device.status.have) = (Stage::Waiting, 0);
            }
        }
        offered.offer = Some(offer);
    }

    /// Fetches the blob, if a device may take it.
    async fn fetch<R>(&self, devices: &mut [Device<R>], offered: &mut Offered) -> Result<(), FleetError> {
        let Some(offer) = &offered.offer else { return Ok(()) };
        let is_early = offered.fetch_at.is_some_and(|at| at > Instant::now());
        let waits = |it: &Device<R>| it.status.stage == Stage::Waiting && offer.is_open_to(&it.name);
        if offered.blob.is_some() || is_early || !devices.iter().any(waits) {
            return Ok(());
        }
        if offer.blob_len > self.max_blob {
            devices.iter_mut().filter(|it| waits(it)).for_each(|it| it.status.stage = Stage::Refused);
            return Ok(());
        }
        let prefix = &self.broker.prefix;
        let chunks = 0..offer.blob_len.div_ceil(offer.chunk_len);
        let topics: Vec<_> =
            chunks.map(|index| Topic::chunk(prefix, &offer.blob, index).as_str().to_string()).collect();
        let client = client_id("fetch");
        let mut retained = Retained::new(Session::open(self.broker, &client).await?, prefix, &client);
        let mut found = retained.read(&topics).await?;
        retained.close().await;
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

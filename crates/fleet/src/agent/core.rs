//! The agent: messages of the broker in, actions out.

use super::config::{Config, ConfigError};
use super::fetch::{Failures, Fetch};
use super::offer::Offer;
use super::running::Running;
use crate::announcement::{Announcement, BlobId};
use crate::status::{Stage, Status};
use crate::topic::Topic;
use aingle_wasm_update::{Started, UpdateError, Updater};
use embedded_storage::nor_flash::NorFlash;

/// What the firmware has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Subscribe to a topic, with quality of service 1.
    Subscribe(Topic),
    /// Give a subscription up.
    Unsubscribe(Topic),
    /// Publish a status, retained and with quality of service 1.
    Publish(Topic, [u8; Status::LEN]),
    /// Send what is under way, and restart: a module waits for its trial.
    Restart,
    /// Wait for a message, at most until this time.
    WaitUntil(u64),
}

/// The last status that was sent, and when.
#[derive(Clone, Copy)]
struct Sent {
    status: Status,
    at: u64,
}

/// A device in a fleet. It takes the messages that an MQTT client has received, and says what the client does next. Times are
/// milliseconds of any clock that counts on; a clock that jumps costs a repeated request.
pub struct Agent<'c> {
    config: Config<'c>,
    running: Option<Running>,
    /// Number of the last announcement since the restart.
    number: u32,
    offer: Option<Offer>,
    fetch: Option<Fetch>,
    failures: Failures,
    is_refused: bool,
    /// A chunk whose subscription is to be given up.
    leave: Option<(BlobId, u32)>,
    is_subscribed: bool,
    ignored: u16,
    sent: Option<Sent>,
}

impl<'c> Agent<'c> {
    /// Makes the agent of a device that has just started. `started` is what [`Updater::start`] has returned, if a module runs.
    ///
    /// # Errors
    ///
    /// If a name of the configuration cannot be part of a topic, or an operator's key is weak.
    pub fn new<F: NorFlash>(
        config: Config<'c>,
        updater: &mut Updater<F>,
        started: Option<&Started>,
    ) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            config,
            running: started.map(|started| Running::of(updater, started)),
            number: 0,
            offer: None,
            fetch: None,
            failures: Failures::default(),
            is_refused: false,
            leave: None,
            is_subscribed: false,
            ignored: 0,
            sent: None,
        })
    }

    /// Tells the agent that a connection begins, without a session of before. Call it each time the broker has accepted one.
    pub fn connected(&mut self) {
        self.is_subscribed = false;
        self.leave = None;
        self.sent = None;
        if let Some(fetch) = &mut self.fetch {
            fetch.disconnect();
        }
    }

    /// Takes a message of the broker. What is not for this device, or not what it should be, changes nothing.
    pub fn receive<F: NorFlash>(&mut self, topic: &str, payload: &[u8], updater: &mut Updater<F>, now: u64) {
        if topic == Topic::group(self.config.prefix, self.config.group).as_str() {
            self.receive_announcement(payload);
        } else if let (Some(offer), Some(index)) = (&self.offer, self.fetch.and_then(|it| it.subscribed))
            && topic == Topic::chunk(self.config.prefix, &offer.blob, index).as_str()
        {
            self.receive_chunk(index, payload, updater, now);
        }
    }

    /// Returns what to do next. Call it again after each action, after each message, and at the time that it names.
    pub fn poll<F: NorFlash>(&mut self, updater: &mut Updater<F>, now: u64) -> Next {
        if !self.is_subscribed {
            self.is_subscribed = true;
            return Next::Subscribe(Topic::group(self.config.prefix, self.config.group));
        }
        let stage = self.stage(updater, now);
        if stage != Stage::Fetching {
            self.stop_fetching();
        }
        if let Some((blob, index)) = self.leave.take() {
            return Next::Unsubscribe(Topic::chunk(self.config.prefix, &blob, index));
        }
        let wait = match self.fetch_next(stage, updater, now) {
            Next::WaitUntil(wait) => wait,
            action => return action,
        };
        // Fetching may have ended in between.
        let stage = self.stage(updater, now);
        let status = self.status(stage, updater);
        match self.status_due(&status, now) {
            None => {}
            Some(due) if due <= now => {
                self.sent = Some(Sent { status, at: now });
                let Config { prefix, group, device, .. } = self.config;
                return Next::Publish(Topic::status(prefix, group, device), status.encode());
            }
            Some(due) => return Next::WaitUntil(due.min(wait)),
        }
        if stage == Stage::Restarting { Next::Restart } else { Next::WaitUntil(wait) }
    }

    fn receive_announcement(&mut self, payload: &[u8]) {
        let Config { group, device, operators, .. } = self.config;
        let offer = Announcement::verify(payload, group, operators)
            .ok()
            .filter(|announcement| announcement.number >= self.number)
            .and_then(|announcement| Some((announcement.number, Offer::of(&announcement, device)?)));
        let Some((number, offer)) = offer else {
            self.ignored = self.ignored.saturating_add(1);
            return;
        };
        if number == self.number {
            return;
        }
        self.number = number;
        if self.offer.as_ref().is_none_or(|known| known.blob != offer.blob) {
            self.stop_fetching();
        }
        self.failures = Failures::default();
        self.is_refused = false;
        self.offer = Some(offer);
    }

    fn receive_chunk<F: NorFlash>(&mut self, index: u32, payload: &[u8], updater: &mut Updater<F>, now: u64) {
        let (Some(offer), Some(fetch)) = (&self.offer, &mut self.fetch) else { return };
        let start = index * offer.chunk_len;
        let fits = offer.len_of(index).is_some_and(|len| len as usize == payload.len());
        let bytes = fetch.next.checked_sub(start).and_then(|skip| payload.get(skip as usize..));
        let (true, Some(bytes)) = (fits, bytes) else {
            self.ignored = self.ignored.saturating_add(1);
            return;
        };
        let end = start + payload.len() as u32;
        match updater.write(fetch.next, bytes) {
            Ok(()) => fetch.advance(end),
            Err(_) => return self.fail(now),
        }
        self.leave = Some((offer.blob, index));
        fetch.disconnect();
        if end == offer.blob_len {
            self.finish(updater, now);
        }
    }

    fn finish<F: NorFlash>(&mut self, updater: &mut Updater<F>, now: u64) {
        match updater.finish() {
            Ok(_) => self.fetch = None,
            Err(_) => self.fail(now),
        }
    }

    /// Counts a failure of this blob.
    fn fail(&mut self, now: u64) {
        self.stop_fetching();
        self.failures.add(now);
        self.is_refused = self.failures.are_too_many(&self.config.timing);
    }

    fn stop_fetching(&mut self) {
        if let (Some(offer), Some(fetch)) = (&self.offer, self.fetch.take()) {
            self.leave = fetch.subscribed.map(|index| (offer.blob, index)).or(self.leave);
        }
    }

    /// Goes on with fetching.
    fn fetch_next<F: NorFlash>(&mut self, stage: Stage, updater: &mut Updater<F>, now: u64) -> Next {
        let idle = now.saturating_add(self.config.timing.retry.into());
        match stage {
            Stage::Retrying => Next::WaitUntil(self.failures.until(&self.config.timing, now).unwrap_or(idle)),
            Stage::Fetching => match self.fetch {
                None => {
                    self.begin(updater, now);
                    Next::WaitUntil(now)
                }
                Some(fetch) => self.ask(fetch, now),
            },
            _ => Next::WaitUntil(idle),
        }
    }

    fn begin<F: NorFlash>(&mut self, updater: &mut Updater<F>, now: u64) {
        let Some(offer) = &self.offer else { return };
        let (header, len) = (offer.header(), offer.blob_len);
        match updater.begin(header, len) {
            Ok(next) => {
                self.fetch = Some(Fetch::at(next));
                if next == len {
                    self.finish(updater, now);
                }
            }
            Err(UpdateError::Refused(_)) => self.is_refused = true,
            Err(_) => self.fail(now),
        }
    }

    fn ask(&mut self, mut fetch: Fetch, now: u64) -> Next {
        let Some(offer) = &self.offer else { return Next::WaitUntil(now) };
        let index = fetch.next / offer.chunk_len;
        let topic = Topic::chunk(self.config.prefix, &offer.blob, index);
        let result = if fetch.subscribed.is_none() {
            fetch.ask(index, now);
            Next::Subscribe(topic)
        } else {
            let until = fetch.ask_again_at(&self.config.timing, now);
            if until > now {
                Next::WaitUntil(until)
            } else {
                // Brokers send what they retain at each new subscription.
                fetch.give_up_waiting();
                fetch.disconnect();
                Next::Unsubscribe(topic)
            }
        };
        self.fetch = Some(fetch);
        result
    }

    fn stage<F: NorFlash>(&mut self, updater: &Updater<F>, now: u64) -> Stage {
        let control = &updater.state().control;
        match (&self.offer, control.trial) {
            (_, Some(trial)) if self.running.is_some_and(|it| it.slot == trial.slot) => Stage::Trial,
            (_, Some(_)) => Stage::Restarting,
            (None, None) => Stage::Idle,
            (Some(offer), None) if offer.is_key_list && control.key_list >= offer.sequence => {
                Stage::Confirmed
            }
            (Some(offer), None) if self.running.is_some_and(|it| it.blob == offer.blob) => Stage::Confirmed,
            (Some(offer), None) if offer.was_given_up(&control.report, self.running.is_some()) => {
                Stage::GivenUp
            }
            (Some(_), None) if self.is_refused => Stage::Refused,
            (Some(offer), None) if !offer.is_open() => Stage::Waiting,
            _ if self.failures.until(&self.config.timing, now).is_some_and(|until| until > now) => {
                Stage::Retrying
            }
            _ => Stage::Fetching,
        }
    }

    fn status<F: NorFlash>(&self, stage: Stage, updater: &Updater<F>) -> Status {
        let control = &updater.state().control;
        let offer = self.offer.as_ref();
        let blob_len = offer.map_or(0, |offer| offer.blob_len);
        let has_all = matches!(stage, Stage::Restarting | Stage::Trial | Stage::Confirmed);
        let have = if has_all { blob_len } else { self.fetch.map_or(0, |fetch| fetch.next) };
        Status {
            stage,
            boots_left: control.trial.map(|trial| trial.boots_left),
            ignored: self.ignored,
            number: self.number,
            blob: offer.map_or(BlobId::default(), |offer| offer.blob),
            have,
            blob_len,
            module_id: self.running.map_or(0, |running| running.module_id),
            sequence: self.running.map_or(0, |running| running.sequence),
            report: control.report,
        }
    }

    /// Returns when a status is to be sent. `None` if it says nothing new.
    fn status_due(&self, status: &Status, now: u64) -> Option<u64> {
        let Some(Sent { status: sent, at }) = self.sent else { return Some(now) };
        let slow = |status: &Status| Status { have: 0, ignored: 0, ..*status };
        if slow(status) != slow(&sent) {
            Some(now)
        } else if *status == sent {
            None
        } else {
            Some(at.min(now).saturating_add(self.config.timing.progress.into()))
        }
    }
}

//! A rollout: step by step, paused when too many devices fail.

use super::broker::Broker;
use super::error::FleetError;
use super::operator::{DeviceStatus, Operator, announcement_of, client_id, device_status, verified};
use super::session::{Message, RECONNECT, Session};
use super::tally::{Plan, Tally, Verdict};
use crate::announcement::{Announcement, BlobId};
use crate::topic::Topic;
use aingle_wasm_manifest::SigningKey;
use rumqttc::QoS;
use std::collections::BTreeMap;
use std::format;
use std::string::{String, ToString};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often the broker is asked whether it still has everything.
const CHECK: Duration = Duration::from_secs(15);
/// How long devices have to say something before what they have said is counted.
const PAUSE: Duration = Duration::from_millis(100);

/// What happens in a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A step was announced.
    Step {
        /// Its share of the group, in thousandths.
        permille: u16,
        /// Number of the announcement.
        number: u32,
    },
    /// What devices have said, at first and whenever it changes.
    Tally(Tally),
    /// Somebody with the same key has paused the rollout (`true`), or resumed it.
    Paused(bool),
    /// The connection ended, and is made again.
    Disconnected(String),
    /// The broker had lost so many chunks, and has them again.
    Restored(usize),
}

/// How a rollout ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All steps are done. These devices have failed, not more than the plan allows.
    Done(Tally),
    /// Too many devices have failed: those that have not begun wait.
    Paused(Tally),
    /// Somebody with the same key has announced another blob to the group.
    Superseded,
}

/// A rollout of a blob to a group.
pub struct Rollout<'r> {
    /// The broker.
    pub broker: &'r Broker,
    /// The operator's key.
    pub key: &'r SigningKey,
    /// The blob.
    pub blob: &'r [u8],
    /// The group.
    pub group: &'r str,
    /// Bytes of each chunk but the last.
    pub chunk_len: u16,
    /// Steps and thresholds.
    pub plan: Plan,
}

/// What is known of a rollout, also while there is no connection.
struct Known {
    blob: BlobId,
    step: usize,
    /// Number of the last announcement that this rollout follows; 0 before the first.
    number: u32,
    /// Number of its first announcement.
    first: u32,
    /// The share that is announced.
    permille: u16,
    is_paused: bool,
    devices: BTreeMap<String, DeviceStatus>,
    /// The last one that was told.
    tally: Option<Tally>,
}

impl Rollout<'_> {
    /// Runs it until it has ended. A connection that ends is made again; what the broker has lost is published again.
    ///
    /// # Errors
    ///
    /// If the broker cannot be reached at the beginning, or does not keep what it is given.
    pub async fn run(&self, mut event: impl FnMut(Event)) -> Result<Ended, FleetError> {
        let first = self.plan.steps.first().copied().unwrap_or(1_000);
        let mut operator = Operator::connect(self.broker).await?;
        let mut known = Known {
            blob: announcement_of(self.blob, self.chunk_len, self.group, first)?.blob(),
            step: 0,
            number: 0,
            first: 0,
            permille: first,
            is_paused: false,
            devices: BTreeMap::new(),
            tally: None,
        };
        loop {
            match self.follow(&mut operator, &mut known, &mut event).await {
                Ok(ended) => return Ok(ended),
                Err(
                    error @ (FleetError::Lost { .. }
                    | FleetError::NoAnswer { .. }
                    | FleetError::Connect { .. }),
                ) => {
                    event(Event::Disconnected(error.to_string()));
                    operator = self.connect_again().await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn connect_again(&self) -> Operator<'_> {
        loop {
            sleep(RECONNECT).await;
            if let Ok(operator) = Operator::connect(self.broker).await {
                return operator;
            }
        }
    }

    /// Follows the rollout over one connection.
    async fn follow(
        &self,
        operator: &mut Operator<'_>,
        known: &mut Known,
        event: &mut impl FnMut(Event),
    ) -> Result<Ended, FleetError> {
        let prefix = &self.broker.prefix;
        let announced = Topic::group(prefix, self.group).as_str().to_string();
        let mut watch = Session::open_operator(self.broker, &client_id("watch")).await?;
        self.restore(operator, known, event).await?;
        // All of them at once: one device that has succeeded is not the whole of its step.
        let statuses = operator.statuses(Some(self.group)).await?;
        known.devices.extend(statuses.into_iter().map(|status| (status.device.clone(), status)));
        watch.subscribe(&announced, QoS::AtLeastOnce).await?;
        watch.subscribe(&format!("{prefix}/status/{}/+", self.group), QoS::AtMostOnce).await?;
        let mut is_superseded = false;
        let (mut check, mut decided) = (Instant::now() + CHECK, Instant::now());
        loop {
            let message = watch.next("watching the devices", Instant::now() + PAUSE).await?;
            let is_quiet = message.is_none();
            match message {
                Some(Message { topic, payload }) if topic == announced => {
                    is_superseded = self.hear(&payload, known, event);
                }
                Some(Message { topic, payload }) if payload.is_empty() => {
                    known.devices.retain(|device, _| !topic.ends_with(&format!("/{device}")));
                }
                Some(Message { topic, payload }) => {
                    if let Some(status) = device_status(prefix, &topic, &payload) {
                        known.devices.insert(status.device.clone(), status);
                    }
                }
                None => {}
            }
            if is_superseded {
                return Ok(Ended::Superseded);
            }
            if check <= Instant::now() {
                self.restore(operator, known, event).await?;
                check = Instant::now() + CHECK;
            }
            // Not after each word of a large group.
            if is_quiet || decided.elapsed() >= PAUSE {
                decided = Instant::now();
                if let Some(ended) = self.decide(operator, known, event).await? {
                    return Ok(ended);
                }
            }
        }
    }

    /// Takes what somebody with the same key has announced. Returns whether it is another blob.
    fn hear(&self, payload: &[u8], known: &mut Known, event: &mut impl FnMut(Event)) -> bool {
        let Some(heard) = verified(payload, self.group, self.key).filter(|it| it.number > known.number)
        else {
            return false;
        };
        known.number = heard.number;
        known.permille = heard.permille;
        if heard.paused != known.is_paused {
            known.is_paused = heard.paused;
            event(Event::Paused(heard.paused));
        }
        heard.blob() != known.blob
    }

    async fn decide(
        &self,
        operator: &mut Operator<'_>,
        known: &mut Known,
        event: &mut impl FnMut(Event),
    ) -> Result<Option<Ended>, FleetError> {
        let tally = Tally::of(known.devices.values(), &known.blob, known.permille, known.first);
        if known.tally.as_ref() != Some(&tally) {
            known.tally = Some(tally.clone());
            event(Event::Tally(tally.clone()));
        }
        if known.is_paused {
            return Ok(None);
        }
        match tally.verdict(&self.plan, known.step) {
            Verdict::Wait => Ok(None),
            // Somebody with the same key has made the share smaller: the whole plan is not done by that.
            Verdict::Done if known.permille < self.share(known.step) => {
                self.offer(operator, known, event).await
            }
            Verdict::Done => Ok(Some(Ended::Done(tally))),
            Verdict::Pause => {
                self.announce(operator, known, true).await?;
                Ok(Some(Ended::Paused(tally)))
            }
            Verdict::Advance => {
                known.step += 1;
                self.offer(operator, known, event).await
            }
        }
    }

    /// Announces the share of a step.
    async fn offer(
        &self,
        operator: &mut Operator<'_>,
        known: &mut Known,
        event: &mut impl FnMut(Event),
    ) -> Result<Option<Ended>, FleetError> {
        known.permille = self.share(known.step);
        self.announce(operator, known, false).await?;
        event(Event::Step { permille: known.permille, number: known.number });
        Ok(None)
    }

    fn share(&self, step: usize) -> u16 {
        self.plan.steps.get(step).copied().unwrap_or(1_000)
    }

    async fn announce(
        &self,
        operator: &mut Operator<'_>,
        known: &mut Known,
        paused: bool,
    ) -> Result<(), FleetError> {
        let announcement = announcement_of(self.blob, self.chunk_len, self.group, known.permille)?;
        known.number = operator.announce(Announcement { paused, ..announcement }, self.key).await?;
        Ok(())
    }

    /// Publishes what the broker does not have, or has lost: chunks, and the announcement.
    async fn restore(
        &self,
        operator: &mut Operator<'_>,
        known: &mut Known,
        event: &mut impl FnMut(Event),
    ) -> Result<(), FleetError> {
        let lost = operator.publish_blob(self.blob, self.chunk_len).await?;
        if known.number == 0 {
            self.announce(operator, known, false).await?;
            known.first = known.number;
            event(Event::Step { permille: known.permille, number: known.number });
            return Ok(());
        }
        if lost > 0 {
            event(Event::Restored(lost));
        }
        if operator.last_number(self.group, self.key).await? < known.number {
            self.announce(operator, known, known.is_paused).await?;
        }
        Ok(())
    }
}

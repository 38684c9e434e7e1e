//! What a broker retains, read back from it: an acknowledgement says only that it has heard.

use super::error::FleetError;
use super::session::{PATIENCE, Session};
use rumqttc::QoS;
use std::collections::HashMap;
use std::format;
use std::string::String;
use std::vec::Vec;
use tokio::time::Instant;

/// Topics that are read at once. Brokers drop what a client cannot take in time.
const BATCH: usize = 32;

/// The retained messages of a broker, over a connection of their own: while it reads, messages of other subscriptions would be lost.
pub struct Retained {
    session: Session,
    /// A topic of this client's own.
    echo: String,
}

impl Retained {
    /// Takes a connection that was opened with this client's id, and has no subscriptions.
    pub fn new(session: Session, prefix: &str, client: &str) -> Self {
        Self { session, echo: format!("{prefix}/echo/{client}") }
    }

    /// Returns what the broker retains under these topics, which may have wildcards.
    ///
    /// The broker works through what a client sends in order. So when a message that was sent after the subscriptions comes back, all that is
    /// retained has come, too.
    pub async fn read(&mut self, topics: &[String]) -> Result<HashMap<String, Vec<u8>>, FleetError> {
        const DOING: &str =
            "reading back over PREFIX/echo, which this client must be allowed to read and write";
        let mut found = HashMap::new();
        self.session.subscribe(&self.echo, QoS::AtMostOnce).await?;
        for (number, batch) in topics.chunks(BATCH).enumerate() {
            for topic in batch {
                self.session.subscribe(topic, QoS::AtMostOnce).await?;
            }
            let mark = (number as u64).to_le_bytes();
            self.session.publish(&self.echo, &mark, false).await?;
            let until = Instant::now() + PATIENCE;
            loop {
                let message = self.session.next(DOING, until).await?;
                let message =
                    message.ok_or(FleetError::NoAnswer { doing: DOING, seconds: PATIENCE.as_secs() })?;
                if message.topic != self.echo {
                    found.insert(message.topic, message.payload);
                } else if message.payload == mark {
                    break;
                }
            }
            for topic in batch {
                self.session.unsubscribe(topic).await?;
            }
        }
        self.session.unsubscribe(&self.echo).await?;
        Ok(found)
    }

    /// Publishes retained messages until the broker has them, and only those that it does not have.
    ///
    /// # Errors
    ///
    /// [`FleetError::NotKept`] if it acknowledges them, and does not have them.
    pub async fn keep(&mut self, messages: &[(String, &[u8])]) -> Result<usize, FleetError> {
        const ROUNDS: u32 = 3;
        let topics: Vec<_> = messages.iter().map(|(topic, _)| topic.clone()).collect();
        let mut sent = 0;
        for round in 0..=ROUNDS {
            let found = self.read(&topics).await?;
            let is_missing =
                |(topic, bytes): &&(String, &[u8])| found.get(topic).is_none_or(|kept| kept != bytes);
            let missing: Vec<_> = messages.iter().filter(is_missing).collect();
            let Some((topic, bytes)) = missing.first() else { return Ok(sent) };
            if round == ROUNDS {
                let (topic, len) = (topic.clone(), bytes.len());
                return Err(FleetError::NotKept { topic, len, messages: missing.len(), times: ROUNDS });
            }
            for (topic, bytes) in &missing {
                self.session.publish(topic, bytes, true).await?;
            }
            self.session.flush("publishing").await?;
            sent = sent.max(missing.len());
        }
        Ok(sent)
    }

    /// Takes messages off the broker, and asks whether they are gone. An empty one that is retained takes one off.
    ///
    /// # Errors
    ///
    /// [`FleetError::StillKept`] if it acknowledges that, and has them still.
    pub async fn clear(&mut self, topics: &[String]) -> Result<(), FleetError> {
        for topic in topics {
            self.session.publish(topic, &[], true).await?;
        }
        self.session.flush("taking messages off").await?;
        let kept = self.read(topics).await?;
        match kept.keys().min() {
            Some(topic) => Err(FleetError::StillKept { topic: topic.clone(), messages: kept.len() }),
            None => Ok(()),
        }
    }

    /// Ends the connection.
    pub async fn close(self) {
        self.session.close().await;
    }
}
